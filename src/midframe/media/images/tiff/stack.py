"""The pages of one TIFF file as frames: plain, ImageJ and OME stacks."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tifffile import TiffFile, TiffPage, TiffPageSeries

from midframe.errors import SequenceError, UnsupportedFormatError
from midframe.media.images.codec_io import damaged, reading_image
from midframe.media.images.tiff.description import StackDescription, StackProperties
from midframe.media.images.tiff.ome_xml import files_of_set, names_outside
from midframe.media.images.tiff.pages import (
    EncodedPage,
    OriginalPages,
    TiffMetadata,
    black_is_zero,
    changes_when_written,
    page_annotations,
    page_metadata,
    single_plane,
)
from midframe.media.images.tiff.samples import DAMAGE, SEPARATE, page_format, page_samples, stored_samples
from midframe.media.images.tiff.single_image import holds_more_than_its_page, main_pages, open_tiff
from midframe.media.protocols import FrameSource
from midframe.text import shortened
from midframe.types import Annotations, Frame, FrameFormat, Samples

CHANNEL_AXIS, TIME_AXIS, DEPTH_AXIS = "C", "T", "Z"
UNSPECIFIED = 0


@dataclass(frozen=True)
class StackLayout:
    """How frames lie in the file.

    Attributes:
        frame_axis: Letter of the axis that becomes time: T, Z, or what the file calls its pages.
        frames: How many frames there are.
        channel_pages: Pages that make up one frame as its channels; 1 where channels lie within pages.
        frame_stride: Pages from one frame to the next.
        channel_stride: Pages from one channel to the next.
        planes: Depths of a frame, each of which is interpolated by itself; 1 where a frame has none.
        plane_stride: Pages from one depth to the next.
    """

    frame_axis: str
    frames: int
    channel_pages: int
    frame_stride: int
    channel_stride: int
    planes: int = 1
    plane_stride: int = 0

    def pages(self, frame: int) -> list[list[int]]:
        """Page numbers of a frame, by depth and channel."""
        return [
            [
                frame * self.frame_stride + plane * self.plane_stride + channel * self.channel_stride
                for channel in range(self.channel_pages)
            ]
            for plane in range(self.planes)
        ]


class TiffStackSource(FrameSource):
    """A multi-page TIFF; pages are read one by one, so memory does not grow with the stack.

    Raises:
        SequenceError: Fewer than two frames, or two axes that could both be time.
        UnreadableFileError: Not a TIFF file, damaged, or shorter than its pages say.
        UnsupportedFormatError: A layout that cannot be interpolated, or pages that differ.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with ExitStack() as stack:
            self._file: TiffFile = stack.enter_context(open_tiff(path))
            self._pages: list[TiffPage] = list(main_pages(self._file))
            self._virtual = holds_more_than_its_page(self._file)
            self._require_names_of_files()
            series = self._series()
            if not self._virtual:
                # OME files may hold their pages in another order than that of the axes, and in other files.
                self._pages = [page.aspage() for page in series.pages if page is not None]
                self._require_whole_set(series)
            self._split = _planes_are_frames(self._file, series)
            if self._split:
                self.layout = _layout_of_planes(series)
            else:
                self.layout = _layout(path, series, 1 if self._virtual else len(self._pages))
            self._page_format = self._common_format()
            self._format = self._frame_format()
            self.description = StackDescription.of(self._file, self.layout.frame_axis, self.layout.frames)
            self._planes: Samples | None = None
            if self._split:
                self._planes = np.asarray(self._pages[0].asarray())
            elif self._virtual:
                self._planes = self._virtual_planes(series)
            # Everything went well: keep the file open beyond this block.
            self._open_files = stack.pop_all()

    @property
    def format(self) -> FrameFormat:
        """What every frame is; pages along a channel axis are its channels."""
        return self._format

    @property
    def codec_name(self) -> str:
        """Always "TIFF"."""
        return "TIFF"

    @property
    def suffix(self) -> str:
        """Suffix of the file in lower case, with the dot."""
        return self.path.suffix.lower()

    @property
    def files(self) -> tuple[Path, ...]:
        """The file that holds all frames, or all files of an OME data set."""
        others = (self.path.parent / name for name in files_of_set(self._file.ome_metadata))
        return (self.path, *(other for other in others if other != self.path and other.is_file()))

    @property
    def image_files(self) -> tuple[Path, ...]:
        """The file that holds all frames."""
        return self.files

    @property
    def annotations(self) -> Annotations:
        """See `FrameInput.annotations`."""
        annotations, label = page_annotations(self._pages[0]), self.description.label
        return annotations if label is None else replace(annotations, own=(*annotations.own, label))

    @property
    def stack(self) -> StackProperties:
        """See `FrameInput.stack`."""
        return StackProperties(self.layout.channel_pages, bool(self._file.is_bigtiff), self.description)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user: which axis is taken for time, where that is not plain, and what is left out."""
        axis, planes = self.layout.frame_axis, self.layout.planes
        notes = [f"{self.path} is interpolated along its {axis} axis."] if axis == "Z" else []
        if self._split:
            notes.append(f"The {len(self)} planes of the page in {self.path} are read as grey frames.")
        if planes > 1:
            notes.append(f"Each of the {planes} depths (Z) of {self.path} is interpolated separately, along T.")
        if len(self.files) > 1:
            notes.append(f"{self.path} is one of {len(self.files)} files of a data set; all of them are read.")
        if self.description.left_out:
            notes.append(f"Left out: {' and '.join(self.description.left_out)}.")
        if stored_samples(self._pages[0]).expanded:
            kind = "RGB" if self._format.channels == 3 else "grey"
            notes.append(f"Pages are written as 8-bit {kind}: there may be no palette colour between two others.")
        return tuple(notes)

    def __len__(self) -> int:
        return self.layout.frames

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`. The frame has no `path`: no file holds it alone."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        with self._lock, reading_image(self.path, "TIFF", *DAMAGE), self._opened(index):
            planes = [self._samples(numbers) for numbers in self.layout.pages(index)]
            samples = planes[0] if len(planes) == 1 else np.concatenate(planes)
            metadata, annotations = self._metadata(index, samples)
        return Frame(samples, self._format, index, metadata=metadata, annotations=annotations)

    def close(self) -> None:
        """Close the file. Closing twice is allowed."""
        self._planes = None
        self._open_files.close()

    @contextmanager
    def _opened(self, index: int) -> Iterator[None]:
        """The files of a frame, where they are others of a data set: open no longer than they are read."""
        numbers = (
            [] if self._virtual or self._split else [number for plane in self.layout.pages(index) for number in plane]
        )
        handles = {id(handle): handle for handle in (self._pages[number].parent.filehandle for number in numbers)}
        closed = [handle for handle in handles.values() if handle.closed]
        try:
            for handle in closed:
                handle.open()
            yield
        finally:
            for handle in closed:
                handle.close()

    def _samples(self, pages: list[int]) -> Samples:
        channels = [self._plane(page) for page in pages]
        return channels[0] if len(channels) == 1 else np.concatenate(channels, axis=-1)

    def _plane(self, page: int) -> Samples:
        if self._planes is not None:
            shape = (self._page_format.height, self._page_format.width, self._page_format.channels)
            return stored_samples(self._pages[0]).decoded(np.array(self._planes[page]).reshape(shape))
        return page_samples(self._pages[page], self._page_format)

    def _series(self) -> TiffPageSeries:
        if not self._file.series or not self._pages:
            raise damaged(self.path, "TIFF")
        series = self._file.series[0]
        if self._file.is_ome and len(series.pages) > len(self._pages):
            return series
        if len(series.pages) != len(self._pages) and not self._virtual:
            return TiffPageSeries(
                self._pages, (len(self._pages), *self._pages[0].shape), axes="I" + self._pages[0].axes
            )
        return series

    def _common_format(self) -> FrameFormat:
        first = page_format(self._pages[0], self.path)
        if self._split:
            return replace(first, channels=1, alpha=None)
        for number, page in enumerate(self._pages[1:], 1):
            other = page_format(page, self.path)
            if other != first:
                raise SequenceError(
                    f"Page {number} of {self.path} is {other}, while page 0 is {first}. All pages must have one size, "
                    "depth and channel layout.",
                    path=self.path,
                )
        return first

    def _frame_format(self) -> FrameFormat:
        planes = self.layout.planes
        page_format = replace(self._page_format, height=self._page_format.height * planes, planes=planes)
        if self.layout.channel_pages == 1:
            return page_format
        if self._page_format.channels != 1:
            raise UnsupportedFormatError(
                f"{self.path} has channels both within its pages and as pages. Save it with one of the two.",
                path=self.path,
            )
        return replace(page_format, channels=self.layout.channel_pages)

    def _metadata(self, index: int, samples: Samples) -> tuple[TiffMetadata, Annotations]:
        """How to write a frame, and what its first page says."""
        if self._split:
            return single_plane(page_metadata(self._pages[0])), page_annotations(self._pages[0])
        numbers = [number for plane in self.layout.pages(index) for number in plane]
        pages = tuple(self._pages[0 if self._virtual else number] for number in numbers)
        metadata, annotations = page_metadata(pages[0]), page_annotations(pages[0])
        if not self._virtual and any(changes_when_written(page) for page in pages):
            metadata = replace(metadata, originals=OriginalPages(samples, tuple(map(EncodedPage.read, pages))))
        if self.layout.channel_pages > 1:
            metadata = replace(
                black_is_zero(metadata),
                planar=SEPARATE,
                extra_samples=(UNSPECIFIED,) * (self.layout.channel_pages - 1),
            )
        return metadata, annotations

    def _require_names_of_files(self) -> None:
        """Refuse a document that leads to files of other folders: they would be opened, whatever they are."""
        outside = [name for name in names_outside(self._file.ome_metadata) if (self.path.parent / name).exists()]
        if outside:
            raise UnsupportedFormatError(
                f"{self.path} names {shortened(outside[0])}, which is not in its folder, as part of its data set. Put "
                "the files into one folder under their own names.",
                path=self.path,
            )

    def _require_whole_set(self, series: TiffPageSeries) -> None:
        names = files_of_set(self._file.ome_metadata)
        missing = [name for name in names if not (self.path.parent / name).is_file()]
        if len(self._pages) < len(series.pages) or (missing and self._file.is_ome and len(names) > 1):
            reason = f"{missing[0]} is missing" if missing else "some of its pages are missing"
            raise SequenceError(
                f"{self.path} is part of a data set of {max(2, len(names))} files, and {reason}. Put the files into "
                "one folder under their own names.",
                path=self.path,
            )

    def _virtual_planes(self, series: TiffPageSeries) -> Samples:
        """Pages of one of ImageJ's large stacks, as a view of the file."""
        page = self._pages[0]
        count = series.size // page.size
        needed = page.dataoffsets[0] + count * page.nbytes
        if self._file.filehandle.size < needed:
            raise damaged(self.path, "TIFF")
        dtype = self._page_format.dtype.newbyteorder(self._file.byteorder)
        return np.memmap(self.path, dtype, "r", page.dataoffsets[0], (count, page.size))


def _planes_are_frames(file: TiffFile, series: TiffPageSeries) -> bool:
    """Whether frames lie in the file as the colour planes of one page.

    The library tifffile stores arrays of three or four grey frames that way, and gives them back as frames.
    """
    page = series.keyframe
    return (
        bool(file.is_shaped)
        and len(file.pages) == 1
        and page.planarconfig == SEPARATE
        and page.samplesperpixel > 1
        and series.axes[1:] == "YX"
        and series.axes[0] != CHANNEL_AXIS
    )


def _layout_of_planes(series: TiffPageSeries) -> StackLayout:
    axis = TIME_AXIS if series.axes[0] == "S" else series.axes[0]
    return StackLayout(axis, frames=series.shape[0], channel_pages=1, frame_stride=1, channel_stride=0)


def _layout(path: Path, series: TiffPageSeries, pages: int) -> StackLayout:
    inner = series.keyframe.axes
    outer = [
        (axis, size) for axis, size in zip(series.axes, series.shape, strict=True) if axis not in "YXS" and size > 1
    ]
    if pages == 1 and not outer:
        raise SequenceError(
            f"{path} contains a single image; at least two frames are needed. Give its folder, or a pattern in quotes.",
            path=path,
        )
    if any(axis in inner for axis, _ in outer):
        raise UnsupportedFormatError(
            f"{path} contains volumes within its pages. Save every slice as a separate page.", path=path
        )
    frame_axes = [axis for axis, _ in outer if axis != CHANNEL_AXIS]
    if len(frame_axes) > 1 and set(frame_axes) != {TIME_AXIS, DEPTH_AXIS}:
        raise SequenceError(
            f"{path} has the axes {' and '.join(frame_axes)}, and only one can be interpolated. Split it into one file "
            f"for each step of {frame_axes[-1]}.",
            path=path,
        )
    if not frame_axes:
        raise SequenceError(
            f"{path} contains the channels of one frame; at least two frames are needed to interpolate.", path=path
        )
    axes = [axis for axis, _ in outer]
    sizes = [size for _, size in outer]
    strides = {axis: math.prod(sizes[position + 1 :]) for position, axis in enumerate(axes)}
    size_of = dict(outer)
    frame_axis = TIME_AXIS if TIME_AXIS in frame_axes else frame_axes[0]
    deep = len(frame_axes) > 1
    return StackLayout(
        frame_axis=frame_axis,
        frames=size_of[frame_axis],
        channel_pages=size_of.get(CHANNEL_AXIS, 1),
        frame_stride=strides[frame_axis],
        channel_stride=strides.get(CHANNEL_AXIS, 0),
        planes=size_of[DEPTH_AXIS] if deep else 1,
        plane_stride=strides[DEPTH_AXIS] if deep else 0,
    )
