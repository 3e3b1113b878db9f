"""Output frames as pages of one TIFF file: the plan and the sink."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from tifffile import TiffWriter

from midframe.atomic import create_exclusively, unlink_quietly
from midframe.media.file_plan import FilePlan
from midframe.media.images.codec_io import writing
from midframe.media.images.tiff.description import StackDescription
from midframe.media.images.tiff.pages import (
    TagEntry,
    copy_tiff_page,
    metadata_for,
    single_plane,
    write_tiff_page,
)
from midframe.media.images.tiff.samples import DAMAGE
from midframe.media.output_paths import place_finished
from midframe.media.protocols import NOTHING, EarlierOutput, StagedFrame
from midframe.types import Frame, FrameFormat, Samples


@dataclass(frozen=True, kw_only=True)
class StackPlan(FilePlan):
    """Frames as pages of one TIFF file.

    Attributes:
        format: What the frames are.
        channel_pages: Pages that make up one plane of a frame; 1 where channels lie within pages.
        big: Write BigTIFF.
        description: The source's description of its stack.
        step: Distance of output frames relative to that of source frames.
    """

    count: int
    format: FrameFormat
    channel_pages: int
    big: bool
    description: StackDescription
    step: Fraction

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the file is, in types that JSON has."""
        return {"format": "TIFF stack", "pages": self.count * self.channel_pages * self.format.planes, "big": self.big}

    @property
    def kind(self) -> str:
        """See `OutputPlan.kind`."""
        return "TIFF"

    def open_sink(self, earlier: EarlierOutput = NOTHING) -> StackSink:
        """See `OutputPlan.open_sink`."""
        assert not earlier.frames
        return StackSink(self)


@dataclass(frozen=True)
class StagedPage:
    """A frame that waits for its turn; pages can only be appended."""

    index: int
    frame: Frame


class StackSink:
    """Pages of a TIFF that grows under a temporary name and gets its own when it is finished.

    Raises:
        WriteError: The file cannot be created.
    """

    def __init__(self, plan: StackPlan) -> None:
        self.plan = plan
        self._partial: Path = plan.partial_path
        self._writer: TiffWriter | None = None
        self._complete = False
        self._next = 0
        self._lock = threading.Lock()
        with writing(self._partial, "TIFF"):
            plan.path.parent.mkdir(parents=True, exist_ok=True)
            create_exclusively(self._partial)

    @property
    def safe(self) -> int:
        """See `FrameSink.safe`. A TIFF that was not finished cannot be continued."""
        return 0

    @property
    def notes(self) -> tuple[str, ...]:
        """See `FrameSink.notes`."""
        return ()

    def stage(self, index: int, frame: Frame) -> StagedPage:
        """See `FrameSink.stage`. The slow part of a page, its compression, is done in `commit`."""
        self.plan.require_index(index)
        return StagedPage(index, frame)

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`."""
        assert isinstance(staged, StagedPage)
        if staged.index != self._next:
            raise ValueError(f"page {staged.index} came when it was the turn of page {self._next}")
        with self._lock, writing(self._partial, "TIFF", *DAMAGE):
            self._append(staged.frame)
        self._next += 1

    def finish(self) -> None:
        """See `FrameSink.finish`."""
        with self._lock, writing(self.plan.path, "TIFF", *DAMAGE):
            if self._writer is not None:
                self._writer.close()
                self._writer = None
                self._complete = True
            place_finished(self._partial, self.plan.path, replace=self.plan.overwrite)

    def abort(self) -> None:
        """See `FrameSink.abort`. A stack that is not finished is removed."""
        with self._lock:
            if self._writer is not None:
                with contextlib.suppress(OSError):
                    self._writer.close()
                self._writer = None
            if not self._complete:
                unlink_quietly(self._partial)

    def _append(self, frame: Frame) -> None:
        metadata = metadata_for(frame.metadata, frame.format)
        originals = metadata.originals
        if originals is not None and originals.samples is not frame.samples:
            originals = None
        if self.plan.channel_pages > 1:
            metadata = single_plane(metadata)
        if self._writer is None:
            self._writer = TiffWriter(self._partial, bigtiff=self.plan.big, byteorder=metadata.byte_order)
        page_format = replace(frame.format, height=frame.format.height // frame.format.planes, planes=1)
        for number, samples in enumerate(self._pages(frame)):
            first = self._next == 0 and number == 0
            description, tags = self._description(metadata.byte_order) if first else (None, ())
            saying = (metadata, frame.annotations, page_format)
            if originals is not None:
                copy_tiff_page(self._writer, originals.pages[number], *saying, description=description, tags=tags)
            else:
                write_tiff_page(self._writer, samples, *saying, description=description, tags=tags)

    def _pages(self, frame: Frame) -> Iterator[Samples]:
        """The pages of a frame: depth by depth, and channel by channel where these are pages."""
        for plane in np.split(frame.samples, frame.format.planes):
            if self.plan.channel_pages == 1:
                yield plane
            else:
                yield from (plane[..., channel : channel + 1] for channel in range(self.plan.channel_pages))

    def _description(self, byte_order: Literal["<", ">"]) -> tuple[str | None, tuple[TagEntry, ...]]:
        plan = self.plan
        sizes = (plan.count, plan.channel_pages, plan.format.planes)
        return (
            plan.description.text(*sizes, plan.step),
            plan.description.tags(*sizes, plan.step, byte_order),
        )
