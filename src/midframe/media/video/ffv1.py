"""Checksums of FFV1 (RFC 9043): the decoder conceals a damaged slice without a word, so they are looked at here."""

from __future__ import annotations

import zlib

_MIRRORED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
"""Bytes with their bits in the opposite order: FFV1's CRC takes the highest bit first, zlib's the lowest."""

_FOOTER = 8
"""Bytes behind a slice: its size in three, a status, and its CRC in four (RFC 9043, 4.9)."""


def slices_are_whole(packet: bytes) -> bool:
    """Whether the CRC of every slice of a frame is right. False, too, for frames that carry none."""
    end = len(packet)
    while end > 0:
        size = int.from_bytes(packet[max(0, end - _FOOTER) : max(0, end - _FOOTER) + 3], "big") + _FOOTER
        if size > end:
            return False
        # With start value and final inversion undone, the CRC over a slice and its own CRC is 0.
        if zlib.crc32(packet[end - size : end].translate(_MIRRORED), 0xFFFFFFFF) != 0xFFFFFFFF:
            return False
        end -= size
    return len(packet) > 0
