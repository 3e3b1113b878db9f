"""Small images of every file format, depth and channel layout, for the suites that run on all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.support.read_only import can_write_heic, write_heic, write_psd

from midframe.media.images.codecs import codec_for
from midframe.types import Alpha, ChannelLabel, Frame, FrameFormat, Transfer

STRAIGHT, PREMULTIPLIED = False, True

LAYOUTS: dict[str, tuple[tuple[str, ...], tuple[tuple[int, Alpha | None], ...]]] = {
    ".png": (
        ("uint8", "uint16"),
        ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT))),
    ),
    ".jpg": (("uint8",), ((1, None), (3, None))),
    ".tif": (
        ("uint8", "uint16", "int16", "float16", "float32"),
        (
            (1, None),
            (2, Alpha(1, STRAIGHT)),
            (3, None),
            (4, Alpha(3, STRAIGHT)),
            (4, Alpha(3, PREMULTIPLIED)),
            (4, None),
            (5, None),
        ),
    ),
    ".exr": (
        ("float16", "float32"),
        ((1, None), (2, Alpha(1, PREMULTIPLIED)), (3, None), (4, Alpha(3, PREMULTIPLIED)), (5, None)),
    ),
    ".webp": (("uint8",), ((3, None), (4, Alpha(3, STRAIGHT)))),
    ".bmp": (("uint8",), ((1, None), (3, None), (4, Alpha(3, STRAIGHT)))),
    ".gif": (("uint8",), ((3, None), (4, Alpha(3, STRAIGHT)))),
    ".dpx": (("uint8", "uint16"), ((1, None), (3, None), (4, Alpha(3, STRAIGHT)))),
    ".tga": (("uint8",), ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT)))),
    ".ppm": (("uint8", "uint16"), ((1, None), (3, None))),
    ".pam": (
        ("uint8", "uint16"),
        ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT))),
    ),
    ".pfm": (("float32",), ((1, None), (3, None))),
    ".hdr": (("float32",), ((3, None),)),
    ".jxl": (
        ("uint8", "uint16", "float32"),
        ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT))),
    ),
    ".jp2": (
        ("uint8", "uint16"),
        ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT))),
    ),
    ".avif": (
        ("uint8", "uint16"),
        ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT))),
    ),
}
"""Suffix → sample types and (channels, alpha) that the format can hold; every combination counts."""

READ_ONLY: dict[str, tuple[tuple[str, ...], tuple[tuple[int, Alpha | None], ...]]] = {
    ".psd": (
        ("uint8", "uint16", "float32"),
        ((1, None), (2, Alpha(1, STRAIGHT)), (3, None), (4, Alpha(3, STRAIGHT))),
    ),
    **({".heic": (("uint8",), ((3, None), (4, Alpha(3, STRAIGHT))))} if can_write_heic() else {}),
}
"""The same for formats that are only read."""

LOSSLESS = frozenset(
    {".png", ".tif", ".exr", ".webp", ".bmp", ".dpx", ".tga", ".ppm", ".pam", ".pfm", ".jxl", ".jp2", ".psd"}
)
"""Formats that give back what was written, with their default settings. GIF does for up to 255 colours."""

EXR_NAMES = {
    1: ("Y",),
    2: ("Y", "A"),
    3: ("R", "G", "B"),
    4: ("R", "G", "B", "A"),
    5: tuple(f"data.{number:05d}" for number in range(5)),
}
"""Names of the channels of OpenEXR files that are written without metadata, by their number."""


@dataclass(frozen=True)
class Sample:
    """One combination."""

    suffix: str
    dtype: str
    channels: int
    alpha: Alpha | None

    @property
    def id(self) -> str:
        alpha = "" if self.alpha is None else ("-premultiplied" if self.alpha.premultiplied else "-straight")
        return f"{self.suffix[1:]}-{self.dtype}-{self.channels}{alpha}"

    def format(self, width: int = 23, height: int = 17) -> FrameFormat:
        linear = self.suffix in (".exr", ".hdr") or (self.suffix, self.channels) == (".pfm", 3)
        linear = linear or (self.suffix, self.dtype, self.alpha) == (".psd", "float32", None)
        transfer: Transfer = "linear" if linear else "display"
        labels = tuple(map(ChannelLabel, EXR_NAMES[self.channels])) if self.suffix == ".exr" else ()
        return FrameFormat(width, height, self.channels, np.dtype(self.dtype), self.alpha, transfer, labels=labels)

    def frame(self, position: int = 0, width: int = 23, height: int = 17) -> Frame:
        """A smooth picture that moves with `position`; it reaches both ends of the range."""
        return Frame(picture(self.format(width, height), position), self.format(width, height), position)

    def write(self, path: Path, position: int = 0, width: int = 23, height: int = 17) -> Path:
        frame = self.frame(position, width, height)
        if self.suffix == ".psd":
            write_psd(path, frame)
        elif self.suffix == ".heic":
            write_heic(path, frame)
        else:
            codec_for(path).write(path, frame)
        return path


def sample_matrix() -> list[Sample]:
    """Every combination that midframe reads and writes."""
    return _samples(LAYOUTS)


def read_only_matrix() -> list[Sample]:
    """Every combination that midframe reads and does not write."""
    return _samples(READ_ONLY)


def _samples(table: dict[str, tuple[tuple[str, ...], tuple[tuple[int, Alpha | None], ...]]]) -> list[Sample]:
    return [
        Sample(suffix, dtype, channels, alpha)
        for suffix, (dtypes, layouts) in table.items()
        for dtype in dtypes
        for channels, alpha in layouts
    ]


def picture(frame_format: FrameFormat, position: int = 0) -> NDArray[Any]:
    """Samples of a moving pattern. Float ones go beyond 1 and, without alpha, below 0."""
    rows, columns = np.mgrid[: frame_format.height, : frame_format.width]
    planes = [
        0.5 + 0.5 * np.sin((columns + position) * (0.2 + 0.07 * channel) + rows * (0.3 - 0.05 * channel))
        for channel in range(frame_format.channels)
    ]
    unit = np.stack(planes, axis=-1)
    if frame_format.dtype.kind == "f":
        scaled = unit * 50.0 - (0.0 if frame_format.alpha else 5.0)
    else:
        limits = np.iinfo(frame_format.dtype)
        scaled = np.rint(limits.min + unit * (int(limits.max) - int(limits.min)))
    if frame_format.alpha is not None and frame_format.dtype.kind == "f":
        scaled[..., frame_format.alpha.channel] = unit[..., frame_format.alpha.channel]
    return np.ascontiguousarray(scaled.astype(frame_format.dtype))


def write_sequence(folder: Path, sample: Sample, count: int = 3, width: int = 23, height: int = 17) -> list[Path]:
    """Frames `0000` … in a folder that is created if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        sample.write(folder / f"{position:04d}{sample.suffix}", position, width, height) for position in range(count)
    ]
