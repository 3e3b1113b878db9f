"""Interpolation between the frames of a sequence in any order, for frame servers, players and editors."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Generic, TypeVar

from midframe.api.arrays import Array, Layout, OpenedPicture, open_picture, require_same_format
from midframe.api.signatures import with_types_resolved
from midframe.api.times import Time, exact_time
from midframe.detection.cuts import CONTEXT
from midframe.detection.rules import PairClass, PairRules
from midframe.engines.interpolation import EncodedFrame, PairInterpolator
from midframe.engines.locked import LockedEngine
from midframe.errors import OptionError
from midframe.executors.base import PreparedFrame
from midframe.media.channels import ChannelOptions, channel_use
from midframe.media.pixels import ViewTransform
from midframe.runtime.classification import (
    SeenSummary,
    compare_pair,
    prepared_alone,
    summarise_seen,
    transform_of_pair,
)
from midframe.runtime.output_frames import cross_fade
from midframe.runtime.similarity import seen_alike
from midframe.types import AlphaChoice, SampleCoding, Samples, Transfer

ENCODED_FRAMES = 3
"""Encoded frames that are kept: those of a pair, and one more because frame servers ask for two pairs at once."""

COMPARED_PAIRS = 64
"""Pairs whose class is kept; it takes a few bytes."""

SUMMARIES = 4 * (CONTEXT + 1)
"""Summaries of frames that are kept, of a few kilobytes each: those of two pairs that are far apart."""

Value = TypeVar("Value")


class _Kept(Generic[Value]):
    """The values that were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key; made where it is not kept."""
        if key not in self._values:
            self._values[key] = make()
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return self._values[key]


@dataclass(frozen=True)
class PictureOptions:
    """What a caller says of the frames.

    Attributes:
        alpha: See `Interpolator.pair`, also for the next two.
        layout: Where the channels stand.
        channels: Rules of channels, and what the motion is seen in.
        coding: What the code values of a video mean; None for pictures.
        transfer: "linear" for scene-linear light.
    """

    alpha: AlphaChoice
    layout: Layout
    channels: ChannelOptions
    coding: SampleCoding | None
    transfer: Transfer

    def open(self, picture: Any) -> OpenedPicture:
        """A caller's picture as a frame.

        Raises:
            UnsupportedFormatError: See `open_picture`.
            OptionError: See `open_picture`; or samples that cannot be code values of that many bits.
        """
        opened = open_picture(picture, self.alpha, self.layout)
        frame_format, coding = opened.frame.format, self.coding
        if coding is not None and (frame_format.dtype.kind != "u" or coding.bits > 8 * frame_format.dtype.itemsize):
            raise OptionError(
                f"Samples of type {frame_format.dtype} are not code values of {coding.bits} bits.", option="coding"
            )
        described = replace(frame_format, coding=coding, transfer=self.transfer)
        return replace(opened, frame=replace(opened.frame, format=described))


class _Sources(Generic[Array]):
    """The frames of one call, each opened and prepared at most once."""

    def __init__(self, frames: Mapping[int, Array], options: PictureOptions) -> None:
        self._frames: Mapping[int, Any] = frames
        self._options = options
        self._opened: dict[int, OpenedPicture] = {}
        self._prepared: dict[int, PreparedFrame] = {}

    def opened(self, index: int) -> OpenedPicture:
        if index not in self._opened:
            self._opened[index] = self._options.open(self._frames[index]).at(index)
        return self._opened[index]

    def prepared(self, index: int, transform: ViewTransform) -> PreparedFrame:
        if index not in self._prepared:
            frame = self.opened(index).frame
            require_same_format(transform.format, frame.format)
            self._prepared[index] = prepared_alone(frame, transform)
        return self._prepared[index]


@with_types_resolved
class RandomAccess(Generic[Array]):
    """Interpolates between the frames of a sequence in any order; from `Interpolator.random_access`.

    The frames are those of `Interpolator.stream`: static pairs are held, and cuts are found by the frames around them.
    The three source frames that were used last stay encoded, so that going through a sequence, forwards or backwards,
    encodes each frame once. May be used from several threads, whose calls take turns.
    """

    def __init__(
        self, open_engine: Callable[[], LockedEngine], rules: PairRules, options: PictureOptions, look_ahead: int
    ) -> None:
        self._open_engine = open_engine
        self._rules = rules
        self._options = options
        self._look_ahead = look_ahead
        self._lock = threading.Lock()
        self._transform: ViewTransform | None = None
        self._encoded: dict[tuple[int, ViewTransform], EncodedFrame[Any]] = {}
        self._compared: _Kept[tuple[PairClass, ViewTransform]] = _Kept(COMPARED_PAIRS)
        self._summaries: _Kept[SeenSummary] = _Kept(SUMMARIES)

    def neighbours(self, left: int) -> range:
        """Numbers of the source frames that show whether a cut follows frame `left`, as far as they exist."""
        if self._rules.cuts == "off":
            return range(left, left + 2)
        return range(max(0, left - CONTEXT), left + 2 + self._look_ahead)

    def at(self, left: int, time: Time, frames: Mapping[int, Array], *, cut: bool | None = None) -> Array:
        """The frame at a time between two neighbours.

        Args:
            left: Number of the source frame before it.
            time: Inside (0, 1), between frame `left` and frame `left` + 1.
            frames: Source frames by number; a frame has the same number in all calls. Both frames of the pair, and of
                `neighbours` those that there are. What is kept from earlier calls is not looked up again.
            cut: Whether a cut lies between the two; None to detect it.

        Returns:
            An interpolated frame, or the very frame `left` where it is held.

        Raises:
            OptionError: A time outside (0, 1), or samples that do not fit `coding`.
            UnsupportedFormatError: Frames that differ from each other, or of a kind that cannot be used.
            EngineError: The interpolator is closed, or the device ran out of memory or failed.
        """
        when = exact_time(time)
        sources = _Sources(frames, self._options)
        with self._lock:
            verdict, transform = self._compare(left, sources, frames, cut)
            if verdict == "static" or (verdict == "cut" and self._rules.cuts == "hold"):
                return frames[left]
            opened = sources.opened(left)
            if verdict == "cut":
                other = sources.opened(left + 1).frame
                samples = cross_fade(opened.frame, other, float(when), transform.format, transform.use).samples
            else:
                samples = self._interpolated(left, when, sources, transform)
        restored: Array = opened.restore(samples)
        return restored

    def _compare(
        self, left: int, sources: _Sources[Array], frames: Mapping[int, Array], cut: bool | None
    ) -> tuple[PairClass, ViewTransform]:
        """The class of a pair, and how its frames are seen and blended."""
        usual = self._usual_transform(left, sources)

        def compare() -> tuple[PairClass, ViewTransform]:
            alone = [sources.prepared(index, usual) for index in (left, left + 1)]
            seen = transform_of_pair(usual, *alone)
            ends = seen_alike(alone[0], seen), seen_alike(alone[1], seen)
            rules, before, after = self._rules, [], []
            if cut is not None:
                rules = replace(rules, cuts="off")
            elif rules.cuts != "off":
                known = [index for index in self.neighbours(left) if index in frames]
                before = [self._summary(index, sources, usual) for index in known if index <= left]
                after = [self._summary(index, sources, usual) for index in known if index > left]
            found = compare_pair(ends, usual, rules, before, after)
            return ("cut" if cut and found.verdict == "moving" else found.verdict), seen

        return self._compared.get((left, cut), compare)

    def _usual_transform(self, left: int, sources: _Sources[Array]) -> ViewTransform:
        if self._transform is None:
            frame_format = sources.opened(left).frame.format
            self._transform = ViewTransform.usual(frame_format, channel_use(frame_format, self._options.channels))
        return self._transform

    def _summary(self, index: int, sources: _Sources[Array], usual: ViewTransform) -> SeenSummary:
        return self._summaries.get(index, lambda: summarise_seen(sources.prepared(index, usual), usual))

    def _interpolated(self, left: int, time: Fraction, sources: _Sources[Array], transform: ViewTransform) -> Samples:
        interpolator = PairInterpolator(self._open_engine(), transform)
        usual = self._usual_transform(left, sources)
        ends = []
        for index in (left, left + 1):
            if (index, transform) not in self._encoded:
                # Those that are farthest away go: frame servers ask for neighbouring pairs in any order.
                while len(self._encoded) >= ENCODED_FRAMES:
                    del self._encoded[max(self._encoded, key=lambda place: abs(place[0] - left))]
                prepared = seen_alike(sources.prepared(index, usual), transform)
                self._encoded[index, transform] = interpolator.encode(prepared.frame, prepared.engine_frame)
            ends.append(self._encoded[index, transform])
        return interpolator.samples(ends[0], ends[1], [time])[0]
