from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.support.fake_engine import FakeEngine

from midframe.errors import OptionError
from midframe.timing.timeline import evenly_spaced
from midframe.types import Alpha, Frame, FrameFormat
from midframe.visualization.contact_sheet import (
    BACKGROUND,
    GAP,
    SheetCell,
    columns_for,
    make_contact_sheet,
)
from midframe.visualization.frame_pairs import interpolate_cells


def cells(count: int, width: int = 200, height: int = 100) -> list[SheetCell]:
    return [
        SheetCell(Fraction(index, count - 1), np.full((height, width, 3), index / (count - 1), np.float32))
        for index in range(count)
    ]


def test_labels() -> None:
    assert [cell.label for cell in cells(4)] == ["left frame", "t = 1/3", "t = 2/3", "right frame"]
    assert [cell.is_source for cell in cells(4)] == [True, False, False, True]


@pytest.mark.parametrize(("count", "columns"), [(2, 2), (3, 2), (4, 2), (5, 3), (9, 3), (10, 4), (17, 5), (25, 5)])
def test_grid_is_nearly_square(count: int, columns: int) -> None:
    assert columns_for(count) == columns


@pytest.mark.parametrize("columns", [None, 1, 2, 5, 99])
def test_every_cell_is_in_its_place(columns: int | None) -> None:
    sheet = make_contact_sheet(cells(5), columns=columns)
    across = min(columns or 3, 5)
    assert sheet.width == GAP + across * (200 + GAP)
    rows = -(-5 // across)
    row_height = (sheet.height - GAP) // rows
    for index in range(5):
        place = (GAP + index % across * (200 + GAP) + 100, GAP + index // across * row_height + 50)
        assert sheet.getpixel(place) == (round(index / 4 * 255),) * 3
    assert sheet.getpixel((0, 0)) == BACKGROUND


def test_labels_are_written_below() -> None:
    sheet = np.asarray(make_contact_sheet(cells(2), columns=1))
    below = sheet[GAP + 100 : GAP + 115, GAP : GAP + 100]
    assert (below != BACKGROUND).any()


@pytest.mark.parametrize("width", [300, 500, 1600])
def test_pictures_are_shrunk_to_the_width_and_never_enlarged(width: int) -> None:
    sheet = make_contact_sheet(cells(4, width=400, height=300), columns=2, width=width)
    assert sheet.width <= width
    assert sheet.width == min(2 * 400 + 3 * GAP, sheet.width)
    if width == 1600:
        assert sheet.width == 2 * 400 + 3 * GAP


@pytest.mark.parametrize(("columns", "width"), [(2, 127), (4, 200)])
def test_too_narrow(columns: int, width: int) -> None:
    with pytest.raises(OptionError, match="needs a `width` of at least"):
        make_contact_sheet(cells(4), columns=columns, width=width)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_cells_of_any_frames(dtype: str, channels: int) -> None:
    alpha = Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None
    layout = FrameFormat(9, 6, channels, np.dtype(dtype), alpha)
    full = 1.0 if dtype == "float32" else np.iinfo(dtype).max
    left = Frame(np.zeros((6, 9, channels), dtype), layout)
    right = Frame(np.full((6, 9, channels), full, dtype), layout, 1)
    if alpha:
        left.samples[..., -1] = full
    drawn = interpolate_cells(FakeEngine(), left, right, evenly_spaced(3))
    assert [cell.time for cell in drawn] == [0, Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), 1]
    assert [float(cell.view.mean()) for cell in drawn] == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=0.01)
