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


def make_contact_sheet(cells: Sequence[SheetCell], *, columns: int | None = None, width: int = 1600) -> Image.Image:
    """Put cells of one size on a grid, row by row.

    Args:
        cells: Cells in the order of time.
        columns: Cells in a row; None for `columns_for`.
        width: Maximum width of the whole sheet in pixels; images are shrunk to fit, never enlarged.

    Raises:
        OptionError: No column, or less than 64 pixels for each.
    """
    columns = min(columns or columns_for(len(cells)), len(cells))
    if columns < 1 or width < 64 * columns:
        raise OptionError(
            f"A sheet of {columns} columns needs a width of at least {64 * max(columns, 1)} pixels.", option="width"
        )
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
