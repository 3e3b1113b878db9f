"""H.264 whose pictures are two fields each (PAFF), which no encoder at hand writes: samples are stored as they are."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 64

Plane = NDArray[np.uint8]


class BitWriter:
    """The bits of a unit; see ITU-T H.264, 7.2 and 9.1."""

    def __init__(self) -> None:
        self._bits: list[int] = []

    def put(self, value: int, size: int = 1) -> BitWriter:
        """A number of that many bits."""
        self._bits += [value >> place & 1 for place in reversed(range(size))]
        return self

    def golomb(self, *values: int) -> BitWriter:
        """Exp-Golomb codes."""
        for value in values:
            size = (value + 1).bit_length()
            self.put(0, size - 1).put(value + 1, size)
        return self

    def samples(self, block: Plane) -> BitWriter:
        """Samples on whole bytes."""
        self._bits += [0] * (-len(self._bits) % 8)
        self._bits += np.unpackbits(np.ascontiguousarray(block)).tolist()
        return self

    def unit(self, kind: int) -> bytes:
        """The unit, with its start code, and a byte 3 wherever a start code would appear in it."""
        bits = np.array([*self._bits, 1], np.uint8)
        escaped = bytearray()
        for value in np.packbits(bits).tobytes():
            if escaped[-2:] == b"\0\0" and value <= 3:
                escaped.append(3)
            escaped.append(value)
        return b"\0\0\0\1" + bytes([kind]) + bytes(escaped)


def parameter_sets() -> bytes:
    """Main profile, 25 pictures a second, fields allowed."""
    sequence = BitWriter().put(77, 8).put(0, 8).put(30, 8).golomb(0, 0, 0, 2, 1).put(0)
    sequence.golomb(WIDTH // 16 - 1, HEIGHT // 32 - 1).put(0).put(0).put(1).put(0).put(1)
    # Time: 50 fields a second.
    sequence.put(0, 4).put(1).put(1, 32).put(50, 32).put(1).put(0, 4)
    picture = BitWriter().golomb(0, 0).put(0, 2).golomb(0, 0, 0).put(0, 3).golomb(0, 0, 0).put(0, 3)
    return sequence.unit(0x67) + picture.unit(0x68)


def field_unit(planes: list[Plane], number: int, *, bottom: bool) -> bytes:
    """One field of picture `number`, in macroblocks of plain samples (7.3.5)."""
    refresh = number == 0 and not bottom
    bits = BitWriter().golomb(0, 7, 0).put(number % 16, 4).put(1).put(int(bottom))
    if refresh:
        bits.golomb(0)
    bits.put((2 * number + bottom) % 64, 6).put(0, 2 if refresh else 1).golomb(0)
    luma, *chroma = (plane[int(bottom) :: 2] for plane in planes)
    for row in range(0, HEIGHT // 2, 16):
        for column in range(0, WIDTH, 16):
            bits.golomb(25).samples(luma[row : row + 16, column : column + 16])
            for plane in chroma:
                bits.samples(plane[row // 2 : row // 2 + 8, column // 2 : column // 2 + 8])
    return bits.unit(0x65 if refresh else 0x61)


def pictures(count: int) -> Iterator[list[Plane]]:
    """Y, Cb and Cr of moving stripes."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for number in range(count):
        luma = (16 + (4 * columns + 3 * rows + 16 * number) % 200).astype(np.uint8)
        yield [luma, np.full((HEIGHT // 2, WIDTH // 2), 90 + number, np.uint8), np.full_like(luma[::2, ::2], 128)]


def write_field_pictures(path: Path, count: int) -> list[Plane]:
    """A video of `count` pictures in two packets each.

    Returns:
        Their luma.
    """
    shown: list[Plane] = []
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, 90000)
        stream.codec_context.extradata = parameter_sets()
        for number, planes in enumerate(pictures(count)):
            shown.append(planes[0])
            for bottom in (False, True):
                head = b"\0\0\0\1\x09\x10" + (parameter_sets() if not number and not bottom else b"")
                packet = av.Packet(head + field_unit(planes, number, bottom=bottom))
                packet.pts = packet.dts = 3600 * number + 1800 * bottom
                packet.time_base, packet.duration = Fraction(1, 90000), 1800
                packet.is_keyframe = not number and not bottom
                packet.stream = stream
                container.mux(packet)
    return shown
