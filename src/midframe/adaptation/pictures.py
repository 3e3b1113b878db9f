"""Before and after, to look at: held-out places as a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from midframe.adaptation.adapt import Shown
from midframe.quality.sheet import Cell, draw_sheet, save_sheet

COLUMNS = 3


def save_before_and_after(shown: Sequence[Shown], path: Path) -> None:
    """Write a sheet with a row for each place: as it is, as the base draws it, as the adapted weights do.

    Raises:
        OptionError: See `midframe.quality.sheet.check_sheet_path`.
        WriteError: The file cannot be written.
    """
    half = Fraction(1, 2)
    cells = [
        Cell(half, picture, words)
        for place in shown
        for picture, words in (
            (place.truth, f"{place.clip}, frame {place.index}"),
            (place.before, "before"),
            (place.after, "adapted"),
        )
    ]
    save_sheet(draw_sheet(cells, columns=COLUMNS, width=COLUMNS * (cells[0].view.shape[1] + 8) + 8), path)
