"""One frame of a job, without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from midframe.detection.cuts import CONTEXT
from midframe.detection.rules import MOST_REPEATS, PairRules
from midframe.engines.interpolation import PairInterpolator
from midframe.engines.protocols import JobModel
from midframe.errors import OptionError
from midframe.executors.base import ClassifiedPair, PairResult, PairTask
from midframe.jobs.resolve import ResolvedJob
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameSource
from midframe.quantities import Number, exact, whole_number
from midframe.runtime.classification import PairClassifier
from midframe.runtime.decided_pairs import decided_pairs
from midframe.runtime.events import FramePreview
from midframe.runtime.output_frames import output_frames
from midframe.runtime.previews import display_image
from midframe.runtime.view_fitting import fit_view
from midframe.timing.output_slots import OutputSlot, change_begin, slots_between
from midframe.types import Samples


def look_back(rules: PairRules) -> int:
    """Source frames before a pair from which classification comes to the same result as from the first one."""
    return (CONTEXT + 1) * (MOST_REPEATS + 1 if rules.dedup else 1)


def make_preview(job: ResolvedJob, model: JobModel, pair: int, time: Number) -> FramePreview:
    """Make the frame at a time in a pair as the job would.

    Args:
        job: Of an input that can be read at any place.
        model: Interpolates.
        pair: Number of the source frame that begins the pair.
        time: Inside (0, 1).

    Raises:
        OptionError: No such pair or time, or a pipe.
        MidframeError: What running the job would raise.
    """
    source = job.source.seekable
    if source is None:
        raise OptionError("A pipe can be read only once, so its frames cannot be previewed.", option="source")
    number = whole_number(pair)
    if number is None or not 0 <= number < len(source) - 1:
        raise OptionError(f"`pair` must be from 0 to {len(source) - 2}, not {pair!r}.", option="pair")
    when = _exact(time)
    transform = fit_view(source, job.channels, job.options.alpha)
    classified = _pair_at(job, source, transform, pair)
    left, right = classified.left.frame.index, classified.right.frame.index
    # Where duplicates were taken out, the pair is longer than the interval that was asked for.
    clock = job.schedule.clock
    begin, end = change_begin(clock, left, right), clock.at(Fraction(right))
    inside = max(Fraction(0), (clock.at(pair + when) - begin) / (end - begin))
    slot = OutputSlot(0, inside, on_source=False)
    task = PairTask(classified, (slot,), (inside,) if classified.is_interpolated else ())
    frames: tuple[Samples, ...] = ()
    seen = classified.transform or transform
    if task.times:
        fitted = model.fitted(source.format, job.timeline.most_times, job.mode, job.decisions.pair_options)
        interpolator = PairInterpolator(fitted.make_engine(), seen, job.mode).fitted_to(seen, classified.options)
        ends = [interpolator.encode(end.frame) for end in (classified.left, classified.right)]
        wanted = {slot.time for slot in slots_between(job.timeline, clock, left, right) if slot.time > 0}
        # Steps of other modes than the direct one depend on which other frames the job makes of the pair.
        times = sorted(wanted) if inside in wanted and job.mode != "direct" else [inside]
        frames = (seen.samples_of_working(interpolator.interpolate(ends[0], ends[1], times)[inside]),)
    (output,) = output_frames(PairResult(task, frames, finished=True), job.rules.cuts, seen.use, job.mask)
    image = display_image(output.make(), transform)
    return FramePreview(None, output.placed.origin, left, right, inside, image)


def source_pictures(job: ResolvedJob, numbers: Iterable[int]) -> Iterator[FramePreview]:
    """Source frames of a job as pictures, one after the other.

    Args:
        job: Of an input that can be read at any place.
        numbers: Numbers of the frames, in the part that the job uses.

    Raises:
        OptionError: No such frame, or a pipe.
        UnreadableFileError: A frame cannot be read.
    """
    source = job.source.seekable
    if source is None:
        raise OptionError("A pipe can be read only once, so its frames cannot be shown.", option="source")
    transform = fit_view(source, job.channels, job.options.alpha)
    for number in numbers:
        if not 0 <= number < len(source):
            raise OptionError(f"There is no source frame {number}; they are from 0 to {len(source) - 1}.")
        image = display_image(source.read(number), transform)
        yield FramePreview(None, "copied", number, number, Fraction(0), image)


def _pair_at(job: ResolvedJob, source: FrameSource, transform: ViewTransform, pair: int) -> ClassifiedPair:
    """The pair that the interval from source frame `pair` to the next lies in."""
    frames = (source.read(index) for index in range(max(0, pair - look_back(job.rules)), len(source)))
    for classified in decided_pairs(PairClassifier(transform, job.rules).classify(frames), job.decisions.by_frame):
        if classified.left.frame.index <= pair < classified.right.frame.index:
            return classified
    raise AssertionError("every interval lies in a pair")


def _exact(time: Number) -> Fraction:
    try:
        inside = exact(time)
    except ValueError as error:
        raise OptionError(f"`time` must be a number such as 0.5 or 1/3, not {time!r}.", option="time") from error
    if not 0 < inside < 1:
        raise OptionError(f"`time` must be between 0 and 1, not {time}.", option="time")
    return inside
