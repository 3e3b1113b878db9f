"""Output frames as a video file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import OutputContainer

from midframe.atomic import create_exclusively, fsync_file, unlink_quietly
from midframe.errors import WriteError
from midframe.media.output_paths import place_finished
from midframe.media.protocols import NOTHING, EarlierOutput, StagedFrame
from midframe.media.video.stream_info import DecodedPicture
from midframe.media.video.streams.passthrough import StreamCopier
from midframe.media.video.streams.stretched_sound import StretchedSound
from midframe.media.video.writing.finished_file import finish_beginning, finish_file
from midframe.media.video.writing.frame_conversion import PictureMaker, StagedPicture, encoder_options
from midframe.media.video.writing.recovery import FoundSegments, find_segments
from midframe.media.video.writing.segment_writer import SegmentWriter
from midframe.types import Frame

if TYPE_CHECKING:
    from midframe.media.video.writing.plan import VideoPlan


class VideoSink:
    """A file that grows under a temporary name, `plan.partial_path`, and gets its own when it is finished.

    It can be played at any time while it grows, up to what the encoder holds back and the last few frames before that;
    and it stays where it is when the job is stopped. `stage` converts, `commit` encodes. Another sink can continue
    after the whole segments of an unfinished file: it copies them.

    Args:
        plan: What it is.
        earlier: What an earlier run has written; `safe` says how many frames could be taken over. Its file stays as it
            is.

    Raises:
        WriteError: The file cannot be created.
    """

    def __init__(self, plan: VideoPlan, earlier: EarlierOutput = NOTHING) -> None:
        self.plan = plan
        self._safe = 0
        self._closed = False
        self._lock = threading.Lock()
        self._maker = PictureMaker(plan)
        self._lost: tuple[str, ...] = ()
        self._copiers: list[StreamCopier | StretchedSound] = []
        with writing_video(plan.partial_path), contextlib.ExitStack() as failed:
            plan.path.parent.mkdir(parents=True, exist_ok=True)
            found = FoundSegments(plan.path, ())
            if earlier.partial is not None and earlier.frames:
                found = find_segments(earlier.partial, earlier.frames)
            create_exclusively(plan.partial_path)
            failed.callback(unlink_quietly, plan.partial_path)
            self._output: OutputContainer = av.open(
                str(plan.partial_path.absolute()),
                "w",
                format=plan.encoding.container.format,
                container_options=plan.container_options,
            )
            self._track = SegmentWriter(plan, self._output, encoder_options(plan), self._copy_streams)
            origin, end = plan.timing.origin, plan.timing.end
            if plan.passthrough is not None and end is not None:
                stretch = plan.timing.stretch
                copier = StreamCopier(plan.passthrough, self._output, origin, end, stretch=stretch, whole=plan.whole)
                self._copiers.append(copier)
            if plan.sound is not None and end is not None:
                self._copiers.append(StretchedSound(plan.sound, self._output, origin, end))
            self._take_over(found)
            failed.pop_all()

    @property
    def safe(self) -> int:
        """See `FrameSink.safe`. Whole segments count."""
        return self._safe

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong with anything but the pictures."""
        return (*self._lost, *(note for copier in self._copiers for note in copier.notes))

    def stage(self, index: int, frame: Frame) -> StagedPicture:
        """See `FrameSink.stage`."""
        self.plan.require_index(index)
        with writing_video(self.plan.partial_path):
            decoded = frame.metadata if isinstance(frame.metadata, DecodedPicture) else None
            return StagedPicture(index, self._maker.picture(frame), decoded)

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`."""
        assert isinstance(staged, StagedPicture)
        if staged.index != self._track.next:
            raise ValueError(f"frame {staged.index} came when it was the turn of frame {self._track.next}")
        with self._lock, writing_video(self.plan.partial_path):
            began = self._track.muxed > 0
            self._track.encode(staged.picture, self._captions(staged.decoded))
            if not began and self._track.muxed:
                finish_beginning(self.plan.partial_path, self.plan)
            if self._track.written_segments > self._safe:
                fsync_file(self.plan.partial_path)
                self._safe = self._track.written_segments

    def finish(self) -> None:
        """See `FrameSink.finish`."""
        with self._lock, writing_video(self.plan.path):
            self._close(whole=True)
            place_finished(self.plan.partial_path, self.plan.path, replace=self.plan.overwrite)

    def abort(self) -> None:
        """See `FrameSink.abort`. What is finished stays under the temporary name, closed properly."""
        with self._lock, contextlib.suppress(av.FFmpegError, OSError):
            self._close(whole=False)
            if not self._track.next:
                self.plan.partial_path.unlink(missing_ok=True)
            else:
                fsync_file(self.plan.partial_path)
                self._safe = self._track.whole_segments

    def _captions(self, decoded: DecodedPicture | None) -> tuple[bytes, ...]:
        """Closed captions that are due with a picture, each once."""
        if decoded is None or decoded.captions is None:
            return ()
        captions = decoded.captions.take(decoded.number)
        if captions and self.plan.encoding.codec.with_captions is None:
            note = self.plan.captions_note
            self._lost = () if note in self.plan.notes else (note,)
            return ()
        return captions

    def _close(self, *, whole: bool) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._track.finish()
            for copier in self._copiers:
                copier.copy_until(None if whole else self.plan.timing.time(self._track.next))
        finally:
            for copier in self._copiers:
                copier.close()
            self._output.close()
        finish_file(self.plan.partial_path, self.plan)
        state_length = self.plan.encoding.container.state_length
        if state_length is not None and self._track.next:
            state_length(self.plan.partial_path, self._track.end)

    def _copy_streams(self, until: Fraction) -> None:
        # Sound and so on keep step with what comes out of the encoder, not with what goes in: so the muxer gets
        # everything in the order of time, and has nothing to wait for.
        for copier in self._copiers:
            copier.copy_until(until)

    def _take_over(self, segments: FoundSegments) -> None:
        self._track.take_over(segments)
        self._safe = segments.frames
        if segments.frames:
            fsync_file(self.plan.partial_path)


@contextmanager
def writing_video(path: Path) -> Iterator[None]:
    """Turn what PyAV and the system raise while `path` is written into one sentence.

    Raises:
        WriteError: It cannot be written.
    """
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        raise WriteError(
            f"{path} cannot be written: {reason}. The frames finished so far are kept.", path=path
        ) from error
