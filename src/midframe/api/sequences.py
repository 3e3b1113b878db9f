"""Sequences of a caller's pictures as numbered frames, and output frames as the caller's pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Literal, TypedDict

from midframe.api.arrays import (
    Layout,
    OpenedPicture,
    kind_of,
    open_picture,
    require_same_format,
)
from midframe.detection.rules import CutHandling, PairRules
from midframe.engines.protocols import Engine
from midframe.errors import UnsupportedFormatError
from midframe.executors.inline import InlineExecutor
from midframe.media.channels import ChannelOptions, ChannelRules, channel_use
from midframe.media.pixels import ViewTransform
from midframe.runtime.classification import PairClassifier
from midframe.runtime.deflickered import Deflickerer
from midframe.runtime.output_frames import OutputFrame, output_frames, tail_frames
from midframe.runtime.tasks import copied_only, pair_tasks
from midframe.signals import CancelToken
from midframe.text import quoted
from midframe.timing.clock import OpenClock, ResampledTimeline, SourceClock
from midframe.timing.output_slots import tail_slots
from midframe.timing.steps import Mode
from midframe.timing.timeline import OpenTimeline
from midframe.types import AlphaChoice, Frame, FrameFormat


class TreatmentOptions(TypedDict, total=False):
    """The options that `midframe.Interpolator.interpolate` and `retime` share, for type checkers."""

    mode: Mode
    cuts: CutHandling
    cut_threshold: float
    static_threshold: float | Literal["off"]
    dedup: bool
    alpha: AlphaChoice
    layout: Layout
    channel_rules: ChannelRules
    steer: str | None


@dataclass(frozen=True)
class SequenceTreatment:
    """What is made of a sequence.

    Attributes:
        timeline: Which output frame stands where.
        clock: When source frames are shown.
        rules: What becomes of static pairs, cuts and repeated frames.
        mode: How several frames in a pair are made.
        alpha: See `AlphaChoice`.
        layout: See `Layout`.
        channels: What is said about channels.
        deflicker: Whether global flicker of brightness is taken out of the pictures.
    """

    timeline: OpenTimeline | ResampledTimeline
    clock: OpenClock | SourceClock
    rules: PairRules
    mode: Mode
    alpha: AlphaChoice
    layout: Layout
    channels: ChannelOptions
    deflicker: bool = False

    @property
    def needs_network(self) -> bool:
        """Whether any output frame may have to be interpolated."""
        return self.timeline.synthesised != 0 or self.rules.dedup


def treat(
    pictures: Iterable[Any],
    treatment: SequenceTreatment,
    open_engine: Callable[[], Engine[Any]],
    cancel: CancelToken | None = None,
) -> Iterator[Any]:
    """The output of a sequence, as pictures of the caller's kind.

    Args:
        pictures: The caller's pictures, in order.
        treatment: What is made of them.
        open_engine: Gives the engine; not called where nothing is interpolated.
        cancel: Ends the work, also between two frames of one pair.

    Yields:
        Pictures in order; the very objects for source frames that are not changed.

    Raises:
        UnsupportedFormatError: Pictures that differ, fewer than two, or of a kind that cannot be used.
        EngineError: The device ran out of memory or failed.
        CancelRequested: `cancel` was cancelled.
    """
    sequence = OpenedSequence(iter(pictures), treatment.alpha, treatment.layout)
    transform = sequence.view(treatment.channels) if treatment.needs_network else None
    rules, timeline = treatment.rules, treatment.timeline
    frames = sequence.deflickered(rules.cut_threshold) if treatment.deflicker else sequence.frames()
    tasks = pair_tasks(PairClassifier(transform, rules).classify(frames), timeline, treatment.clock)
    executor = InlineExecutor(open_engine(), transform, treatment.mode) if transform else None
    with closing(executor.run(tasks, cancel=cancel) if executor else copied_only(tasks)) as results:
        for result in results:
            for output in output_frames(result, rules.cuts, transform.use if transform else None):
                yield sequence.restored(output)
            sequence.forget_before(result.task.pair.right.frame.index)
    if sequence.count < 2:
        raise UnsupportedFormatError("Interpolation needs at least two frames.")
    for output in tail_frames(sequence.last, tail_slots(timeline, sequence.count)):
        yield sequence.restored(output)


def require_several(frames: Any) -> Iterable[Any]:
    """Frames, if they are several of something.

    Raises:
        UnsupportedFormatError: They are not.
    """
    if isinstance(frames, (str, bytes)) or hasattr(frames, "__fspath__"):
        raise UnsupportedFormatError(
            f"Frames are a list, a stack or a generator, not a path; give midframe.read_frames({quoted(str(frames))}), "
            "or use midframe.run() for files."
        )
    if hasattr(frames, "frames"):
        raise UnsupportedFormatError(
            f"Frames are a list, a stack or a generator, not {describe(frames)}; give its `frames`."
        )
    if isinstance(frames, Mapping):
        advice = "give its `frames`" if "frames" in frames else "give the frames that it holds"
        raise UnsupportedFormatError(f"Frames are a list, a stack or a generator, not {describe(frames)}; {advice}.")
    if not isinstance(frames, Iterable) or kind_of(frames) == "PIL":
        raise UnsupportedFormatError(f"Frames are a list, a stack or a generator, not {describe(frames)}.")
    return frames


def describe(value: Any) -> str:
    """A caller's value in words: its type, and its shape where it has one."""
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"{value.dtype} of shape {tuple(shape)}"


class OpenedSequence:
    """A caller's sequence as numbered frames. Pictures are kept for as long as they may still be passed on.

    Attributes:
        count: Frames read so far.
        last: The last of them.
    """

    last: Frame

    def __init__(self, pictures: Iterator[Any], alpha: AlphaChoice, layout: Layout) -> None:
        self._pictures = pictures
        self._alpha: AlphaChoice = alpha
        self._layout: Layout = layout
        self._ahead: deque[tuple[Any, OpenedPicture]] = deque()
        self._kept: dict[int, tuple[Any, OpenedPicture]] = {}
        self.count = 0

    def view(self, channels: ChannelOptions) -> ViewTransform | None:
        """The view of frames like the first, which pairs have their own of; None if there are no frames."""
        frame_format = self._first_format()
        if frame_format is None:
            return None
        return ViewTransform.usual(frame_format, channel_use(frame_format, channels))

    def frames(self) -> Iterator[Frame]:
        """All frames, numbered from 0.

        Raises:
            UnsupportedFormatError: A frame differs from the first, or is of a kind that cannot be used.
        """
        read = ((picture, self._opened(picture)) for picture in self._pictures)
        for index, (picture, opened) in enumerate(chain(self._taken_ahead(), read)):
            if index:
                require_same_format(self.last.format, opened.frame.format)
            numbered = opened.at(index)
            self._kept[index] = (picture, numbered)
            self.last, self.count = numbered.frame, index + 1
            yield numbered.frame

    def deflickered(self, cut_threshold: float) -> Iterator[Frame]:
        """All frames as `frames` gives them, without flicker.

        Raises:
            OptionError: Frames whose brightness has no meaning here.
            UnsupportedFormatError: See `frames`.
        """
        frame_format = self._first_format()
        if frame_format is None:
            return
        for frame in Deflickerer(frame_format, cut_threshold).frames(self.frames()):
            _, opened = self._kept[frame.index]
            if frame is not opened.frame:
                self._kept[frame.index] = (opened.restore(frame.samples), replace(opened, frame=frame))
            yield frame

    def restored(self, output: OutputFrame) -> Any:
        """An output frame as the caller has frames: the very object for source frames."""
        picture, opened = self._kept[output.placed.left]
        return picture if output.is_source else opened.restore(output.make().samples)

    def forget_before(self, index: int) -> None:
        """Let go of all pictures before number `index`."""
        for known in [known for known in self._kept if known < index]:
            del self._kept[known]

    def _first_format(self) -> FrameFormat | None:
        if not self._ahead:
            self._ahead.extend((picture, self._opened(picture)) for picture in islice(self._pictures, 1))
        return self._ahead[0][1].frame.format if self._ahead else None

    def _taken_ahead(self) -> Iterator[tuple[Any, OpenedPicture]]:
        while self._ahead:
            yield self._ahead.popleft()

    def _opened(self, picture: Any) -> OpenedPicture:
        return open_picture(picture, self._alpha, self._layout)
