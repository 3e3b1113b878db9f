"""Text from outside, made fit to be shown: names of files, tensors and tags, and words of libraries that quote them.

Such text may hold control characters, which command terminals, characters that reverse the order of what follows, or
the beginnings of formulas. This module is the one place that knows how each kind of output is kept free of them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

LONGEST_NAME = 200
"""Characters of a name in a message."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control and format characters, halves of characters (which stand for bytes that are not UTF-8), line separators."""

_JOINERS = "\u200c\u200d"
"""Format characters that Persian and Indic words and many emoji need; they change nothing but how neighbours join."""

_UNDECODED = range(0xDC80, 0xDD00)
"""What Python has in place of bytes that are not UTF-8; the byte is the lower half."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters of formulas, for spreadsheet programs; also in their full widths."""

_NEVER_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What JSON allows and terminals and readers of UTF-8 do not take well."""


def printable(text: str) -> str:
    r"""The text as one line without control characters, which become escapes such as ``\x1b`` and ``\u202e``.

    Bytes of names that are not UTF-8 become escapes, too: ``\xfe``. All other characters are unchanged, and what is
    printable already is returned unchanged.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def shortened(text: str, longest: int = LONGEST_NAME) -> str:
    """The text as `printable` has it, cut off with "…" if it has more than `longest` characters."""
    return printable(text) if len(text) <= longest else f"{printable(text[:longest])}…"


def quoted(value: object) -> str:
    """A value from a file as Python writes it, in at most `LONGEST_NAME` characters."""
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and value.bit_length() > LONGEST_NAME:
        return f"a number of {value.bit_length()} bits"
    return shortened(repr(value[: LONGEST_NAME + 1] if isinstance(value, str) else value))


def json_text(value: object, **options: Any) -> str:
    """A value as JSON for a file, in characters that can be written as UTF-8 and shown on a terminal.

    Letters of all languages stay readable. Names that are not UTF-8 are escaped as Python has them, so that a Python
    program gets the same name back.

    Args:
        value: What `json.dumps` takes.
        options: Further arguments of `json.dumps`.
    """
    text = json.dumps(value, ensure_ascii=False, **options)
    # Outside strings, JSON has ASCII alone: whatever is found is part of a string.
    return _NEVER_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def json_line(value: object) -> str:
    """A value as one line of JSON for a stream: ASCII alone, whatever the stream's encoding."""
    return json.dumps(value)


def parse_json(text: str | bytes) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: It is damaged, nested too deeply, or not text.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def csv_cell(text: str) -> str:
    """Text for a CSV file: printable, and with an apostrophe before what a spreadsheet would compute. Numbers stay."""
    cell = printable(text)
    if not cell.startswith(_FORMULA_STARTS) or _is_number(cell):
        return cell
    return f"'{cell}"


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES or character in _JOINERS:
        return character
    number = ord(character)
    if number in _UNDECODED:
        number -= 0xDC00
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
