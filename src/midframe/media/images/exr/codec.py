"""OpenEXR: half, float and integer samples, any number of channels, layers and parts, scene-linear light."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from midframe.errors import InputError, UnsupportedFormatError
from midframe.media.images.codec_io import check_content, reading_image, require_accepted, truncated, writing
from midframe.media.images.exr import header as exr_header
from midframe.media.images.exr.header import ExrChannel, ExrHeader, HeaderText, Window
from midframe.media.images.exr.layout import ExrLayout, LaidOutChannel, common_layout, require_alike
from midframe.types import AnnotationKind, Frame, FrameFormat, Samples

NOT_CARRIED = frozenset({"channels", "timeCode", "keyCode", "preview", "chunkCount"})
"""Header attributes that are rebuilt, or that belong to the original frame alone."""

HALF, FLOAT, DOUBLE = np.dtype("float16"), np.dtype("float32"), np.dtype("float64")
LONGEST_SIDE = 1 << 20
READING_THREADS = 16


@dataclass(frozen=True)
class StoredPart:
    """A part as it is written again.

    Attributes:
        attributes: Header attributes: windows, compression, tiling and all others.
        window: Its data window, counted from the left top corner of what is shown.
        origin: The left top corner of what is shown.
        cropped: Whether the picture continues outside the data window, so that what is there is unknown.
        foreign_texts: Texts that are not UTF-8.
    """

    attributes: Mapping[str, object]
    window: Window
    origin: tuple[int, int]
    cropped: bool = False
    foreign_texts: tuple[HeaderText, ...] = ()


@dataclass(frozen=True)
class ExrMetadata:
    """What a file is besides its samples.

    Attributes:
        parts: Its parts, without deep ones.
        channels: For each channel of the frame, the place of its part in `parts`, and how it is stored.
        extent: What the frame covers, counted from the left top corner of what is shown.
    """

    parts: tuple[StoredPart, ...]
    channels: tuple[tuple[int, ExrChannel], ...]
    extent: Window

    def between(self, right: object, time: float) -> ExrMetadata:
        """See `midframe.types.TimedMetadata`: data windows move as what is in them does."""
        if not isinstance(right, ExrMetadata) or len(right.parts) != len(self.parts):
            return self
        parts = tuple(
            replace(
                part,
                window=_window_between(part.window, other.window, time),
                cropped=part.cropped or other.cropped,
            )
            for part, other in zip(self.parts, right.parts, strict=True)
        )
        return replace(self, parts=parts)


class ExrCodec:
    """Flat files of any number of parts; channels in the order of `midframe.media.images.exr.layout`.

    Alpha is premultiplied. Channels of lower resolution (luminance/chroma) are enlarged to that of the picture, so that
    their own samples stay what they are.

    Args:
        layout: That of a whole sequence; None for each file its own.
        notes: Sentences for the user about differences between the files of the sequence.
    """

    name = "OpenEXR"
    writable = True
    carries = frozenset[AnnotationKind]()
    suffixes: tuple[str, ...] = (".exr",)

    def __init__(self, layout: ExrLayout | None = None, notes: tuple[str, ...] = ()) -> None:
        self._layout = layout
        self.notes = notes

    def for_sequence(self, paths: Sequence[Path]) -> ExrCodec:
        """The codec that gives all frames of a sequence one layout; see `midframe.media.protocols.SequenceCodec`."""

        def layout(path: Path) -> tuple[ExrLayout, bool] | None:
            try:
                header, _ = _read_header(path, self.name)
                _require_supported(path, header)
            except InputError:
                return None
            return ExrLayout.of(header), any(part.deep for part in header.parts)

        with ThreadPoolExecutor(READING_THREADS) as pool:
            found = [each for each in pool.map(layout, paths) if each is not None]
        if not found:
            return self
        common = common_layout([layout for layout, _ in found])
        notes = common.notes
        if any(deep for _, deep in found):
            notes = (*notes, "Parts with deep data are left out of interpolated frames.")
        return ExrCodec(common.layout, notes)

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        _, own = self._checked(path)
        return (self._layout or own).format

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`. Half becomes float32 next to float, and all is float64 next to integers."""
        header, own = self._checked(path)
        layout = self._layout or own
        frame_format = layout.format
        places = {channel.label.name: channel for channel in own.channels}
        flat = [number for number, part in enumerate(header.parts) if not part.deep]
        wanted = [places[channel.label.name] for channel in layout.channels]
        with reading_image(path, self.name, RuntimeError, ValueError), _readable(path, header) as stream:
            samples = np.zeros((frame_format.height, frame_format.width, frame_format.channels), frame_format.dtype)
            planes = _planes(stream, header, wanted)
            # The first channel of a part stands for all: in the first part, it shows the picture.
            cropped: dict[int, bool] = {}
            for index, (place, plane) in enumerate(zip(wanted, planes, strict=True)):
                part = header.parts[place.part]
                left, top, right, bottom = _inside(part.shown_window, layout.extent)
                samples[top : bottom + 1, left : right + 1, index] = _enlarged(plane, place.stored.sampling, part.size)
                if cropped.setdefault(place.part, _is_cropped(plane)):
                    _extend(samples[..., index], (left, top, right, bottom))
            stream.seek(0)
            headers = OpenEXR.File(stream, header_only=True)
            attributes = [
                {key: value for key, value in headers.header(number).items() if key not in NOT_CARRIED}
                for number in flat
            ]
        parts = tuple(
            StoredPart(
                MappingProxyType(kept),
                header.parts[number].shown_window,
                header.parts[number].display_window[:2],
                cropped[number],
                header.parts[number].foreign_texts,
            )
            for number, kept in zip(flat, attributes, strict=True)
        )
        channels = tuple(
            (flat.index(place.part), replace(place.stored, dtype=channel.stored.dtype))
            for place, channel in zip(wanted, layout.channels, strict=True)
        )
        return Frame(samples, frame_format, path=path, metadata=ExrMetadata(parts, channels, layout.extent))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        integers = any(label.kind == "id" for label in frame_format.labels)
        if frame_format.dtype not in (HALF, FLOAT) and not (frame_format.dtype == DOUBLE and integers):
            return f"OpenEXR stores half and float samples, not {frame_format.dtype}; TIFF can store them."
        if frame_format.transfer != "linear":
            return "OpenEXR stores scene-linear light, and these frames may be something else; TIFF can store them."
        alpha = frame_format.alpha
        if alpha is not None and not alpha.premultiplied:
            return "OpenEXR stores premultiplied alpha and these frames have straight alpha; TIFF can store them."
        if alpha is not None and not frame_format.labels and not 1 <= alpha.channel <= 3:
            return f"OpenEXR cannot store alpha as channel {alpha.channel}; TIFF can."
        if max(frame_format.width, frame_format.height) > LONGEST_SIDE:
            return f"OpenEXR stores at most {LONGEST_SIDE} pixels per side; TIFF can store more."
        return None

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Without metadata: ZIP compression and the usual channel names."""
        require_accepted(self.name, self.refusal(frame.format))
        metadata = frame.metadata
        if not isinstance(metadata, ExrMetadata) or len(metadata.channels) != frame.format.channels:
            metadata = _default_metadata(frame.format)
        parts, foreign = [], []
        for number, part in enumerate(metadata.parts):
            chosen = [index for index, (place, _) in enumerate(metadata.channels) if place == number]
            window = part.window
            if all(metadata.channels[index][1].sampling == (1, 1) for index in chosen):
                window = _written_window(part, frame.samples[..., chosen], metadata.extent)
            left, top, right, bottom = _inside(window, metadata.extent)
            planes = {
                stored.name: _channel(frame.samples[top : bottom + 1, left : right + 1, index], stored)
                for index in chosen
                for _, stored in [metadata.channels[index]]
            }
            x, y = part.origin
            corners = (
                np.array([window[0] + x, window[1] + y], np.int32),
                np.array([window[2] + x, window[3] + y], np.int32),
            )
            parts.append(({**part.attributes, "dataWindow": corners}, planes))
            foreign.append(part.foreign_texts)
        with writing(path, self.name, RuntimeError, ValueError):
            if len(parts) == 1:
                file = OpenEXR.File(*parts[0])
            else:
                file = OpenEXR.File([OpenEXR.Part(attributes, planes) for attributes, planes in parts])
            stream = BytesIO()
            file.write(stream)
            with stream.getbuffer() as content:
                _restore_texts(content, foreign)
                path.write_bytes(content)

    def _checked(self, path: Path) -> tuple[ExrHeader, ExrLayout]:
        """The header of a file that is whole and can be interpolated, and its own layout."""
        header, size = _read_header(path, self.name)
        _require_supported(path, header)
        with reading_image(path, self.name, ValueError, struct.error), path.open("rb") as stream:
            if not exr_header.exr_is_complete(stream, header, size):
                raise truncated(path, self.name)
        layout = ExrLayout.of(header)
        if self._layout is not None:
            require_alike(path, layout, self._layout)
        return header, layout


def _read_header(path: Path, name: str) -> tuple[ExrHeader, int]:
    """The header of a file, and its size in bytes."""
    size = check_content(path, name)
    with reading_image(path, name, ValueError, struct.error), path.open("rb") as stream:
        return exr_header.read_exr_header(stream), size


@contextmanager
def _readable(path: Path, header: ExrHeader) -> Iterator[BinaryIO]:
    """The file, with question marks over the texts for which the library would refuse it."""
    with path.open("rb") as stream:
        if not header.foreign_texts:
            yield stream
            return
        content = bytearray(stream.read())
    for foreign in header.foreign_texts:
        content[foreign.offset : foreign.offset + len(foreign.content)] = b"?" * len(foreign.content)
    yield BytesIO(bytes(content))


def _planes(stream: BinaryIO, header: ExrHeader, wanted: Sequence[LaidOutChannel]) -> list[NDArray[Any]]:
    """The samples of channels of a file, each in its own resolution.

    Raises:
        ValueError: The library leaves out damaged parts.
        RuntimeError: As for `ValueError`.
    """
    if len(header.parts) > 1:
        file = OpenEXR.File(stream, separate_channels=True)
        if len(file.parts) < len(header.parts):
            raise ValueError("parts are missing")
        return [file.parts[channel.part].channels[channel.stored.name].pixels for channel in wanted]
    file = OpenEXR.InputFile(stream)
    try:
        whole = [channel.stored.name for channel in wanted if channel.stored.sampling == (1, 1)]
        found = dict(zip(whole, file.channels(whole), strict=True)) if whole else {}
        planes = []
        for channel in wanted:
            stored = channel.stored
            width, height = header.parts[0].size
            content = found[stored.name] if stored.name in found else file.channel(stored.name)
            plane: NDArray[Any] = np.frombuffer(content, stored.dtype)
            planes.append(plane.reshape(height // stored.sampling[1], width // stored.sampling[0]))
        return planes
    finally:
        file.close()


def _restore_texts(content: memoryview, foreign: Sequence[tuple[HeaderText, ...]]) -> None:
    """Put the texts of the source, byte for byte, in the place of question marks in a file that was written."""
    if not any(foreign):
        return
    written = exr_header.read_exr_header(BytesIO(content))
    for texts, part in zip(foreign, written.parts, strict=True):
        for text in texts:
            covered = b"?" * len(text.content)
            for place in part.texts:
                if place.attribute == text.attribute and content[place.offset : place.offset + len(covered)] == covered:
                    content[place.offset : place.offset + len(covered)] = text.content
                    break


def _require_supported(path: Path, header: ExrHeader) -> None:
    flat = [part for part in header.parts if not part.deep]
    channels = [channel for part in flat for channel in part.channels]
    if not flat:
        problem = "contains deep data. Flatten it first."
    elif any(part.tile is not None and part.tile[2] != 0 for part in flat):
        problem = "contains several resolution levels. Save it as scan lines or one-level tiles."
    elif wrong := next((channel for channel in channels if channel.dtype == "unknown"), None):
        problem = f"has samples of an unknown type in the channel {wrong.name!r}. Remove it or make it float."
    elif any("\ufffd" in channel.name for channel in channels):
        problem = "has a channel whose name is not UTF-8. Rename it."
    elif any(_is_misplaced(part) for part in flat):
        problem = "has channels of lower resolution that do not fit its data window. Convert it to RGB first."
    else:
        return
    raise UnsupportedFormatError(f"{path} {problem}", path=path)


def _is_misplaced(part: exr_header.ExrPart) -> bool:
    """Whether samples of lower resolution do not cover whole blocks of pixels, as OpenEXR wants it."""
    (left, top), (width, height) = part.data_window[:2], part.size
    return any(
        left % across or top % down or width % across or height % down
        for across, down in (channel.sampling for channel in part.channels)
    )


def _inside(window: Window, extent: Window) -> Window:
    """A window in the pixels of an extent that it lies in."""
    x, y = extent[:2]
    return window[0] - x, window[1] - y, window[2] - x, window[3] - y


def _window_between(left: Window, right: Window, time: float) -> Window:
    """The window at a time between two; of two of one size, one of that size."""
    x, y, end_x, end_y = (start + time * (end - start) for start, end in zip(left, right, strict=True))
    across, down = (left[side + 2] - left[side] for side in (0, 1))
    if (right[2] - right[0], right[3] - right[1]) == (across, down):
        return round(x), round(y), round(x) + across, round(y) + down
    return math.floor(x), math.floor(y), math.ceil(end_x), math.ceil(end_y)


def _written_window(part: StoredPart, samples: Samples, extent: Window) -> Window:
    """The part's own data window, enlarged to everything that is not zero, unless the picture is cropped anyway."""
    if part.window == extent or part.cropped:
        return part.window
    left, top, right, bottom = part.window
    # Not a number counts: it is not zero.
    used = (samples != 0).any(axis=-1)
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if rows.size:
        x, y = extent[:2]
        left, right = min(left, int(columns[0]) + x), max(right, int(columns[-1]) + x)
        top, bottom = min(top, int(rows[0]) + y), max(bottom, int(rows[-1]) + y)
    return left, top, right, bottom


def _extend(plane: NDArray[Any], window: Window) -> None:
    """Repeat the samples at the border of a window outside it, in place."""
    left, top, right, bottom = window
    rows = plane[top : bottom + 1]
    rows[:, :left], rows[:, right + 1 :] = rows[:, left : left + 1], rows[:, right : right + 1]
    plane[:top], plane[bottom + 1 :] = plane[top], plane[bottom]


def _is_cropped(plane: NDArray[Any]) -> bool:
    """Whether a picture continues outside its data window: more than half of its border is not black."""
    border = np.concatenate((plane[0], plane[-1], plane[:, 0], plane[:, -1]))
    return bool(np.mean(border != 0) > 0.5)


def _enlarged(plane: NDArray[Any], sampling: tuple[int, int], size: tuple[int, int]) -> NDArray[Any]:
    """Samples of lower resolution at every pixel: their own values at their own pixels, linear between them."""
    if sampling == (1, 1):
        return plane
    enlarged = plane.astype(np.float32)
    for axis, step, length in ((1, sampling[0], size[0]), (0, sampling[1], size[1])):
        if step == 1:
            continue
        place = np.arange(length) / np.float32(step)
        before = place.astype(np.intp)
        after = np.minimum(before + 1, enlarged.shape[axis] - 1)
        share = (place - before).astype(np.float32).reshape((-1, 1) if axis == 0 else (1, -1))
        low = enlarged.take(before, axis)
        enlarged = low + share * (enlarged.take(after, axis) - low)
    return enlarged


def _channel(samples: Samples, stored: ExrChannel) -> OpenEXR.Channel:
    """A channel for the library."""
    across, down = stored.sampling
    if stored.dtype == "uint32":
        limits = np.iinfo(np.uint32)
        plane = np.clip(np.rint(np.nan_to_num(samples)), limits.min, limits.max).astype(np.uint32)
    else:
        # Data may hold values beyond the range of half; they are infinite there.
        with np.errstate(over="ignore"):
            plane = samples.astype(stored.dtype)
    if (across, down) != (1, 1):
        # The library wants an array of the size of the picture, and takes as many samples from its beginning as it
        # needs.
        chosen = plane[::down, ::across].ravel()
        plane = np.zeros_like(plane)
        plane.reshape(-1)[: chosen.size] = chosen
    return OpenEXR.Channel(stored.name, np.ascontiguousarray(plane), across, down, stored.perceptually_linear)


def _default_metadata(frame_format: FrameFormat) -> ExrMetadata:
    """For frames that come from other files: one part, ZIP, and names that are sorted into the same order again."""
    names = list(frame_format.channel_names)
    if not frame_format.labels:
        alpha = frame_format.alpha
        if alpha is not None:
            names = ["Y", "A"] if alpha.channel == 1 else [*"RGB"[: alpha.channel], "A"]
        else:
            names = {1: ["Y"], 3: ["R", "G", "B"]}.get(frame_format.channels, [])
        names += [f"data.{index:05d}" for index in range(len(names), frame_format.channels)]
    dtype = "float16" if frame_format.dtype == HALF else "float32"
    channels = tuple((0, ExrChannel(name, dtype, False, (1, 1))) for name in names)
    window = (0, 0, frame_format.width - 1, frame_format.height - 1)
    attributes = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    return ExrMetadata((StoredPart(attributes, window, (0, 0)),), channels, window)
