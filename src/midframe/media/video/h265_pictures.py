"""Other pictures in the place of coded ones that no other picture refers to, in H.265.

It is done as in H.264, see `midframe.media.video.h264_pictures`. Numbers of clauses are those of ITU-T H.265.
"""

from __future__ import annotations

from dataclasses import dataclass

from midframe.media.video.bits import BitReader, as_unit, units, unsigned_code

SEQUENCE, PICTURE = 33, 34
"""Types of units (table 7-1): parameter sets."""

PARAMETER_SETS = (32, SEQUENCE, PICTURE)

KEY_FRAMES = (19, 20)
"""Types of slices of pictures with which decoding starts again."""

SLICES = 32
"""Types below it are slices; of these, even ones below 16 are of pictures that none of their layer refers to."""

INTRA = 2
"""Slice type of a picture that refers to none (table 7-7)."""

PROFILE_BITS, LEVEL_BITS = 88, 8
"""Of what a sequence says about its profile and its level (7.3.3)."""


@dataclass(frozen=True)
class _Sequence:
    """What is needed of a sequence parameter set."""

    colour: bool
    order_bits: int
    smooths: bool
    set_bits: int
    sets: int
    keeps_motion: bool


@dataclass(frozen=True)
class _Picture:
    """What is needed of a picture parameter set."""

    more_bits: int
    colour_offsets: bool
    overrides_deblocking: bool
    without_deblocking: bool
    across_slices: bool
    entries: bool


class _UnknownError(ValueError):
    """A stream with something that no encoder here makes."""


def kind_of(unit: bytes) -> int:
    """The type of a unit (7.3.1.2)."""
    return unit[0] >> 1 & 63


def parameter_sets(packet: bytes) -> tuple[bytes, ...]:
    """The parameter sets in a packet."""
    return tuple(unit for unit in units(packet) if unit and kind_of(unit) in PARAMETER_SETS)


def is_alone(packet: bytes) -> bool:
    """Whether no other picture refers to that of a packet."""
    kinds = [kind_of(unit) for unit in units(packet) if unit and kind_of(unit) < SLICES]
    return bool(kinds) and all(kind < 16 and kind % 2 == 0 for kind in kinds)


def replaced_picture(head: bytes, old: bytes, new: bytes, *, last: bool) -> bytes | None:
    """A packet with the picture of another one; see `midframe.media.video.h264_pictures.replaced_picture`."""
    if not last and not is_alone(old):
        return None
    try:
        sets = {kind_of(unit): unit[2:] for unit in units(head)}
        sequence, picture = _read_sequence(sets[SEQUENCE]), _read_picture(sets[PICTURE])
        slices = [unit for unit in units(old) if kind_of(unit) < SLICES]
        place = _place(slices[0], sequence, picture)
        keys = [unit for unit in units(new) if kind_of(unit) in KEY_FRAMES]
        made = b"".join(_moved(unit, slices[0][:2], sequence, picture, place) for unit in keys)
    except (IndexError, KeyError, ValueError):
        return None
    before, after = b"", b""
    for unit in units(old):
        if kind_of(unit) < SLICES:
            continue
        # From type 40 on, what belongs to a picture stands after it.
        if kind_of(unit) < 40:
            before += b"\0\0\0\1" + unit
        else:
            after += b"\0\0\0\1" + unit
    return before + made + after if made else None


def _read_sequence(unit: bytes) -> _Sequence:
    """A sequence parameter set (7.3.2.2.1)."""
    bits = BitReader(unit)
    bits.read(4)
    if bits.read(3):
        raise _UnknownError("there are layers of time")
    bits.read(1)
    bits.read(PROFILE_BITS + LEVEL_BITS)
    bits.unsigned()
    chroma = bits.unsigned()
    if chroma == 3 and bits.read(1):
        raise _UnknownError("colours are coded by themselves")
    bits.unsigned()
    bits.unsigned()
    if bits.read(1):
        for _ in range(4):
            bits.unsigned()
    bits.unsigned()
    bits.unsigned()
    order_bits = bits.unsigned() + 4
    bits.read(1)
    for _ in range(9):
        bits.unsigned()
    if bits.read(1):
        raise _UnknownError("scaling lists")
    bits.read(1)
    smooths = bool(bits.read(1))
    if bits.read(1):
        bits.read(8)
        bits.unsigned()
        bits.unsigned()
        bits.read(1)
    sets = bits.unsigned()
    for index in range(sets):
        if index and bits.read(1):
            raise _UnknownError("sets of references that follow from others")
        _skip_references(bits)
    if bits.read(1):
        raise _UnknownError("long-term references")
    return _Sequence(chroma != 0, order_bits, smooths, max(0, sets - 1).bit_length(), sets, bool(bits.read(1)))


def _skip_references(bits: BitReader) -> None:
    """A set of references that does not follow from another (7.3.7)."""
    count = bits.unsigned() + bits.unsigned()
    for _ in range(count):
        bits.unsigned()
        bits.read(1)


def _read_picture(unit: bytes) -> _Picture:
    """A picture parameter set (7.3.2.3.1)."""
    bits = BitReader(unit)
    bits.unsigned()
    bits.unsigned()
    if bits.read(2):
        raise _UnknownError("slices that depend on others, or pictures that are not shown")
    more_bits = bits.read(3)
    bits.read(2)
    bits.unsigned()
    bits.unsigned()
    bits.signed()
    bits.read(2)
    if bits.read(1):
        bits.unsigned()
    bits.signed()
    bits.signed()
    colour_offsets = bool(bits.read(1))
    bits.read(3)
    if bits.read(1):
        raise _UnknownError("tiles")
    entries, across_slices = bool(bits.read(1)), bool(bits.read(1))
    overrides = without = False
    if bits.read(1):
        overrides, without = bool(bits.read(1)), bool(bits.read(1))
        if not without:
            bits.signed()
            bits.signed()
    if bits.read(1):
        raise _UnknownError("scaling lists")
    bits.read(1)
    bits.unsigned()
    if bits.read(2):
        raise _UnknownError("extensions")
    return _Picture(more_bits, colour_offsets, overrides, without, across_slices, entries)


def _place(unit: bytes, sequence: _Sequence, picture: _Picture) -> str:
    """Order and references of a picture that is not a key frame, in bits of its first slice's header (7.3.6.1)."""
    bits = BitReader(unit[2:])
    if not bits.read(1):
        raise _UnknownError("the first slice is not the first")
    bits.unsigned()
    bits.read(picture.more_bits)
    bits.unsigned()
    start = bits.place
    bits.read(sequence.order_bits)
    if bits.read(1):
        bits.read(sequence.set_bits)
    else:
        if sequence.sets and bits.read(1):
            raise _UnknownError("a set of references that follows from others")
        _skip_references(bits)
    if sequence.keeps_motion:
        bits.read(1)
    return bits.between(start, bits.place)


def _moved(unit: bytes, header: bytes, sequence: _Sequence, picture: _Picture, place: str) -> bytes:
    """A slice of a key frame as one of a picture at another place (7.3.6.1)."""
    bits = BitReader(unit[2:])
    if not bits.read(1):
        raise _UnknownError("several slices")
    bits.read(1)
    parameter_set = bits.unsigned()
    more = bits.place
    bits.read(picture.more_bits)
    more_bits = bits.between(more, bits.place)
    if bits.unsigned() != INTRA:
        raise _UnknownError("a slice of a key frame refers to other pictures")
    rest = bits.place
    _skip_rest(bits, sequence, picture)
    made = "1" + unsigned_code(parameter_set) + more_bits + unsigned_code(INTRA) + place
    # A one, and zeros up to a whole byte, end the header (7.3.2.11).
    made += bits.between(rest, bits.place) + "1"
    return as_unit(header, made + "0" * (-len(made) % 8), bits.data[bits.place // 8 + 1 :])


def _skip_rest(bits: BitReader, sequence: _Sequence, picture: _Picture) -> None:
    """What stands in the header of a slice that refers to no other picture, after its type."""
    smoothed = False
    if sequence.smooths:
        smoothed = bool(bits.read(2 if sequence.colour else 1))
    bits.signed()
    if picture.colour_offsets:
        bits.signed()
        bits.signed()
    without = picture.without_deblocking
    if picture.overrides_deblocking and bits.read(1):
        without = bool(bits.read(1))
        if not without:
            bits.signed()
            bits.signed()
    if picture.across_slices and (smoothed or not without):
        bits.read(1)
    if picture.entries:
        count = bits.unsigned()
        if count:
            bits.read(count * (bits.unsigned() + 1))
