"""OpenEXR: half and float, any number of channels, scene-linear light."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import OpenEXR

from midframe.errors import UnsupportedFormatError
from midframe.media.images import exr_header
from midframe.media.images.codec_io import check_content, reading_image, require_accepted, truncated, writing
from midframe.media.images.exr_header import ExrChannel, ExrHeader
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

NOT_CARRIED = frozenset({"channels", "timeCode", "keyCode", "preview", "chunkCount"})
"""Header attributes that are rebuilt, or that belong to the original frame alone."""

HALF, FLOAT = np.dtype("float16"), np.dtype("float32")
LONGEST_SIDE = 1 << 20


@dataclass(frozen=True)
class ExrMetadata:
    """Header attributes (windows, compression, tiling and all others) and the channels in frame order."""

    attributes: Mapping[str, object]
    channels: tuple[ExrChannel, ...]


class ExrCodec:
    """Flat single-part files. Channels come as R, G, B (or Y), A, then the rest by name; alpha is premultiplied."""

    name = "OpenEXR"
    writable = True
    carries = frozenset[AnnotationKind]()
    suffixes: tuple[str, ...] = (".exr",)

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        return _format(self._header(path))

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`. Files with both half and float channels are read as float32."""
        header = self._header(path)
        frame_format = _format(header)
        channels = _in_frame_order(header)
        samples = np.empty((frame_format.height, frame_format.width, frame_format.channels), frame_format.dtype)
        with reading_image(path, self.name, RuntimeError, ValueError):
            attributes = OpenEXR.File(str(path), header_only=True).header()
            file = OpenEXR.InputFile(str(path))
            try:
                planes = file.channels([channel.name for channel in channels])
            finally:
                file.close()
            for index, (channel, plane) in enumerate(zip(channels, planes, strict=True)):
                samples[..., index] = np.frombuffer(plane, channel.dtype).reshape(samples.shape[:2])
        kept = {key: value for key, value in attributes.items() if key not in NOT_CARRIED}
        return Frame(samples, frame_format, path=path, metadata=ExrMetadata(MappingProxyType(kept), channels))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        if frame_format.dtype not in (HALF, FLOAT):
            return f"OpenEXR holds half and float samples, not {frame_format.dtype}; TIFF can hold them."
        if frame_format.transfer != "linear":
            return "OpenEXR holds scene-linear light, and these frames are not known to be; TIFF can hold them."
        alpha = frame_format.alpha
        if alpha is not None and not alpha.premultiplied:
            return "OpenEXR holds premultiplied alpha and these frames have straight alpha; TIFF can hold them."
        if alpha is not None and alpha.channel > 3:
            return f"OpenEXR cannot hold alpha as channel {alpha.channel}; TIFF can."
        if max(frame_format.width, frame_format.height) > LONGEST_SIDE:
            return f"OpenEXR holds at most {LONGEST_SIDE} pixels a side; TIFF can hold more."
        return None

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Without metadata: ZIP compression and the usual channel names."""
        require_accepted(self.name, self.refusal(frame.format))
        metadata = frame.metadata
        if not isinstance(metadata, ExrMetadata) or len(metadata.channels) != frame.format.channels:
            attributes = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
            metadata = ExrMetadata(attributes, _default_channels(frame.format))
        planes = {
            channel.name: OpenEXR.Channel(
                channel.name,
                np.ascontiguousarray(frame.samples[..., index], dtype=channel.dtype),
                1,
                1,
                channel.perceptually_linear,
            )
            for index, channel in enumerate(metadata.channels)
        }
        with writing(path, self.name, RuntimeError, ValueError):
            OpenEXR.File(dict(metadata.attributes), planes).write(str(path))

    def _header(self, path: Path) -> ExrHeader:
        size = check_content(path, self.name)
        with reading_image(path, self.name, ValueError, struct.error), path.open("rb") as stream:
            header = exr_header.read_exr_header(stream)
            _require_supported(path, header)
            if not exr_header.exr_is_complete(stream, header, size):
                raise truncated(path, self.name)
            return header


def _require_supported(path: Path, header: ExrHeader) -> None:
    if header.flags & exr_header.DEEP:
        problem = "holds deep data. Flatten it first."
    elif header.flags & exr_header.MULTI_PART:
        problem = "has several parts. Save the part to interpolate as a file of its own."
    elif header.tile is not None and header.tile[2] != 0:
        problem = "holds several resolution levels. Save it as scan lines or one-level tiles."
    elif any(channel.sampling != (1, 1) for channel in header.channels):
        problem = "has channels of lower resolution (luminance/chroma). Convert it to RGB first."
    elif wrong := next((channel for channel in header.channels if channel.dtype not in ("float16", "float32")), None):
        problem = f"has the integer channel {wrong.name!r}, which cannot be interpolated. Remove it or make it float."
    else:
        return
    raise UnsupportedFormatError(f"{path} {problem}", path=path)


def _in_frame_order(header: ExrHeader) -> tuple[ExrChannel, ...]:
    by_name = {channel.name: channel for channel in header.channels}
    order = "RGBA" if by_name.keys() & set("RGB") else "YA"
    first = [name for name in order if name in by_name]
    rest = sorted(by_name.keys() - set(first))
    return tuple(by_name[name] for name in (*first, *rest))


def _format(header: ExrHeader) -> FrameFormat:
    channels = _in_frame_order(header)
    names = [channel.name for channel in channels]
    alpha = Alpha(names.index("A"), premultiplied=True) if "A" in names else None
    dtype = HALF if all(channel.dtype == "float16" for channel in channels) else FLOAT
    return FrameFormat(*header.size, len(channels), dtype, alpha, transfer="linear")


def _default_channels(frame_format: FrameFormat) -> tuple[ExrChannel, ...]:
    """Names that `_in_frame_order` brings back into the same order."""
    alpha = frame_format.alpha
    if alpha is not None:
        names = ["Y", "A"] if alpha.channel == 1 else [*"RGB"[: alpha.channel], "A"]
    else:
        names = {1: ["Y"], 3: ["R", "G", "B"]}.get(frame_format.channels, [])
    names += [f"data.{index:05d}" for index in range(len(names), frame_format.channels)]
    return tuple(ExrChannel(name, str(frame_format.dtype), False, (1, 1)) for name in names)
