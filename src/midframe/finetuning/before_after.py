"""Before and after, to look at: held-out places as a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.finetuning.adapt import Shown
from midframe.visualization.contact_sheet import SheetCell, make_contact_sheet
from midframe.visualization.image_files import save_picture

DETAIL_SIDE = 96
"""Pixels: what is shown of a place is the square in which before and after differ most."""

ENLARGEMENT = 3

MIDDLE = Fraction(1, 2)


def save_before_and_after(shown: Sequence[Shown], path: Path) -> None:
    """Write a sheet with a row for each place: as it is, as the base draws it, as the adapted weights do.

    Raises:
        WriteError: The file cannot be written.
    """
    cells = []
    for place in shown:
        rows, columns = most_different(place.before, place.after, DETAIL_SIDE)
        for picture, words in (
            (place.truth, f"frame {place.index}, real"),
            (place.before, "before"),
            (place.after, "adapted"),
        ):
            detail = picture[rows, columns].repeat(ENLARGEMENT, axis=0).repeat(ENLARGEMENT, axis=1)
            cells.append(SheetCell(MIDDLE, detail, words))
    columns_of_sheet = 3
    width = columns_of_sheet * (cells[0].view.shape[1] + 8) + 8
    save_picture(make_contact_sheet(cells, columns=columns_of_sheet, width=width), path)


def most_different(before: NDArray[np.float32], after: NDArray[np.float32], side: int) -> tuple[slice, slice]:
    """Rows and columns of the square in which two pictures (height, width, 3) differ most, on a grid of its half."""
    difference = np.square(after - before).sum(axis=-1)
    height, width = difference.shape
    rows, columns = min(side, height), min(side, width)
    places = [
        (float(difference[top : top + rows, left : left + columns].sum()), top, left)
        for top in range(0, height - rows + 1, max(1, rows // 2))
        for left in range(0, width - columns + 1, max(1, columns // 2))
    ]
    _, top, left = max(places)
    return slice(top, top + rows), slice(left, left + columns)
