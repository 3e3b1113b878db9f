"""Which packets of H.264 hold the second field of a picture: such a picture is one frame in two packets.

Numbers of clauses are those of ITU-T H.264. Only the few syntax elements before the ones of interest are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from midframe.media.video.bits import BitReader

HEAD = 1024
"""Bytes at the beginning of a packet in which parameter sets and the first slice header are looked for."""

SLICE, SLICE_IDR, PARAMETERS = 1, 5, 7
"""Types of units (table 7-1): a slice, a slice of an instantaneous refresh, and a sequence parameter set."""

HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter sets state the chroma format (7.3.2.1.1)."""


@dataclass(frozen=True)
class _Parameters:
    """What is needed of a sequence parameter set to read slice headers."""

    colour_planes: bool
    number_bits: int
    fields: bool


@dataclass(frozen=True)
class _Field:
    """A field: the number of its frame, and whether it holds the lower rows."""

    frame_number: int
    bottom: bool


class FieldPairs:
    """Recognises second fields. Packets must come in the file's order.

    Args:
        head: Parameter sets as the container states them; may be empty.
    """

    def __init__(self, head: bytes) -> None:
        self._parameters: _Parameters | None = None
        self._first: _Field | None = None
        # The record of MP4 and Matroska (ISO/IEC 14496-15, 5.3.3.1); its sixth byte counts parameter sets.
        self._sized = head[:1] == b"\1"
        if self._sized:
            size = int.from_bytes(head[6:8], "big")
            self._take_parameters(head[8 : 8 + size])
        else:
            self.is_second(head)

    def is_second(self, packet: bytes | memoryview) -> bool:
        """Whether a packet completes the picture of the packet before."""
        found = self._field(bytes(packet[:HEAD]))
        first, self._first = self._first, None
        if found is None:
            return False
        if first is not None and first.frame_number == found.frame_number and first.bottom != found.bottom:
            return True
        self._first = found
        return False

    def _field(self, head: bytes) -> _Field | None:
        """The field that a packet begins with; None where it is a whole frame, or cannot be read."""
        for unit in _sized_units(head) if self._sized else _units(head):
            kind = unit[0] & 31 if unit else 0
            if kind == PARAMETERS:
                self._take_parameters(unit)
            elif kind in (SLICE, SLICE_IDR):
                return self._read_slice(unit)
        return None

    def _read_slice(self, unit: bytes) -> _Field | None:
        """The beginning of a slice header (7.3.3)."""
        parameters = self._parameters
        if parameters is None or not parameters.fields:
            return None
        bits = BitReader(unit[1:64])
        try:
            for _ in range(3):
                bits.unsigned()
            if parameters.colour_planes:
                bits.read(2)
            number = bits.read(parameters.number_bits)
            return _Field(number, bottom=bool(bits.read(1))) if bits.read(1) else None
        except IndexError:
            return None

    def _take_parameters(self, unit: bytes) -> None:
        try:
            self._parameters = _read_parameters(unit)
        except IndexError:
            self._parameters = None


def _units(head: bytes) -> Iterator[bytes]:
    """Units after start codes (annex B)."""
    _, *units = head.split(b"\0\0\1")
    yield from units


def _sized_units(head: bytes) -> Iterator[bytes]:
    """Units after their sizes in four bytes; the last one may be cut off."""
    place = 0
    while place + 4 < len(head):
        size = int.from_bytes(head[place : place + 4], "big")
        yield head[place + 4 : place + 4 + size]
        place += 4 + size


def _read_parameters(unit: bytes) -> _Parameters:
    """A sequence parameter set up to whether there are fields (7.3.2.1.1)."""
    bits = BitReader(unit[1:])
    profile = bits.read(8)
    bits.read(16)
    bits.unsigned()
    colour_planes = False
    if profile in HIGH_PROFILES:
        chroma = bits.unsigned()
        if chroma == 3:
            colour_planes = bool(bits.read(1))
        bits.unsigned()
        bits.unsigned()
        bits.read(1)
        if bits.read(1):
            for number in range(12 if chroma == 3 else 8):
                if bits.read(1):
                    _skip_scaling(bits, 16 if number < 6 else 64)
    number_bits = bits.unsigned() + 4
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
    bits.unsigned()
    bits.read(1)
    bits.unsigned()
    bits.unsigned()
    return _Parameters(colour_planes, number_bits, fields=not bits.read(1))


def _skip_scaling(bits: BitReader, size: int) -> None:
    """A scaling list (7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last
