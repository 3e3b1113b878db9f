"""Frames without the global flicker of their brightness.

What is taken out of a frame depends on the frames around it alone (see `midframe.detection.flicker`), so that it is the
same in a job, a preview, after resuming and on any worker.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from midframe.detection.cuts import CONTEXT, FrameSummary, cut_score, summarise
from midframe.detection.flicker import REACH, BrightnessChange, Deviation, brightness_change, deviation
from midframe.errors import OptionError
from midframe.executors.base import DeferredErrors
from midframe.media.brightness import with_gain
from midframe.media.pixels import ViewTransform, alpha_share
from midframe.media.protocols import FrameInput, FrameSource
from midframe.media.wrapped_source import SameFormatSource, WrappedStream
from midframe.types import Frame, FrameFormat

if TYPE_CHECKING:
    from midframe.media.video.reading.index import VideoIndex

AHEAD = REACH + CONTEXT
"""Frames after a frame that have to be read before it is known what of it is flicker; and as many before it."""

DEFLICKER_NOTE = "Source frames that flicker are changed (`deflicker`); flicker is measured while frames are read."
"""A sentence for the user before anything is read."""

SAME_CONTENT = 0.03
"""Spread of a change up to which cells correspond so well that there is no cut, so that none is looked for."""

KEPT_SUMMARIES = 256
"""Summaries that are kept for frames that are read one by one."""


def require_pictures(frame_format: FrameFormat) -> None:
    """Refuse frames whose brightness has no meaning here.

    Raises:
        OptionError: Scene-linear light, data, or files with several layers.
    """
    plain = frame_format.dtype.kind != "i" and not frame_format.labels and frame_format.planes == 1
    if plain and frame_format.transfer == "display" and frame_format.channels <= 4:
        return
    what = "scene-linear light" if frame_format.transfer == "linear" else str(frame_format)
    advice = " `display_transform=srgb` makes pictures of it." if frame_format.transfer == "linear" else ""
    raise OptionError(
        f"`deflicker` is for pictures with one to four channels of display values, not for {what}.{advice}",
        option="deflicker",
    )


@dataclass
class FlickerTally:
    """What was found and done, counted while frames are read.

    Attributes:
        frames: Frames that were read.
        changed: How many of them were changed.
    """

    frames: int = 0
    changed: int = 0
    _bends: list[float] = field(default_factory=lambda: [0.0, 0.0])
    _bent: int = 0
    _last: tuple[float, float] | None = None
    _correction: float = 0.0

    def add(self, change: BrightnessChange | None, correction: float, *, changed: bool) -> None:
        """Count a frame.

        Args:
            change: The change of brightness to it from the frame before; None if there is none.
            correction: See `Deviation`.
            changed: Whether the frame is another one.
        """
        self.frames += 1
        self.changed += changed
        changes = None if change is None else (change.size, change.size + correction - self._correction)
        if changes is not None and self._last is not None:
            self._bent += 1
            for number in range(2):
                self._bends[number] += abs(changes[number] - self._last[number]) / 2
        self._last, self._correction = changes, correction

    @property
    def before(self) -> float:
        """By how much frames are brighter or darker than the mean of both neighbours, on average, as a share."""
        return self._bends[0] / max(1, self._bent)

    @property
    def after(self) -> float:
        """The same of the frames as they were changed."""
        return self._bends[1] / max(1, self._bent)

    @property
    def note(self) -> str | None:
        """A sentence for the user; None before anything was read."""
        if not self.frames:
            return None
        if not self.changed:
            return f"Flicker: {self.before:.1%}, which is no more than motion leaves; no source frame is changed."
        return (
            f"Flicker: {self.before:.1%} before, {self.after:.1%} after; {self.changed} of {self.frames} source frames "
            "are changed."
        )


class Deflickerer:
    """Takes flicker out of frames that come in order.

    Args:
        frame_format: What the frames are.
        cut_threshold: Pairs that score at least this are cuts.

    Attributes:
        tally: What was found and done.

    Raises:
        OptionError: Frames whose brightness has no meaning here.
    """

    def __init__(self, frame_format: FrameFormat, cut_threshold: float) -> None:
        require_pictures(frame_format)
        self._transform = ViewTransform.usual(frame_format)
        self._cut_threshold = cut_threshold
        self.tally = FlickerTally()

    def frames(self, frames: Iterable[Frame], passed_over: int = 0) -> Iterator[Frame]:
        """The frames without flicker.

        Args:
            frames: Frames in order. A few are held.
            passed_over: How many of them are only there to compare others with.

        Yields:
            Frames in order, the very ones where nothing is to be changed; without those passed over.

        Raises:
            MidframeError: The error of reading the frames, after all frames before it.
        """
        readable = DeferredErrors(frames)
        window = _Window(self._cut_threshold)
        waiting: OrderedDict[int, Frame] = OrderedDict()
        past = _Past()
        begin = None
        for frame in readable:
            begin = frame.index if begin is None else begin
            waiting[frame.index] = frame
            window.add(frame.index, self.summary(frame))
            if len(waiting) > AHEAD:
                yield from self._finished(waiting, window, past, begin + passed_over)
        while waiting and begin is not None:
            yield from self._finished(waiting, window, past, begin + passed_over)
        if readable.error is not None:
            raise readable.error

    def summary(self, frame: Frame) -> FrameSummary:
        """What frames are compared by. What alpha hides is black, which does not count."""
        view, alpha = self._transform.view(frame.samples), frame.format.alpha
        if alpha is not None and alpha.is_weight:
            view = view * alpha_share(frame.samples, frame.format)
        return summarise(view)

    def _finished(self, waiting: OrderedDict[int, Frame], window: _Window, past: _Past, first: int) -> Iterator[Frame]:
        index, frame = waiting.popitem(last=False)
        found = window.deviation(index)
        if past.is_repeated_by(frame):
            # What was one picture stays one, for the detection of repeats and for the eye.
            found = past.found
        past.set(frame, found)
        if index < first:
            return
        changed = corrected(frame, found)
        self.tally.add(window.change(index - 1), found.correction, changed=changed is not frame)
        window.forget_before(index - AHEAD)
        yield changed


def corrected(frame: Frame, found: Deviation) -> Frame:
    """A frame without what was found; itself where there is nothing."""
    return with_gain(frame, math.exp(found.correction)) if found.correction else frame


class DeflickeredSource(SameFormatSource):
    """The frames of a source without flicker.

    Frames that are read one by one need `AHEAD` others on both sides; what they are compared by is kept.

    Args:
        source: The source.
        cut_threshold: Pairs that score at least this are cuts.

    Raises:
        OptionError: Frames whose brightness has no meaning here.
    """

    def __init__(self, source: FrameSource, cut_threshold: float) -> None:
        super().__init__(source)
        self._cut_threshold = cut_threshold
        self._deflickerer = Deflickerer(source.format, cut_threshold)
        self._summaries: OrderedDict[int, FrameSummary] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user; after reading, what was found and done."""
        note = self._deflickerer.tally.note
        return (*self.source.notes, *([] if note is None else [note]))

    @property
    def frame_numbers(self) -> tuple[int, ...] | None:
        """See `FrameInput.frame_numbers`."""
        return self.source.frame_numbers

    @property
    def video_index(self) -> VideoIndex | None:
        """See `FrameInput.video_index`."""
        return self.source.video_index

    def as_pictures(self) -> FrameSource:
        """See `FrameSource.as_pictures`."""
        pictures = self.source.as_pictures()
        return self if pictures is self.source else DeflickeredSource(pictures, self._cut_threshold)

    def __len__(self) -> int:
        return len(self.source)

    def frames_from(self, start: int) -> Iterator[Frame]:
        """See `FrameInput.frames_from`."""
        if start >= len(self):
            return iter(())
        begin = max(0, self._first_like(start) - AHEAD) if start else 0
        self._deflickerer = Deflickerer(self.format, self._cut_threshold)
        return self._deflickerer.frames(self.source.frames_from(begin), start - begin)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        frame = self.source.read(index)
        first = self._first_like(index, frame)
        window = _Window(self._cut_threshold)
        for number in range(max(0, first - AHEAD), min(len(self), first + AHEAD + 1)):
            window.add(number, self._summary(number))
        return corrected(frame, window.deviation(first))

    def read_roughly(self, index: int) -> Frame:
        """See `FrameSource.read_roughly`."""
        return self.source.read_roughly(index)

    def _first_like(self, index: int, frame: Frame | None = None) -> int:
        """The first of the frames that are all the same picture as frame `index`."""
        while index > 0 and np.array_equal(self._summary(index).thumbnail, self._summary(index - 1).thumbnail):
            frame = frame or self.source.read(index)
            before = self.source.read(index - 1)
            if not np.array_equal(frame.samples, before.samples):
                break
            index -= 1
        return index

    def _summary(self, index: int) -> FrameSummary:
        with self._lock:
            if index in self._summaries:
                self._summaries.move_to_end(index)
                return self._summaries[index]
        summary = self._deflickerer.summary(self.source.read(index))
        with self._lock:
            self._summaries[index] = summary
            if len(self._summaries) > KEPT_SUMMARIES:
                self._summaries.popitem(last=False)
        return summary


class DeflickeredStream(WrappedStream):
    """The frames of a stream without flicker, `AHEAD` frames later.

    Args:
        stream: The stream.
        cut_threshold: Pairs that score at least this are cuts.

    Raises:
        OptionError: Frames whose brightness has no meaning here.
    """

    def __init__(self, stream: FrameInput, cut_threshold: float) -> None:
        super().__init__(stream)
        self._cut_threshold = cut_threshold
        self._deflickerer = Deflickerer(stream.format, cut_threshold)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user; after reading, what was found and done."""
        note = self._deflickerer.tally.note
        return (*self.stream.notes, *([] if note is None else [note]))

    def frames(self) -> Iterator[Frame]:
        """See `FrameStream.frames`."""
        return self._deflickerer.frames(self.stream.frames_from(0))

    def interrupt(self) -> None:
        """End a read that waits for data."""
        self.stream.interrupt()


def deflickered(given: FrameInput, cut_threshold: float) -> FrameInput:
    """An input without flicker.

    Args:
        given: The input.
        cut_threshold: Pairs that score at least this are cuts.

    Raises:
        OptionError: Frames whose brightness has no meaning here.
    """
    source = given.seekable
    if source is None:
        return DeflickeredStream(given, cut_threshold)
    return DeflickeredSource(source, cut_threshold)


class _Past:
    """The frame before, as it was read, and what was found of it."""

    found = Deviation()

    def __init__(self) -> None:
        self._frame: Frame | None = None

    def is_repeated_by(self, frame: Frame) -> bool:
        return self._frame is not None and np.array_equal(self._frame.samples, frame.samples)

    def set(self, frame: Frame, found: Deviation) -> None:
        self._frame, self.found = frame, found


class _Window:
    """Summaries of frames in a row, and the changes between them."""

    def __init__(self, cut_threshold: float) -> None:
        self._cut_threshold = cut_threshold
        self._summaries: dict[int, FrameSummary] = {}
        self._changes: dict[int, BrightnessChange | None] = {}

    def add(self, index: int, summary: FrameSummary) -> None:
        self._summaries[index] = summary

    def forget_before(self, index: int) -> None:
        for known in (self._summaries, self._changes):
            for old in [number for number in known if number < index]:
                del known[old]

    def change(self, left: int) -> BrightnessChange | None:
        """The change from a frame to the next one; None at cuts, and where there are no such frames."""
        if left not in self._summaries or left + 1 not in self._summaries:
            return None
        if left not in self._changes:
            change = brightness_change(self._summaries[left], self._summaries[left + 1])
            if change is not None and change.spread > SAME_CONTENT and self._is_cut(left):
                change = None
            self._changes[left] = change
        return self._changes[left]

    def deviation(self, index: int) -> Deviation:
        before = [self.change(left) for left in range(index - REACH, index)]
        after = [self.change(left) for left in range(index, index + REACH)]
        return deviation(before, after)

    def _is_cut(self, left: int) -> bool:
        earlier = self._row(range(left - CONTEXT, left + 1))
        later = self._row(range(left + 1, left + CONTEXT + 2))
        return cut_score(earlier, later) >= self._cut_threshold

    def _row(self, numbers: range) -> list[FrameSummary]:
        return [self._summaries[number] for number in numbers if number in self._summaries]
