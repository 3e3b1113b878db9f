"""Bits of the units that H.264 and H.265 consist of (ITU-T H.264, 7.3.1 and annex B; H.265 alike)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_STARTS = re.compile(b"\0\0(?=[\0-\3])")
"""Zeros behind which a byte would make a start code of them, or look like the 3 that prevents it."""


class BitReader:
    """Reads bits of a unit, the first of a byte first.

    Args:
        unit: The unit after its header, as it stands in a packet.

    Raises:
        IndexError: There are no more.
    """

    def __init__(self, unit: bytes) -> None:
        # A byte 3 after two zeros is there only so that no start code appears in the middle (7.4.1).
        self.data = unit.replace(b"\0\0\3", b"\0\0")
        self.place = 0

    def read(self, count: int) -> int:
        """The next `count` bits as a number."""
        value = 0
        for _ in range(count):
            value = value << 1 | (self.data[self.place >> 3] >> (7 - (self.place & 7)) & 1)
            self.place += 1
        return value

    def unsigned(self) -> int:
        """An Exp-Golomb code (9.1)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        """A signed Exp-Golomb code (9.1.1)."""
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def between(self, start: int, stop: int) -> str:
        """The bits from one place to another, as zeros and ones; the place to read at stays."""
        kept, self.place = self.place, start
        found = "".join(str(self.read(1)) for _ in range(stop - start))
        self.place = kept
        return found


def unsigned_code(value: int) -> str:
    """An Exp-Golomb code (9.1), as zeros and ones."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def as_unit(header: bytes, bits: str, data: bytes = b"") -> bytes:
    """A unit with its start code.

    Args:
        header: Its first bytes.
        bits: What follows, as zeros and ones; whole bytes.
        data: What follows these.
    """
    plain = int(f"1{bits}", 2).to_bytes(len(bits) // 8 + 1, "big")[1:] + data
    return b"\0\0\0\1" + header + escaped(plain)


def escaped(plain: bytes) -> bytes:
    """Bytes in which no start code appears: a 3 is put after two zeros where it has to be (7.4.1)."""
    return _STARTS.sub(b"\\g<0>\x03", plain)


def units(packet: bytes) -> Iterator[bytes]:
    """Units after start codes (annex B), without them."""
    _, *found = packet.split(b"\0\0\1")
    for unit in found:
        # The zero before a start code of four bytes belongs to none.
        yield unit.rstrip(b"\0")
