"""PFM, portable float maps: scene-linear RGB, or one channel of data such as disparity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midframe.media.images.codec_io import require_accepted, truncated, writing
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import AnnotationKind, Frame, FrameFormat

FLOAT = np.dtype("float32")
_HEADER = re.compile(rb"P([Ff])\s+([0-9]+)\s+([0-9]+)\s+(\S+)\s")


@dataclass(frozen=True)
class PfmMetadata:
    """The number in the header: its sign is the byte order, and its size a scale that programs state."""

    scale: float


class PfmCodec(WholeFileCodec):
    """float32; rows run from the bottom up."""

    name = "PFM"
    suffixes: tuple[str, ...] = (".pfm",)
    writable = True
    carries = frozenset[AnnotationKind]()
    damage: tuple[type[Exception], ...] = (ValueError, LookupError, OverflowError)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        match = _HEADER.match(data[:256])
        if match is None:
            raise ValueError("no header")
        channels = 3 if match.group(1) == b"F" else 1
        width, height, scale = int(match.group(2)), int(match.group(3)), float(match.group(4))
        count = width * height * channels
        if not count or not scale:
            raise ValueError("impossible sizes")
        if len(data) - match.end() < count * FLOAT.itemsize:
            raise truncated(path, self.name)
        stored = np.frombuffer(data, "<f4" if scale < 0 else ">f4", count, match.end())
        samples = np.ascontiguousarray(stored.reshape(height, width, channels)[::-1], FLOAT)
        frame_format = FrameFormat(width, height, channels, FLOAT, transfer="linear" if channels == 3 else "display")
        return Frame(samples, frame_format, path=path, metadata=PfmMetadata(scale))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        if frame_format.transfer == "linear":
            if (frame_format.channels, frame_format.alpha, frame_format.dtype) != (3, None, FLOAT):
                return f"PFM stores scene-linear light as float32 RGB, not {frame_format}; OpenEXR can store it."
        elif (frame_format.channels, frame_format.alpha, frame_format.dtype) != (1, None, FLOAT):
            return f"PFM stores data as one channel of float32, not {frame_format}; TIFF can store them."
        return None

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        scale = frame.metadata.scale if isinstance(frame.metadata, PfmMetadata) else -1.0
        kind = "PF" if frame.format.channels == 3 else "Pf"
        header = f"{kind}\n{frame.format.width} {frame.format.height}\n{scale!r}\n".encode()
        with writing(path, self.name):
            path.write_bytes(header + frame.samples[::-1].astype("<f4" if scale < 0 else ">f4").tobytes())
