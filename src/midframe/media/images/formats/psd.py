"""Photoshop files, read only: the merged picture at their end (Adobe Photoshop File Formats Specification)."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import damaged, recommended, truncated
from midframe.media.images.exif import bare_exif, exif_texts
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Annotations, Frame, FrameFormat, Resolution, Samples

HEADER = struct.Struct(">4sH6xHIIHH")
PHOTOSHOP, LARGE = 1, 2
"""Version of PSD, and of PSB for large documents."""

COLOURS = {1: 1, 3: 3}
"""Channels that are colours, by mode: grey and RGB."""

MODES = {0: "bitmap", 2: "indexed", 4: "CMYK", 7: "multichannel", 8: "duotone", 9: "Lab"}
DTYPES: dict[int, np.dtype[Any]] = {8: np.dtype("uint8"), 16: np.dtype("uint16"), 32: np.dtype("float32")}
PROFILE, RESOLUTION, EXIF, XMP = 0x040F, 0x03ED, 0x0422, 0x0424
RAW, RUN_LENGTHS = 0, 1


class PsdCodec(WholeFileCodec):
    """Grey and RGB of 8 and 16 bits and float, with the transparency of the merged picture as alpha."""

    name = "Photoshop"
    suffixes: tuple[str, ...] = (".psd", ".psb")
    writable = False
    carries = frozenset[AnnotationKind]()
    damage: tuple[type[Exception], ...] = (
        struct.error,
        ValueError,
        LookupError,
        OverflowError,
        imagecodecs.PackbitsError,
    )

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        _, version, channels, height, width, bits, mode = HEADER.unpack_from(data)
        if mode not in COLOURS or bits not in DTYPES:
            kind = MODES.get(mode, f"{bits}-bit")
            raise UnsupportedFormatError(f"{path} is a {kind} document. Convert it to RGB or grey.", path=path)
        if not 1 <= channels <= 56 or not width or not height or version not in (PHOTOSHOP, LARGE):
            raise damaged(path, self.name)
        offset = HEADER.size
        offset += 4 + _length(data, offset, 4)
        resources = data[offset + 4 : offset + 4 + _length(data, offset, 4)]
        offset += 4 + len(resources)
        wide = 8 if version == LARGE else 4
        layers = data[offset + wide : offset + wide + _length(data, offset, wide)]
        offset += wide + len(layers)
        colours = COLOURS[mode]
        if channels < colours:
            raise damaged(path, self.name)
        # A negative number of layers says that the first extra channel is the transparency of the merged picture.
        layer_count = _layer_count(layers, wide)
        shown = colours + (channels > colours and layer_count < 0)
        dtype = DTYPES[bits]
        shape = (channels, height, width)
        planes = _planes(path, data[offset:], shape, dtype, 4 if version == LARGE else 2)
        samples = np.ascontiguousarray(np.moveaxis(planes[:shown], 0, -1))
        alpha = Alpha(shown - 1, premultiplied=False) if shown > colours else None
        # Scene-linear light with straight alpha is what no format takes; as data, TIFF does.
        linear = bits == 32 and alpha is None
        frame_format = FrameFormat(width, height, shown, dtype, alpha, "linear" if linear else "display")
        return Frame(samples, frame_format, path=path, annotations=_annotations(resources))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return f"Photoshop files are only read. {recommended(frame_format)} can store the frames."

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        raise UnsupportedFormatError(
            f"The frames cannot be written as Photoshop. {self.refusal(frame.format)}", path=path
        )


def _length(data: bytes, offset: int, size: int) -> int:
    if offset + size > len(data):
        raise ValueError("section without length")
    return int.from_bytes(data[offset : offset + size], "big")


def _layer_count(layers: bytes, wide: int) -> int:
    """The signed number of layers; 0 if there are none."""
    if len(layers) < wide + 2:
        return 0
    return int.from_bytes(layers[wide : wide + 2], "big", signed=True)


def _planes(
    path: Path, data: bytes, shape: tuple[int, int, int], dtype: np.dtype[np.generic], count_bytes: int
) -> Samples:
    """(channels, height, width) of the merged picture."""
    channels, height, width = shape
    size = channels * height * width * dtype.itemsize
    kind = int.from_bytes(data[:2], "big")
    if len(data) < 2:
        raise truncated(path, "Photoshop")
    if kind == RAW:
        if len(data) < 2 + size:
            raise truncated(path, "Photoshop")
        stored = data[2 : 2 + size]
    elif kind == RUN_LENGTHS:
        rows = channels * height
        counts = np.frombuffer(data, f">u{count_bytes}", rows, 2).astype(np.int64)
        ends = 2 + rows * count_bytes + np.cumsum(counts)
        if len(data) < ends[-1]:
            raise truncated(path, "Photoshop")
        parts = [
            bytes(imagecodecs.packbits_decode(data[end - count : end])) for end, count in zip(ends, counts, strict=True)
        ]
        if any(len(part) != width * dtype.itemsize for part in parts):
            raise damaged(path, "Photoshop")
        stored = b"".join(parts)
    else:
        raise UnsupportedFormatError(
            f"{path} contains a merged picture that is compressed with ZIP. Save it again with maximised "
            "compatibility.",
            path=path,
        )
    planes: Samples = np.frombuffer(stored, dtype.newbyteorder(">")).reshape(shape).astype(dtype)
    return planes


def _annotations(resources: bytes) -> Annotations:
    found: dict[int, bytes] = {}
    offset = 0
    while offset + 12 <= len(resources) and resources[offset : offset + 4] == b"8BIM":
        number = int.from_bytes(resources[offset + 4 : offset + 6], "big")
        name = resources[offset + 6] + 1
        start = offset + 6 + name + name % 2
        length = int.from_bytes(resources[start : start + 4], "big")
        found[number] = resources[start + 4 : start + 4 + length]
        offset = start + 4 + length + length % 2
    exif = bare_exif(found.get(EXIF))
    return Annotations(
        icc_profile=found.get(PROFILE),
        resolution=_resolution(found.get(RESOLUTION)),
        exif=exif,
        xmp=found.get(XMP),
        text=exif_texts(exif),
    )


def _resolution(content: bytes | None) -> Resolution | None:
    """Pixels per inch as fixed-point numbers, whatever unit is shown to people."""
    if content is None or len(content) < 16:
        return None
    across, down = struct.unpack(">I4xI4x", content[:16])
    return Resolution(Fraction(across, 65536), Fraction(down, 65536)) if across and down else None
