from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.errors import InputError
from midframe.text import csv_cell, json_line, json_text, parse_json, printable, quoted, shortened

COMMAND_LINE = Path(__file__).parents[2] / "src" / "midframe" / "cli"

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Halves of characters, which Python has for bytes that are not UTF-8, too."""


class TestPrintable:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("Grüße, 東京　2 ☃ 👩‍🚀.png", "Grüße, 東京　2 ☃ 👩‍🚀.png"),
            ("a\x1b]0;owned\x07\nmidframe: all good", r"a\x1b]0;owned\x07\x0amidframe: all good"),
            ("\x9b31mred\x7f\t\r", r"\x9b31mred\x7f\x09\x0d"),
            ("exe\u202egpj.\u2066x\u200f", r"exe\u202egpj.\u2066x\u200f"),
            ("\u2028\u2029\ufeff\u200b", r"\u2028\u2029\ufeff\u200b"),
            ("\U000e0041", r"\U000e0041"),
            ("\udcfe.txt", r"\xfe.txt"),
            ("\ud800", r"\ud800"),
        ],
    )
    def test_what_is_escaped(self, text: str, shown: str) -> None:
        assert printable(text) == shown

    @given(ANY_TEXT)
    def test_one_line_that_can_be_written_and_is_not_escaped_twice(self, text: str) -> None:
        shown = printable(text)
        assert shown.encode().decode() == shown
        assert len(shown.splitlines()) <= 1
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        assert printable(shown) == shown

    def test_messages_of_errors_are_printable(self) -> None:
        error = InputError("There is no a\x1b[31m\nmidframe: all good.", path="a\x1b[31m\nb")
        assert str(error) == r"There is no a\x1b[31m\x0amidframe: all good."
        assert error.path == Path("a\x1b[31m\nb")


def test_long_names_are_cut_off() -> None:
    assert shortened("a" * 200) == "a" * 200
    assert shortened("\x1b" * 10_000_000, 3) == r"\x1b\x1b\x1b…"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\x1b", r"'a\x1b'"),
        (3.5, "3.5"),
        (True, "True"),
        ([[[]]], "a list of 1"),
        ({"a": 1}, "a dict of 1"),
    ],
)
def test_values_of_files_are_quoted_in_few_characters(value: object, words: str) -> None:
    assert quoted(value) == words
    assert len(quoted("x" * 1_000_000)) < 300
    assert quoted(10**5000) == "a number of 16610 bits"


class TestJson:
    @given(ANY_TEXT)
    def test_all_names_are_written_as_utf8_and_come_back(self, name: str) -> None:
        value = {"name": [name], name: None}
        text = json_text(value)
        assert json.loads(text.encode()) == value
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]", text)
        line = json_line(value)
        assert line.isascii()
        assert json.loads(line) == value

    def test_letters_stay_readable(self) -> None:
        assert json_text({"名前": "é\u202e"}) == '{"名前": "é\\u202e"}'

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, b"\xff\xfe\x00", "", "nul"])
    def test_damaged_text_is_a_value_error(self, text: str | bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - of the standard library, in any words
            parse_json(text)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("4.25", "4.25"),
        ("-3.5", "-3.5"),
        ("-inf", "-inf"),
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", r"\x09=1"),
        ("\r=1", r"\x0d=1"),
    ],
)
def test_csv_holds_no_formulas(text: str, cell: str) -> None:
    assert csv_cell(text) == cell


def test_the_command_line_prints_in_one_place() -> None:
    """What is printed elsewhere would not be escaped."""
    places = [
        path.name
        for path in COMMAND_LINE.rglob("*.py")
        if re.search(r"\b(?:echo|secho|print|write)\(", path.read_text(encoding="utf-8"))
    ]
    assert sorted(places) == ["__init__.py", "command.py", "printing.py", "progress.py", "status_line.py", "streams.py"]
