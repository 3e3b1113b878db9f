"""JPEG 2000 through imagecodecs; the colour profile in the boxes around the picture (ISO/IEC 15444-1, annex I)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np

from midframe.errors import UnsupportedFormatError
from midframe.media.images.annotations import profile_for
from midframe.media.images.codec_io import damaged, plain_refusal, require_accepted, truncated, writing
from midframe.media.images.depths import gathered, spread
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Annotations, Frame, FrameFormat

CODESTREAM = b"\xff\x4f\xff\x51"
END_OF_CODESTREAM = b"\xff\xd9"
COMPONENTS_OFFSET = 40
"""From the start of a codestream to the number of components; three bytes for each of them follow."""

SIGNED = 0x80
RESTRICTED_PROFILE = b"\x02\0\0"
"""How a colour box says that an ICC profile follows."""


@dataclass(frozen=True)
class Jpeg2000Metadata:
    """How to encode a frame like the one that was read.

    Attributes:
        bits: Bits of a sample.
        bare: Whether the file is a codestream without boxes.
    """

    bits: int
    bare: bool


class _Box(NamedTuple):
    kind: bytes
    start: int
    content: int
    end: int


class Jpeg2000Codec(WholeFileCodec):
    """Grey, grey+alpha, RGB and RGBA of up to 16 bits; new frames are written lossless."""

    name = "JPEG 2000"
    suffixes: tuple[str, ...] = (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc")
    writable = True
    carries = frozenset[AnnotationKind]({"icc_profile"})
    damage: tuple[type[Exception], ...] = (imagecodecs.Jpeg2kError, NotImplementedError, ValueError, LookupError)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        start = data.find(CODESTREAM)
        if start < 0:
            raise damaged(path, self.name)
        if END_OF_CODESTREAM not in data[-64:]:
            raise truncated(path, self.name)
        count = int.from_bytes(data[start + COMPONENTS_OFFSET : start + COMPONENTS_OFFSET + 2], "big")
        depths = set(data[start + COMPONENTS_OFFSET + 2 : start + COMPONENTS_OFFSET + 2 + 3 * count : 3])
        bits = (min(depths, default=0) & ~SIGNED) + 1
        if len(depths) != 1 or min(depths) & SIGNED or bits > 16:
            raise UnsupportedFormatError(
                f"{path} has signed samples, more than 16 bits, or channels of several depths. Convert it to TIFF.",
                path=path,
            )
        samples = np.asarray(imagecodecs.jpeg2k_decode(data))
        samples = samples.reshape(*samples.shape[:2], -1)
        height, width, channels = samples.shape
        dtype = np.dtype("uint8" if bits <= 8 else "uint16")
        alpha = Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None
        return Frame(
            spread(samples, (1 << bits) - 1, dtype),
            FrameFormat(width, height, channels, dtype, alpha),
            path=path,
            metadata=Jpeg2000Metadata(bits, data.startswith(CODESTREAM)),
            annotations=Annotations(icc_profile=_profile(data)),
        )

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(np.dtype("uint8"), np.dtype("uint16")),
            layouts=((1, None), (2, 1), (3, None), (4, 3)),
            layout_names="grey, grey+alpha, RGB and RGBA",
            longest_side=1 << 30,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        most = 8 * frame.format.dtype.itemsize
        metadata = frame.metadata if isinstance(frame.metadata, Jpeg2000Metadata) else Jpeg2000Metadata(most, False)
        bits = metadata.bits if most - 8 < metadata.bits <= most else most
        samples = gathered(frame.samples, (1 << bits) - 1)
        profile = profile_for(frame.annotations, frame.format)
        with writing(path, self.name, imagecodecs.Jpeg2kError, ValueError):
            encoded = imagecodecs.jpeg2k_encode(
                np.ascontiguousarray(samples[..., 0] if samples.shape[-1] == 1 else samples),
                level=0,
                codecformat="j2k" if metadata.bare else "jp2",
                bitspersample=bits,
                reversible=True,
            )
            path.write_bytes(encoded if profile is None or metadata.bare else _with_profile(bytes(encoded), profile))


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    while start + 8 <= end:
        length, content = int.from_bytes(data[start : start + 4], "big"), start + 8
        if length == 1:
            length, content = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
        stop = end if length == 0 else start + length
        if stop > end or stop < content:
            return
        yield _Box(data[start + 4 : start + 8], start, content, stop)
        start = stop


def _colour_box(data: bytes) -> tuple[_Box, _Box] | None:
    """The header box, and the first colour box in it."""
    header = next((box for box in _boxes(data, 0, len(data)) if box.kind == b"jp2h"), None)
    if header is None:
        return None
    colour = next((box for box in _boxes(data, header.content, header.end) if box.kind == b"colr"), None)
    return None if colour is None else (header, colour)


def _profile(data: bytes) -> bytes | None:
    found = None if data.startswith(CODESTREAM) else _colour_box(data)
    if found is None:
        return None
    content = data[found[1].content : found[1].end]
    return content[3:] if content[:1] == RESTRICTED_PROFILE[:1] else None


def _with_profile(data: bytes, profile: bytes) -> bytes:
    found = _colour_box(data)
    if found is None:
        return data
    header, colour = found
    made = (11 + len(profile)).to_bytes(4, "big") + b"colr" + RESTRICTED_PROFILE + profile
    content = data[header.content : colour.start] + made + data[colour.end : header.end]
    return data[: header.start] + (8 + len(content)).to_bytes(4, "big") + b"jp2h" + content + data[header.end :]
