"""The marker structure of JPEG files: layout of the samples and whether the file is complete."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN = 0xDA
END_OF_IMAGE = b"\xff\xd9"
TAIL = 65536


class JpegHeader(NamedTuple):
    """What stands before the first scan."""

    precision: int
    components: int
    frame_marker: int
    scan_offset: int


def read_jpeg_header(stream: BinaryIO) -> JpegHeader:
    """Walk the segments up to the first scan.

    Raises:
        ValueError: The structure is broken, or ends before the scan.
    """
    stream.seek(2)
    frame: tuple[int, int, int] | None = None
    while True:
        marker = _next_marker(stream)
        length = int.from_bytes(_exactly(stream, 2), "big")
        if length < 2:
            raise ValueError("segment without length")
        if marker == START_OF_SCAN:
            if frame is None:
                raise ValueError("scan without frame")
            return JpegHeader(*frame, scan_offset=stream.tell())
        content = _exactly(stream, length - 2)
        if marker in START_OF_FRAME:
            if len(content) < 6:
                raise ValueError("short frame header")
            frame = (content[0], content[5], marker)


def jpeg_is_complete(stream: BinaryIO, size: int, scan_offset: int) -> bool:
    """Whether an end-of-image marker follows the first scan. It cannot occur inside coded data."""
    for start in (max(scan_offset, size - TAIL), scan_offset):
        stream.seek(start)
        if END_OF_IMAGE in stream.read():
            return True
    return False


def _next_marker(stream: BinaryIO) -> int:
    if _exactly(stream, 1) != b"\xff":
        raise ValueError("marker expected")
    code = 0xFF
    while code == 0xFF:
        code = _exactly(stream, 1)[0]
    return code


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise ValueError("unexpected end")
    return data
