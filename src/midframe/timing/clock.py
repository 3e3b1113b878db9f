"""Presentation times of source and output frames, as Fractions of seconds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, lcm

from midframe.errors import OptionError
from midframe.timing.pauses import change_starts
from midframe.timing.pulldown import evened
from midframe.timing.timeline import EndMode, OpenTimeline, PairSlots, Timeline, count_interpolated, pair_slots


@dataclass(frozen=True)
class SourceClock:
    """Presentation times of the source frames.

    Attributes:
        times: Seconds, strictly ascending.
        end: End of the last frame in seconds; after its time.
        rate: Frames per second where all frames have one duration, else None.
        changes: For each frame, when the change to the next one begins: later than the frame where it stands still for
            long; None where it begins with each frame.
        pulldown: How many frames are shown earlier or later than the file says; see `midframe.timing.pulldown`.
    """

    times: tuple[Fraction, ...]
    end: Fraction
    rate: Fraction | None
    changes: tuple[Fraction, ...] | None = None
    pulldown: int = 0

    @staticmethod
    def steady(count: int, rate: Fraction, start: Fraction = Fraction(0)) -> SourceClock:
        """The clock of `count` frames at a constant rate."""
        return SourceClock(tuple(start + k / rate for k in range(count)), start + count / rate, rate)

    @staticmethod
    def of_stamps(
        stamps: Sequence[int], last_duration: int, time_base: Fraction, rates: Sequence[Fraction]
    ) -> SourceClock:
        """The clock of a file's time stamps.

        Containers round: Matroska to milliseconds. Where one of `rates` explains every stamp to within one unit, the
        times are those of that rate, so that resampling meets them exactly.

        Args:
            stamps: Presentation times in units of `time_base`, strictly ascending.
            last_duration: Duration of the last frame, in the same unit; 0 if unknown.
            time_base: The unit in seconds.
            rates: Candidates for a constant rate, as stated by the container.
        """
        times, moved = evened([stamp * time_base for stamp in stamps])
        start = times[0]
        mean = [(len(times) - 1) / (times[-1] - start)] if len(times) > 1 else []
        for rate in (*rates, *mean):
            if all(abs(start + k / rate - time) <= time_base for k, time in enumerate(times)):
                return replace(SourceClock.steady(len(stamps), rate, start), pulldown=moved)
        if last_duration <= 0:
            last_duration = stamps[-1] - stamps[-2] if len(stamps) > 1 else 1
        end = times[-1] + last_duration * time_base
        return SourceClock(times, end, None, change_starts(times), moved)

    @property
    def start(self) -> Fraction:
        """Time of the first frame in seconds."""
        return self.times[0]

    @property
    def mean_rate(self) -> Fraction:
        """Frames per second on average."""
        return self.rate or len(self.times) / (self.end - self.times[0])

    def at(self, position: Fraction) -> Fraction:
        """The time of a position counted in source frames: 2½ is halfway through the change from frame 2 to frame 3."""
        index = min(floor(position), len(self.times) - 1)
        if position == index:
            return self.times[index]
        after = self.times[index + 1] if index + 1 < len(self.times) else self.end
        begin = self.change(index)
        return begin + (position - index) * (after - begin)

    def change(self, index: int) -> Fraction:
        """When the change from a frame to the next one begins."""
        return self.times[index] if self.changes is None else self.changes[index]

    def part(self, start: Fraction | None, end: Fraction | None) -> tuple[range, SourceClock]:
        """The frames from `start` up to and without `end`, in seconds after the first frame, and their clock.

        Raises:
            OptionError: Fewer than two frames lie there.
        """
        first = 0 if start is None else bisect_left(self.times, self.times[0] + start)
        last = len(self.times) if end is None else bisect_left(self.times, self.times[0] + end)
        if last - first < 2:
            raise self._too_short(start, end)
        stop = self.times[last] if last < len(self.times) else self.end
        changes = None if self.changes is None else self.changes[first:last]
        return range(first, last), SourceClock(self.times[first:last], stop, self.rate, changes)

    def _too_short(self, start: Fraction | None, end: Fraction | None) -> OptionError:
        """An error that says why a part has fewer than two frames."""
        length = self.end - self.times[0]
        lasts = f"the input lasts {float(length):.3f} s"
        if start is not None and start >= length:
            return OptionError(f"`start_time` is after the end: {lasts}.", option="start_time")
        if start is not None and end is not None and end <= start:
            return OptionError("`end_time` must be after `start_time`.", option="end_time")
        return OptionError(
            f"Fewer than two frames lie between the start and the end time; {lasts}.",
            option="end_time" if start is None else "start_time",
        )

    def looped(self) -> SourceClock:
        """The clock with the first frame repeated after the last one."""
        changes = None if self.changes is None else (*self.changes, self.end)
        return SourceClock((*self.times, self.end), self.end + (self.times[1] - self.times[0]), self.rate, changes)

    def common_unit(self) -> Fraction:
        """The largest unit of which every time since the first frame is a whole multiple."""
        if self.rate is not None:
            return 1 / self.rate
        return Fraction(1, lcm(*{(time - self.times[0]).denominator for time in (*self.times, self.end)}))


@dataclass(frozen=True)
class ResampledTimeline:
    """Output frames at a constant rate that is independent of the source.

    It has the interface of `Timeline`.

    Attributes:
        clock: Clock of the source.
        rate: Output frames per second; may be lower than the source's.
        end: See `EndMode`.
    """

    clock: SourceClock
    rate: Fraction
    end: EndMode = "hold"

    def __post_init__(self) -> None:
        if len(self.clock.times) < 2:
            raise OptionError(f"Interpolation needs at least two frames, not {len(self.clock.times)}.")
        if self.rate <= 0:
            raise OptionError(f"The frame rate must be above 0, not {self.rate}.", option="fps")

    @property
    def settings(self) -> dict[str, object]:
        """What decides which output frames there are, besides the input and `end`; in types that JSON has."""
        return {"rate": str(self.rate)}

    @property
    def sources(self) -> int:
        """Number of source frames."""
        return len(self.clock.times)

    @property
    def pairs(self) -> int:
        """Number of pairs of neighbouring source frames."""
        return self.sources - 1

    @property
    def count(self) -> int:
        """Number of output frames."""
        if self.end == "drop":
            return floor(self._output_position(self.clock.times[-1])) + 1
        return ceil(self._output_position(self.clock.end if self.end == "hold" else self.clock.times[-1]))

    def pair(self, index: int) -> PairSlots:
        """The output frames between source frames `index` and `index + 1`."""
        begin, end = self.clock.change(index), self.clock.times[index + 1]
        first = ceil(self._output_position(self.clock.times[index]))
        numbers = range(first, ceil(self._output_position(end)))
        times = [(self.time(number) - begin) / (end - begin) for number in numbers]
        starts_on_source = bool(times) and self.time(first) == self.clock.times[index]
        moving = tuple(time for time in times[starts_on_source:] if time > 0)
        return PairSlots(first, starts_on_source, moving, len(times) - starts_on_source - len(moving))

    @property
    def tail(self) -> PairSlots:
        """The output frames at and after the last source frame; those with a time above 0 repeat it."""
        begin = self.clock.times[-1]
        first = ceil(self._output_position(begin))
        span = self.clock.end - begin
        return pair_slots(first, [(self.time(k) - begin) / span for k in range(first, self.count)])

    @property
    def synthesised(self) -> int:
        """Number of output frames strictly between two source frames."""
        return self.interpolated_before(self.pairs)

    @property
    def most_times(self) -> int:
        """Upper bound of the number of output frames strictly inside a pair; at least 1."""
        return max(1, *self._interpolated)

    def interpolated_before(self, pairs: int) -> int:
        """Number of output frames strictly inside the first `pairs` pairs."""
        if self.clock.rate is not None:
            return count_interpolated(self.rate / self.clock.rate, pairs)
        return sum(self._interpolated[:pairs])

    @cached_property
    def _interpolated(self) -> tuple[int, ...]:
        """Number of output frames strictly inside each pair; at a constant source rate, of its first period."""
        repeating = self.pairs if self.clock.rate is None else (self.rate / self.clock.rate).denominator
        return tuple(
            self._count_inside(self.clock.change(index), self.clock.times[index + 1])
            for index in range(min(self.pairs, repeating))
        )

    def time(self, number: int) -> Fraction:
        """Time of output frame `number` in seconds, on the source's clock."""
        return self.clock.times[0] + number / self.rate

    def _output_position(self, time: Fraction) -> Fraction:
        return (time - self.clock.times[0]) * self.rate

    def _count_inside(self, begin: Fraction, end: Fraction) -> int:
        """Number of output frames strictly between two times, which may be too many to list."""
        return ceil(self._output_position(end)) - floor(self._output_position(begin)) - 1


@dataclass(frozen=True)
class OpenClock:
    """Presentation times of the frames of a pipe: a constant rate, from 0.

    Attributes:
        rate: Frames per second.
    """

    rate: Fraction

    @property
    def start(self) -> Fraction:
        """Time of the first frame in seconds."""
        return Fraction(0)

    def at(self, position: Fraction) -> Fraction:
        """The time of a position counted in source frames."""
        return position / self.rate

    def change(self, index: int) -> Fraction:
        """When the change from a frame to the next one begins: with the frame."""
        return index / self.rate


AnyTimeline = Timeline | ResampledTimeline


@dataclass(frozen=True)
class Schedule:
    """Presentation times of the output frames.

    Attributes:
        timeline: Times of the output frames relative to the source frames.
        clock: Clock of the source, with as many frames as the timeline.
        stretch: Duration of the output over that of the source.
        origin: Time of the source that becomes 0.
    """

    timeline: AnyTimeline
    clock: SourceClock
    stretch: Fraction = Fraction(1)
    origin: Fraction = Fraction(0)

    def time(self, number: int) -> Fraction:
        """Time of output frame `number` in seconds."""
        start = self.clock.times[0]
        if isinstance(self.timeline, Timeline):
            source_time = self.clock.at(number / self.timeline.factor)
        else:
            source_time = self.timeline.time(number)
        return start - self.origin + (source_time - start) * self.stretch

    @property
    def end(self) -> Fraction:
        """End of the last output frame in seconds: that of the source."""
        stop = self.clock.times[-1] if self.timeline.end == "loop" else self.clock.end
        return self.time(0) + (stop - self.clock.times[0]) * self.stretch

    @property
    def rate(self) -> Fraction | None:
        """Output frames per second where the rate is constant, else None."""
        if isinstance(self.timeline, ResampledTimeline):
            return self.timeline.rate / self.stretch
        return None if self.clock.rate is None else self.clock.rate * self.timeline.factor / self.stretch

    @property
    def period(self) -> int | None:
        """How many output frames each source interval has, where that is the same whole number for all; else None."""
        timeline = self.timeline
        if isinstance(timeline, Timeline):
            return _whole(timeline.factor)
        return None if timeline.clock.rate is None else _whole(timeline.rate / timeline.clock.rate)

    @property
    def mean_rate(self) -> Fraction:
        """Output frames per second on average."""
        return self.rate or self.timeline.count / (self.end - self.time(0))

    @property
    def unit(self) -> Fraction:
        """A unit of which every time since the first output frame is a whole multiple."""
        if self.rate is not None:
            return 1 / self.rate
        assert isinstance(self.timeline, Timeline)
        return self.clock.common_unit() / self.timeline.factor.numerator * self.stretch


@dataclass(frozen=True)
class OpenSchedule:
    """Presentation times of the output frames of an input of unknown length; it has the interface of `Schedule`.

    Attributes:
        timeline: Times of the output frames relative to the source frames.
        clock: Clock of the source.
        stretch: Duration of the output over that of the source.
    """

    timeline: OpenTimeline
    clock: OpenClock
    stretch: Fraction = Fraction(1)

    @property
    def origin(self) -> Fraction:
        """Time of the source that becomes 0."""
        return Fraction(0)

    def time(self, number: int) -> Fraction:
        """Time of output frame `number` in seconds."""
        return number / self.rate

    @property
    def end(self) -> None:
        """End of the last output frame: unknown."""

    @property
    def rate(self) -> Fraction:
        """Output frames per second."""
        return self.clock.rate * self.timeline.factor / self.stretch

    @property
    def period(self) -> int | None:
        """See `Schedule.period`."""
        return _whole(self.timeline.factor)

    @property
    def mean_rate(self) -> Fraction:
        """Output frames per second."""
        return self.rate

    @property
    def unit(self) -> Fraction:
        """A unit of which every output time is a whole multiple."""
        return 1 / self.rate


def _whole(factor: Fraction) -> int | None:
    return factor.numerator if factor.denominator == 1 else None


AnySchedule = Schedule | OpenSchedule
