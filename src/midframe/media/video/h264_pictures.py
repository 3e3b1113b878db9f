"""Other pictures in the place of coded ones that no other picture refers to, in H.264.

An encoder makes a key frame of the new picture. Its slices get the header of the old ones, which says that they are not
a key frame, and at which place. What is coded after the header is unchanged, and so do all other packets.

Numbers of clauses are those of ITU-T H.264.
"""

from __future__ import annotations

from dataclasses import dataclass

from midframe.media.video.bits import BitReader, as_unit, units, unsigned_code
from midframe.media.video.h264_fields import HIGH_PROFILES

SLICE, SLICE_IDR, SEQUENCE, PICTURE = 1, 5, 7, 8
"""Types of units (table 7-1): slices of ordinary and of key frames, and both kinds of parameter sets."""

INTRA = 7
"""Slice type of a picture that refers to none (table 7-6)."""


@dataclass(frozen=True)
class _Parameters:
    """What is needed of both parameter sets to read and write headers of slices."""

    number_bits: int
    order_bits: int
    arithmetic: bool
    has_second_order: bool
    has_deblocking: bool


def parameter_sets(packet: bytes) -> tuple[bytes, ...]:
    """The parameter sets in a packet."""
    return tuple(unit for unit in units(packet) if unit and unit[0] & 31 in (SEQUENCE, PICTURE))


def is_alone(packet: bytes) -> bool:
    """Whether no other picture refers to that of a packet."""
    slices = [unit for unit in units(packet) if unit and unit[0] & 31 in (SLICE, SLICE_IDR)]
    return bool(slices) and all(unit[0] >> 5 & 3 == 0 for unit in slices)


def replaced_picture(head: bytes, old: bytes, new: bytes, *, last: bool) -> bytes | None:
    """A packet with the picture of another one.

    Args:
        head: Parameter sets, which are those of both packets.
        old: The packet that is replaced; as an encoder gives it (annex B).
        new: A key frame with the new picture.
        last: Whether all pictures that could refer to the old one are replaced too.

    Returns:
        The packet: everything of the old one but its slices. None where other pictures refer to the old one, or where
        the streams have something that is not known here.
    """
    if not last and not is_alone(old):
        return None
    try:
        parameters = _read_parameters(head)
        if parameters is None:
            return None
        made, beside = b"", b""
        first = next(unit for unit in units(old) if unit[0] & 31 == SLICE)
        number, order = _place(first, parameters)
        for unit in units(new):
            if unit[0] & 31 == SLICE_IDR:
                made += _moved(unit, first[:1], parameters, number, order)
        for unit in units(old):
            if unit[0] & 31 != SLICE:
                beside += b"\0\0\0\1" + unit
    except (IndexError, KeyError, StopIteration, ValueError):
        return None
    return beside + made if made else None


def _read_parameters(head: bytes) -> _Parameters | None:
    """Both parameter sets (7.3.2.1.1, 7.3.2.2); None for what no encoder here makes."""
    sets = {unit[0] & 31: unit[1:] for unit in units(head)}
    bits = BitReader(sets[SEQUENCE])
    profile = bits.read(8)
    bits.read(16)
    bits.unsigned()
    if profile in HIGH_PROFILES:
        chroma = bits.unsigned()
        separate = chroma == 3 and bits.read(1)
        bits.unsigned()
        bits.unsigned()
        bits.read(1)
        if separate or bits.read(1):
            return None
    number_bits = bits.unsigned() + 4
    if bits.unsigned() != 0:
        return None
    order_bits = bits.unsigned() + 4
    bits.unsigned()
    bits.read(1)
    bits.unsigned()
    bits.unsigned()
    if not bits.read(1):
        return None
    bits = BitReader(sets[PICTURE])
    bits.unsigned()
    bits.unsigned()
    arithmetic, has_second_order = bool(bits.read(1)), bool(bits.read(1))
    if bits.unsigned() != 0:
        return None
    bits.unsigned()
    bits.unsigned()
    bits.read(3)
    for _ in range(3):
        bits.signed()
    has_deblocking = bool(bits.read(1))
    bits.read(1)
    if bits.read(1):
        return None
    return _Parameters(number_bits, order_bits, arithmetic, has_second_order, has_deblocking)


def _place(unit: bytes, parameters: _Parameters) -> tuple[str, str]:
    """The number and the order of a picture that is not a key frame, in bits of its first slice's header (7.3.3)."""
    bits = BitReader(unit[1:])
    for _ in range(3):
        bits.unsigned()
    start = bits.place
    number = bits.between(start, start + parameters.number_bits)
    bits.read(parameters.number_bits)
    start = bits.place
    bits.read(parameters.order_bits)
    if parameters.has_second_order:
        bits.signed()
    return number, bits.between(start, bits.place)


def _moved(unit: bytes, kind: bytes, parameters: _Parameters, number: str, order: str) -> bytes:
    """A slice of a key frame as one of a picture at another place (7.3.3).

    Args:
        unit: The slice.
        kind: The first byte of the units of the picture in whose place it comes: its type, and whether others refer to
            it.
        parameters: What the parameter sets say.
        number: The number of that picture, in bits.
        order: Its order, in bits.
    """
    bits = BitReader(unit[1:])
    first = bits.unsigned()
    if bits.unsigned() % 5 != INTRA % 5:
        raise ValueError("a slice of a key frame refers to other pictures")
    parameter_set = bits.unsigned()
    bits.read(parameters.number_bits)
    bits.unsigned()
    bits.read(parameters.order_bits)
    if parameters.has_second_order:
        bits.signed()
    # What becomes of pictures that are referred to.
    bits.read(2)
    rest = bits.place
    bits.signed()
    if parameters.has_deblocking and bits.unsigned() != 1:
        bits.signed()
        bits.signed()
    header = unsigned_code(first) + unsigned_code(INTRA) + unsigned_code(parameter_set) + number + order
    # Pictures that are referred to leave in the order in which they came.
    header += ("0" if kind[0] >> 5 & 3 else "") + bits.between(rest, bits.place)
    if not parameters.arithmetic:
        content = _content(bits)
        return as_unit(kind, _filled(header + content))
    # Arithmetic codes begin with a whole byte, after ones.
    data = bits.data[-(-bits.place // 8) :]
    return as_unit(kind, header + "1" * (-len(header) % 8), data)


def _content(bits: BitReader) -> str:
    """All bits of a unit from where it is read up to the one that ends it."""
    text = f"{int.from_bytes(bits.data, 'big'):0{8 * len(bits.data)}b}"
    return text[bits.place : text.rindex("1")]


def _filled(content: str) -> str:
    """The bits of a unit with those at its end (7.3.2.11)."""
    ended = content + "1"
    return ended + "0" * (-len(ended) % 8)
