"""How large FFmpeg's pictures may be."""

from __future__ import annotations

LARGEST_BYTES = (1 << 31) - 1
BYTES_PER_PIXEL = 8
PADDED_COLUMNS = 128
PADDED_ROWS = 128
"""FFmpeg adds as many columns and rows, takes eight bytes for each pixel, and refuses what has more bytes than fit into
31 bits, whatever the pixels are."""


def is_usable_size(width: int, height: int) -> bool:
    """Whether FFmpeg takes pictures of this size."""
    if width < 1 or height < 1:
        return False
    return BYTES_PER_PIXEL * (width + PADDED_COLUMNS) * (height + PADDED_ROWS) <= LARGEST_BYTES
