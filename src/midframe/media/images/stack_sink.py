"""Output frames as pages of one TIFF file."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

from tifffile import TiffWriter

from midframe.atomic import replace_durably
from midframe.media.images.codec_io import writing
from midframe.media.images.tiff_pages import DAMAGE, metadata_for, single_plane, write_page
from midframe.media.output_plan import StackPlan
from midframe.media.places import require_place
from midframe.media.protocols import StagedFrame
from midframe.types import Frame


@dataclass(frozen=True)
class StagedPage:
    """A frame that waits for its turn; pages can only be appended."""

    index: int
    frame: Frame


class StackSink:
    """Pages of a TIFF that grows as `<name>.part` and gets its name when it is finished.

    Attributes:
        removed_stale: Always 0: an older file is replaced as a whole.

    Raises:
        WriteError: The file cannot be created.
    """

    removed_stale = 0

    def __init__(self, plan: StackPlan) -> None:
        self.plan = plan
        self._partial: Path = plan.path.with_name(plan.path.name + ".part")
        self._writer: TiffWriter | None = None
        self._next = 0
        self._lock = threading.Lock()
        with writing(self._partial, "TIFF"):
            plan.path.parent.mkdir(parents=True, exist_ok=True)
            self._partial.write_bytes(b"")

    @property
    def safe(self) -> int:
        """See `FrameSink.safe`. Nobody can go on with a TIFF that was not finished."""
        return 0

    @property
    def notes(self) -> tuple[str, ...]:
        """See `FrameSink.notes`."""
        return ()

    def stage(self, index: int, frame: Frame) -> StagedPage:
        """See `FrameSink.stage`. The slow part of a page, its compression, is done in `commit`."""
        require_place(index, self.plan.count)
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
            replace_durably(self._partial, self.plan.path)

    def abort(self) -> None:
        """See `FrameSink.abort`. A stack that is not finished is removed."""
        with self._lock:
            if self._writer is not None:
                with contextlib.suppress(OSError):
                    self._writer.close()
                self._writer = None
            with contextlib.suppress(OSError):
                self._partial.unlink(missing_ok=True)

    def _append(self, frame: Frame) -> None:
        metadata = metadata_for(frame.metadata, frame.format)
        pages = [frame.samples]
        if self.plan.channel_pages > 1:
            metadata = single_plane(metadata)
            pages = [frame.samples[..., channel : channel + 1] for channel in range(self.plan.channel_pages)]
        if self._writer is None:
            self._writer = TiffWriter(self._partial, bigtiff=self.plan.big, byteorder=metadata.byte_order)
        for channel, samples in enumerate(pages):
            first = self._next == 0 and channel == 0
            write_page(self._writer, samples, metadata, self._description() if first else None)

    def _description(self) -> str | None:
        plan = self.plan
        shape = (plan.format.height, plan.format.width)
        return plan.description.text(plan.count, plan.channel_pages, shape, str(plan.format.dtype), plan.step)
