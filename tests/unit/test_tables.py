from __future__ import annotations

from midframe.tables import format_table


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = [("", "PSNR", ""), ("blend", "33.1", "measured here"), ("4.25 scale=0.5", "35.02", "x")]

    assert list(format_table(rows, "<><")) == [
        "                 PSNR",
        "blend            33.1  measured here",
        "4.25 scale=0.5  35.02  x",
    ]


def test_a_row_of_one_cell_is_a_heading_and_widens_no_column() -> None:
    rows = [("a heading that is long ",), ("a", "1"), ("b", "22")]

    assert list(format_table(rows, "<>")) == ["a heading that is long", "a   1", "b  22"]


def test_nothing_is_left_at_the_end_of_a_line() -> None:
    assert list(format_table([("a", "b"), ("c", "")], "<<")) == ["a  b", "c"]
