"""Output frames into a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from midframe.media.pipes.raw import RawPictures
from midframe.media.pipes.streams import PipeWriter
from midframe.media.protocols import StagedFrame
from midframe.media.video.writing.frame_conversion import PictureMaker, StagedPicture
from midframe.types import Frame

if TYPE_CHECKING:
    from midframe.media.pipes.plan import PipePlan


class PipeSink:
    """Y4M or raw planes; every frame is written when it is committed.

    Raises:
        WriteError: The program at the other end has closed the pipe.
    """

    def __init__(self, plan: PipePlan) -> None:
        self.plan = plan
        self._next = 0
        self._maker = PictureMaker(plan)
        self._raw = RawPictures(*plan.size, plan.pixels)
        self._writer = PipeWriter(plan.stream)
        if plan.header is not None:
            self._writer.write(plan.header.line())

    @property
    def safe(self) -> int:
        """See `FrameSink.safe`. A pipe cannot be continued."""
        return 0

    @property
    def notes(self) -> tuple[str, ...]:
        """See `FrameSink.notes`."""
        return ()

    def stage(self, index: int, frame: Frame) -> StagedPicture:
        """See `FrameSink.stage`."""
        self.plan.require_index(index)
        return StagedPicture(index, self._maker.picture(frame))

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`."""
        assert isinstance(staged, StagedPicture)
        if staged.index != self._next:
            raise ValueError(f"frame {staged.index} came when it was the turn of frame {self._next}")
        begin = b"" if self.plan.header is None else b"FRAME\n"
        self._writer.write(begin, self._raw.encode(staged.picture))
        self._next += 1

    def finish(self) -> None:
        """See `FrameSink.finish`. The caller that opened the pipe closes it."""

    def abort(self) -> None:
        """See `FrameSink.abort`. What has gone through a pipe cannot be taken back."""
