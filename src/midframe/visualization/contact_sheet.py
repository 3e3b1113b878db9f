"""Contact sheets: two frames and those interpolated between them, as one labelled grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isqrt

from PIL import Image, ImageDraw, ImageFont

from midframe.errors import OptionError
from midframe.media.pixels import ViewSamples
from midframe.visualization.image_files import to_pixels

GAP = 8
BACKGROUND = (24, 24, 27)
TEXT = (228, 228, 231)
SOURCE_TEXT = (250, 204, 21)

LEAST_WIDTH = 64
"""Pixels of a column."""

MOST_INSERTED = 998
"""Frames between the two of a sheet: a thousand cells are more than can be looked at."""


@dataclass(frozen=True, eq=False)
class SheetCell:
    """One image of a sheet.

    Attributes:
        time: Where it stands: 0 and 1 are the two source frames.
        view: (height, width, 3) float32 in [0, 1].
        caption: What is written below it; "" for words about its time.
    """

    time: Fraction
    view: ViewSamples
    caption: str = ""

    @property
    def is_source(self) -> bool:
        """Whether it is one of the two frames that were given."""
        return self.time in (0, 1)

    @property
    def label(self) -> str:
        """What is written below it."""
        if self.caption:
            return self.caption
        if self.is_source:
            return "left frame" if self.time == 0 else "right frame"
        return f"t = {self.time}"


def columns_for(cells: int) -> int:
    """Columns of the grid that comes nearest to a square."""
    return isqrt(cells - 1) + 1


def check_sheet(insert: int, columns: int | None, width: int) -> None:
    """Refuse a sheet that cannot be made, before anything is interpolated for it.

    Args:
        insert: Frames between the two that are given.
        columns: See `make_contact_sheet`; so is `width`.
        width: In pixels.

    Raises:
        OptionError: Too few or too many frames, or see `make_contact_sheet`.
    """
    if not 1 <= insert <= MOST_INSERTED:
        raise OptionError(f"`insert` must be from 1 to {MOST_INSERTED}, not {insert}.", option="insert")
    if columns is not None and columns < 1:
        raise OptionError(f"`columns` must be at least 1, not {columns}.", option="columns")
    _columns_of(insert + 2, columns, width)


def _columns_of(cells: int, columns: int | None, width: int) -> int:
    columns = min(columns or columns_for(cells), cells)
    if width < LEAST_WIDTH * columns:
        raise OptionError(
            f"A sheet with {columns} frames in a row needs a `width` of at least {LEAST_WIDTH * columns} pixels, not "
            f"{width}.",
            option="width",
        )
    return columns


def make_contact_sheet(cells: Sequence[SheetCell], *, columns: int | None = None, width: int = 1600) -> Image.Image:
    """Put cells of one size on a grid, row by row.

    Args:
        cells: Cells in the order of time.
        columns: Cells in a row; None for `columns_for`.
        width: Maximum width of the whole sheet in pixels; images are shrunk to fit, never enlarged.

    Raises:
        OptionError: Less than `LEAST_WIDTH` pixels for each.
    """
    columns = _columns_of(len(cells), columns, width)
    height, natural_width = cells[0].view.shape[:2]
    cell_width = min(natural_width, (width - GAP) // columns - GAP)
    cell_height = max(1, round(height * cell_width / natural_width))
    text_size = max(12, min(22, cell_width // 22))
    font = ImageFont.load_default(size=text_size)
    text_height = ceil(text_size * 1.6)
    rows = ceil(len(cells) / columns)
    sheet = Image.new(
        "RGB",
        (GAP + columns * (cell_width + GAP), GAP + rows * (cell_height + text_height + GAP)),
        BACKGROUND,
    )
    pen = ImageDraw.Draw(sheet)
    for number, cell in enumerate(cells):
        left = GAP + number % columns * (cell_width + GAP)
        top = GAP + number // columns * (cell_height + text_height + GAP)
        image = Image.fromarray(to_pixels(cell.view))
        sheet.paste(image.resize((cell_width, cell_height), Image.Resampling.LANCZOS), (left, top))
        pen.text(
            (left, top + cell_height + text_height / 2),
            cell.label,
            fill=SOURCE_TEXT if cell.is_source else TEXT,
            font=font,
            anchor="lm",
        )
    return sheet
