"""Pipes in memory, and Y4M made by hand."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from midframe.media.pipes.raw import RawPictures, RawVideo
from midframe.media.pipes.source import PipeSource
from midframe.media.pipes.streams import PipeReader
from midframe.media.pipes.y4m import PIXELS
from midframe.media.video.planes import layout_of, planar_name


def random_picture(pixels: str, width: int, height: int, seed: int = 0) -> bytes:
    """The bytes of a picture of noise, with codes that its depth has."""
    nbytes = RawPictures(width, height, pixels).nbytes
    bits = layout_of(planar_name(pixels)).bits
    random = np.random.default_rng(seed)
    if bits == 8:
        return random.bytes(nbytes)
    kind = ">u2" if pixels.endswith("be") else "<u2"
    return random.integers(0, 1 << bits, nbytes // 2).astype(kind).tobytes()


def y4m(pictures: Sequence[bytes], header: bytes, frame: bytes = b"FRAME\n") -> bytes:
    """A whole Y4M."""
    return header + b"\n" + b"".join(frame + picture for picture in pictures)


def header_of(samples: str, width: int = 24, height: int = 16, rest: str = "F25:1 Ip A1:1") -> bytes:
    return f"YUV4MPEG2 W{width} H{height} {rest} C{samples}".encode()


def noise(samples: str, count: int, width: int = 24, height: int = 16) -> list[bytes]:
    return [random_picture(PIXELS[samples], width, height, seed) for seed in range(count)]


def pipe_of(data: bytes, raw: RawVideo | None = None) -> PipeSource:
    return PipeSource(PipeReader(io.BytesIO(data)), raw)


def split_y4m(data: bytes) -> tuple[bytes, list[bytes]]:
    """Header line and pictures."""
    header, _, rest = data.partition(b"\n")
    words = {word[:1]: word[1:].decode() for word in reversed(header.split(b" ")[1:])}
    size = RawPictures(int(words[b"W"]), int(words[b"H"]), PIXELS[words[b"C"]]).nbytes + len(b"FRAME\n")
    assert len(rest) % size == 0
    pieces = [rest[begin : begin + size] for begin in range(0, len(rest), size)]
    assert all(piece.startswith(b"FRAME\n") for piece in pieces)
    return header, [piece[6:] for piece in pieces]
