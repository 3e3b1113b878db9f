"""Contact sheets of held-out patches before and after adapting."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.finetuning.adaptation import HeldOutExample
from midframe.visualization.contact_sheet import SheetCell, make_contact_sheet
from midframe.visualization.image_files import save_picture

DETAIL_SIDE = 96
"""Side in pixels of the square that is shown of a patch: the one in which before and after differ most."""

ENLARGEMENT = 3

AMPLIFICATION = 10
"""What the change is multiplied by: it is small, and invisible as it is."""

MIDDLE = Fraction(1, 2)


def save_before_and_after(examples: Sequence[HeldOutExample], path: Path) -> None:
    """Write a contact sheet with a row for each example: the real frame, before and after adapting, and the difference.

    Raises:
        WriteError: The file cannot be written.
    """
    cells = []
    for example in examples:
        rows, columns = most_different_square(example.before, example.after, DETAIL_SIDE)
        difference = np.minimum(np.abs(example.after - example.before) * np.float32(AMPLIFICATION), 1)
        for view, caption in (
            (example.truth, f"frame {example.index}, real"),
            (example.before, "before"),
            (example.after, f"adapted{_gain_words(example)}"),
            (difference, f"change × {AMPLIFICATION}"),
        ):
            detail = view[rows, columns].repeat(ENLARGEMENT, axis=0).repeat(ENLARGEMENT, axis=1)
            cells.append(SheetCell(MIDDLE, detail, caption))
    columns_of_sheet = 4
    width = columns_of_sheet * (cells[0].view.shape[1] + 8) + 8
    save_picture(make_contact_sheet(cells, columns=columns_of_sheet, width=width), path)


def _gain_words(example: HeldOutExample) -> str:
    """How much nearer the patch came to the real frame, such as ", +0.12 dB"; "" where one of both has no error."""
    before, after = (float(np.square(view - example.truth).mean()) for view in (example.before, example.after))
    return f", {10 * log10(before / after):+.2f} dB".replace("-", "\N{MINUS SIGN}") if before and after else ""


def most_different_square(before: NDArray[np.float32], after: NDArray[np.float32], side: int) -> tuple[slice, slice]:
    """Rows and columns of the square in which two views (height, width, 3) differ most, on a grid of half its side."""
    difference = np.square(after - before).sum(axis=-1)
    height, width = difference.shape
    rows, columns = min(side, height), min(side, width)
    squares = [
        (float(difference[top : top + rows, left : left + columns].sum()), top, left)
        for top in range(0, height - rows + 1, max(1, rows // 2))
        for left in range(0, width - columns + 1, max(1, columns // 2))
    ]
    _, top, left = max(squares)
    return slice(top, top + rows), slice(left, left + columns)
