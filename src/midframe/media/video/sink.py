"""Output frames as a video file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from midframe.errors import WriteError
from midframe.media.base import StagedFrame
from midframe.media.durable import flush_file, flush_folder
from midframe.media.video.encoders import make_encoder
from midframe.media.video.pictures import PictureMaker
from midframe.media.video.plan import VideoPlan
from midframe.media.video.recovery import SEGMENT_FRAMES, FoundSegments, find_segments
from midframe.media.video.sides import SideCopy
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class StagedPicture:
    """A frame in the pixel format of the encoder, waiting for its turn."""

    index: int
    picture: av.VideoFrame


class VideoSink:
    """A file that grows as `<name>.part.<suffix>` and gets its name when it is finished.

    It can be played at any time while it grows, up to what the encoder holds back and the last few frames before that;
    and it stays where it is when the job is stopped. `stage` converts, `commit` encodes. The encoder begins anew every
    `SEGMENT_FRAMES` frames, so that a sink can go on behind whole segments of an unfinished file: it copies them.

    Raises:
        WriteError: The file cannot be created.
    """

    removed_stale = 0

    def __init__(self, plan: VideoPlan, expected: int = 0) -> None:
        """Begin the file.

        Args:
            plan: What it is.
            expected: Frames that an earlier run has written; `safe` tells how many of them could be taken over.
        """
        self.plan = plan
        self._next = 0
        self._safe = 0
        self._last_decoding: int | None = None
        self._lock = threading.Lock()
        self._maker = PictureMaker(plan)
        self._durations: dict[int, int] = {}
        self._start = plan.timing.time(0)
        self._sides: SideCopy | None = None
        with _writing(plan.partial):
            plan.path.parent.mkdir(parents=True, exist_ok=True)
            found = self._set_aside(expected)
            self._output: OutputContainer = av.open(
                str(plan.partial.absolute()),
                "w",
                format=plan.encoding.container.format,
                container_options=plan.container_options,
            )
            self._stream = self._add_video()
            self._encoder = self._stream.codec_context
            if plan.sides is not None:
                self._sides = SideCopy(plan.sides, self._output, plan.timing.origin, plan.timing.end, whole=plan.whole)
            self._take_over(found)

    @property
    def safe(self) -> int:
        """See `FrameSink.safe`. Whole segments count."""
        return self._safe

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong beside the pictures."""
        return self._sides.notes if self._sides else ()

    def stage(self, index: int, frame: Frame) -> StagedPicture:
        """See `FrameSink.stage`."""
        if not 0 <= index < self.plan.count:
            raise IndexError(f"frame {index} of {self.plan.count}")
        with _writing(self.plan.partial):
            return StagedPicture(index, self._maker.picture(frame))

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`."""
        assert isinstance(staged, StagedPicture)
        if staged.index != self._next:
            raise ValueError(f"frame {staged.index} came when it was the turn of frame {self._next}")
        unit = self.plan.unit
        begin, end = self._span(staged.index)
        tick = round((begin - self._start) / unit)
        self._durations[tick] = max(1, round((end - self._start) / unit) - tick)
        picture = staged.picture
        # The type of an original's picture is a wish to the encoder, and would undo its own choice.
        picture.pict_type = 0
        picture.pts, picture.time_base, picture.duration = tick, unit, self._durations[tick]
        with self._lock, _writing(self.plan.partial):
            if self._next and self._next % SEGMENT_FRAMES == 0:
                self._begin_segment()
            self._write(self._encoder.encode(picture))
            self._next += 1
            if self._next % SEGMENT_FRAMES == 0:
                self._end_segment()

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
            if self._next % SEGMENT_FRAMES:
                self._write(self._encoder.encode(None))
            if self._sides is not None:
                self._sides.copy_until(None if whole else self.plan.timing.time(self._next))
        finally:
            if self._sides is not None:
                self._sides.close()
            self._output.close()

    def _begin_segment(self) -> None:
        """An encoder that knows nothing of the frames before."""
        context = make_encoder(self.plan.encoding, *self.plan.size, self.plan.unit, self.plan.rate)
        context.options = dict(self._maker.encoder_options)
        self._describe_colours(context)
        if self._stream.codec_context.flags & Flags.global_header:
            context.flags |= Flags.global_header
        self._encoder = context

    def _end_segment(self) -> None:
        self._write(self._encoder.encode(None))
        flush_file(self.plan.partial)
        self._safe = self._next

    def _set_aside(self, expected: int) -> FoundSegments:
        """Look at what an earlier run has left, and put it where it is not written over."""
        partial, aside = self.plan.partial, self.plan.aside
        if not expected:
            aside.unlink(missing_ok=True)
            return FoundSegments(aside, ())
        # Both are there if a run that took over was interrupted itself.
        if not aside.exists() and partial.exists():
            partial.replace(aside)
        return find_segments(aside, expected)

    def _take_over(self, found: FoundSegments) -> None:
        """Copy the packets of whole segments, with exact times; their file may have rounded them."""
        unit, timing = self.plan.mux_unit, self.plan.timing
        for number, decoding, packet in found.packets() if found.frames else ():
            begin, end = self._span(number)
            early = timing.time(max(decoding, 0)) + min(decoding, 0) * self.plan.unit
            packet.duration = max(1, round((end - begin) / unit))
            packet.pts, packet.dts = round(begin / unit), round(early / unit)
            packet.stream = self._stream
            self._mux(packet)
        self._next = self._safe = found.frames
        if found.frames:
            self._begin_segment()
            flush_file(self.plan.partial)
        self.plan.aside.unlink(missing_ok=True)

    def _span(self, number: int) -> tuple[Fraction, Fraction]:
        """When a frame begins and ends to be shown."""
        timing = self.plan.timing
        end = timing.time(number + 1) if number + 1 < self.plan.count else timing.end
        return timing.time(number), end

    def _write(self, packets: list[Packet[VideoStream]]) -> None:
        unit, mux_unit = self.plan.unit, self.plan.mux_unit
        for packet in packets:
            assert packet.pts is not None
            assert packet.dts is not None
            packet.duration = round(self._durations.pop(packet.pts, 0) * unit / mux_unit)
            packet.pts = round((self._start + packet.pts * unit) / mux_unit)
            packet.dts = round((self._start + packet.dts * unit) / mux_unit)
            packet.stream = self._stream
            self._mux(packet)

    def _mux(self, packet: Packet[VideoStream]) -> None:
        assert packet.dts is not None
        # A segment that begins with long intervals would have its first decoding times before the last ones.
        if self._last_decoding is not None:
            packet.dts = max(packet.dts, self._last_decoding + 1)
        self._last_decoding = packet.dts
        packet.time_base = self.plan.mux_unit
        # Sound and the like keep step with what comes out of the encoder, not with what goes in: so the muxer
        # gets everything in the order of time, and has nothing to wait for.
        if self._sides is not None:
            self._sides.copy_until(packet.dts * self.plan.mux_unit)
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
        self._describe_colours(context)
        if plan.encoding.tag is not None:
            context.codec_tag = plan.encoding.tag
        if plan.facts is not None:
            if plan.facts.aspect is not None:
                context.sample_aspect_ratio = plan.facts.aspect
            if plan.facts.display_matrix is not None:
                stream.set_display_matrix(plan.facts.display_matrix)
        return stream

    def _describe_colours(self, context: VideoCodecContext) -> None:
        colour = self.plan.colour
        context.color_primaries = colour.primaries
        context.color_trc = colour.transfer
        context.colorspace = colour.matrix
        context.color_range = colour.range


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
