"""Tables of text for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from midframe.text import printable


def format_table(rows: Sequence[Sequence[str]], alignment: str) -> Iterator[str]:
    """Lines of a table without control characters, with two spaces between columns and none at the end.

    Args:
        rows: Cells as text, as many in each row as there are columns; a row of a single cell is a heading across all
            columns. At least one row is not a heading.
        alignment: A character for each column: "<" for flush left, ">" for flush right.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    full = [row for row in rows if len(row) > 1]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    for row in rows:
        if len(row) == 1:
            yield row[0].rstrip()
            continue
        cells = (f"{text:{side}{width}}" for text, side, width in zip(row, alignment, widths, strict=True))
        yield "  ".join(cells).rstrip()
