"""Files that are nearly right: changes to bytes that readers must take or refuse with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

PICKLE_PIECES = (
    *(b"(", b")", b"t", b"\x85", b"]", b"}", b"a", b"e", b"s", b"u", b"b", b"R", b"Q", b"N", b"0", b"2", b".", b"\x81"),
    *(b"h\x01", b"q\x01", b"r\xff\xff\xff\xff", b"X\xff\xff\xff\xff", b"\x8e" + b"\xff" * 8, b"\x80\x05", b"I1\n"),
    *(b"\x8a\x08" + b"\xff" * 7 + b"\x7f", b"J\xff\xff\xff\xff", b"K\x00", b"M\xff\xff"),
    *(b"ctorch\nSize\n", b"cos\nsystem\n"),
)
"""Instructions of pickles."""

NUMBER_PIECES = (
    *(b"\0", b"\x01", b"\x7f", b"\x80", b"\xff", b"\0\0", b"\xff\xff", b"\x7f\xff", b"\xff\x7f", b"\0" * 4),
    *(b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x80\0\0\0", b"\0" * 8, b"\xff" * 8),
)
"""Numbers at the ends of their ranges, in either byte order."""

TEXT_PIECES = (
    *(b"[" * 2000, b"{", b"}", b"]", b'"', b",", b":", b"=", b"null", b"true", b"NaN", b"Infinity", b"-1", b"1e999"),
    *(b"9" * 5000, b"\0", b"\x1b[31m", b"\xff\xfe", b"\\u0000", b"\\ud800", "\u202e".encode(), b"\n", b".a" * 200),
)
"""Bits of JSON and TOML."""


class Change(NamedTuple):
    """One change: where (a share of the length), of what kind, and a number that the kind makes something of."""

    place: float
    kind: int
    value: int


CHANGES = st.lists(
    st.builds(
        Change, st.floats(0, 1, exclude_max=True), st.sampled_from([0, 0, 0, 1, 2, 3, 3, 4, 5]), st.integers(0, 1 << 16)
    ),
    min_size=1,
    max_size=4,
)


def mutated(data: bytes, changes: Sequence[Change], pieces: Sequence[bytes]) -> bytes:
    """The data with some bytes replaced, cut out or repeated, pieces put in or laid over, or the end cut off."""
    for where, kind, value in changes:
        place = int(where * len(data))
        piece = pieces[value % len(pieces)]
        if kind == 0:
            data = data[:place] + bytes([value % 256]) + data[place + 1 :]
        elif kind == 1:
            data = data[:place] + data[place + 1 + value % 8 :]
        elif kind == 2:
            data = data[:place] + data[place : place + value % 64] * 2 + data[place + value % 64 :]
        elif kind == 3:
            data = data[:place] + piece + data[place:]
        elif kind == 4:
            data = data[:place]
        else:
            data = data[:place] + piece + data[place + len(piece) :]
    return data
