"""Output frames as a video file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from midframe.errors import WriteError
from midframe.media.base import StagedFrame
from midframe.media.durable import flush_file, flush_folder
from midframe.media.video.pictures import PictureMaker
from midframe.media.video.plan import VideoPlan
from midframe.media.video.sides import SideCopy
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class StagedPicture:
    """A frame in the pixel format of the encoder, waiting for its turn."""

    index: int
    picture: av.VideoFrame


class VideoSink:
    """A file that grows as `<name>.part.<suffix>` and gets its name when it is finished.

    It can be played at any time while it grows, up to about a second before its end; and it stays where it is when the
    job is stopped. `stage` converts, `commit` encodes.

    Raises:
        WriteError: The file cannot be created.
    """

    removed_stale = 0

    def __init__(self, plan: VideoPlan) -> None:
        self.plan = plan
        self._next = 0
        self._lock = threading.Lock()
        self._maker = PictureMaker(plan)
        self._durations: dict[int, int] = {}
        self._start = plan.timing.time(0)
        self._sides: SideCopy | None = None
        with _writing(plan.partial):
            plan.path.parent.mkdir(parents=True, exist_ok=True)
            self._output: OutputContainer = av.open(
                str(plan.partial.absolute()),
                "w",
                format=plan.encoding.container.format,
                container_options=dict(plan.encoding.container.options),
            )
            self._stream = self._add_video()
            if plan.sides is not None and plan.timing.end is not None:
                self._sides = SideCopy(plan.sides, self._output, plan.timing.origin, plan.timing.end, whole=plan.whole)

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong beside the pictures."""
        return self._sides.notes if self._sides else ()

    def stage(self, index: int, frame: Frame) -> StagedPicture:
        """See `FrameSink.stage`."""
        if index < 0 or (self.plan.count is not None and index >= self.plan.count):
            raise IndexError(f"frame {index} of {self.plan.count}")
        with _writing(self.plan.partial):
            return StagedPicture(index, self._maker.picture(frame))

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`."""
        assert isinstance(staged, StagedPicture)
        if staged.index != self._next:
            raise ValueError(f"frame {staged.index} came when it was the turn of frame {self._next}")
        timing, unit = self.plan.timing, self.plan.unit
        begin = timing.time(staged.index)
        last = staged.index + 1 == self.plan.count
        end = (timing.end if last else None) or timing.time(staged.index + 1)
        tick = round((begin - self._start) / unit)
        self._durations[tick] = max(1, round((end - self._start) / unit) - tick)
        picture = staged.picture
        # The type of an original's picture is a wish to the encoder, and would undo its own choice.
        picture.pict_type = 0
        picture.pts, picture.time_base, picture.duration = tick, unit, self._durations[tick]
        with self._lock, _writing(self.plan.partial):
            self._write(self._stream.encode(picture))
            if self._sides is not None:
                self._sides.copy_until(end)
        self._next += 1

    def finish(self) -> None:
        """See `FrameSink.finish`."""
        with self._lock, _writing(self.plan.path):
            self._close(whole=True)
            flush_file(self.plan.partial)
            self.plan.partial.replace(self.plan.path)
            flush_folder(self.plan.path.parent)

    def abort(self) -> None:
        """See `FrameSink.abort`. What is finished stays under the temporary name, closed properly."""
        with self._lock, contextlib.suppress(av.FFmpegError, OSError):
            self._close(whole=False)
            if not self._next:
                self.plan.partial.unlink(missing_ok=True)

    def _close(self, *, whole: bool) -> None:
        try:
            if self._next:
                self._write(self._stream.encode(None))
            if self._sides is not None:
                self._sides.copy_until(None if whole else self.plan.timing.time(self._next))
        finally:
            if self._sides is not None:
                self._sides.close()
            self._output.close()

    def _write(self, packets: list[Packet[VideoStream]]) -> None:
        unit, mux_unit = self.plan.unit, self.plan.mux_unit
        for packet in packets:
            assert packet.pts is not None
            assert packet.dts is not None
            packet.duration = round(self._durations.pop(packet.pts, 0) * unit / mux_unit)
            packet.pts = round((self._start + packet.pts * unit) / mux_unit)
            packet.dts = round((self._start + packet.dts * unit) / mux_unit)
            packet.time_base = mux_unit
            self._output.mux_one(packet)

    def _add_video(self) -> VideoStream:
        plan = self.plan
        stream = self._output.add_stream(plan.encoding.encoder, rate=plan.rate, options=self._maker.encoder_options)
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height = plan.size
        context.pix_fmt = plan.encoding.pixels
        context.time_base = plan.unit
        stream.time_base = plan.mux_unit
        context.color_primaries = plan.colour.primaries
        context.color_trc = plan.colour.transfer
        context.colorspace = plan.colour.matrix
        context.color_range = plan.colour.range
        if plan.encoding.tag is not None:
            context.codec_tag = plan.encoding.tag
        if plan.facts is not None:
            if plan.facts.aspect is not None:
                context.sample_aspect_ratio = plan.facts.aspect
            if plan.facts.display_matrix is not None:
                stream.set_display_matrix(plan.facts.display_matrix)
        return stream


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what PyAV and the system raise while `path` is written into one sentence.

    Raises:
        WriteError: It cannot be written.
    """
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        raise WriteError(f"{path} cannot be written: {reason}. What is finished so far is kept.") from error
