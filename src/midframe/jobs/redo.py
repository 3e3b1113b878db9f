"""Making frames of a finished output again: those of pairs for which something else was chosen since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from midframe.atomic import unlink_quietly
from midframe.engines.protocols import JobModel
from midframe.errors import CancelledError, OptionError, ResumeError
from midframe.executors.base import ClassifiedPair, Executor, PairTask
from midframe.jobs.dataflow import JobOutcome
from midframe.jobs.decisions import UNKNOWN, changed_pairs
from midframe.jobs.disk_guard import DiskGuard
from midframe.jobs.journal import JournalRecord, differences, read_journal, write_finished
from midframe.jobs.preview import look_back
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.resume import identity_of
from midframe.media.output_paths import left_over
from midframe.media.protocols import FrameSource, Redo
from midframe.runtime.classification import PairClassifier
from midframe.runtime.decided_pairs import decided_pairs
from midframe.runtime.events import Advanced, Notice, Origin, PairClassified, Reporter, Started
from midframe.runtime.output_frames import OutputFrame, output_frames, tail_frames
from midframe.runtime.tasks import copied_only, pair_tasks
from midframe.signals import CancelRequested, CancelToken
from midframe.timing.output_slots import slots_between, tail_slots

CHOICES = "choices"
"""Name of the choices among the settings of a job."""


@dataclass(frozen=True)
class RedoWork:
    """What is to be made again.

    Attributes:
        settings: Everything that decides what the output is from now on.
        before: The choices of the finished job, as its journal has them.
        record: What the journal says of the finished job; None if there is none.
        numbers: The output frames of the pairs for which something else was chosen.
    """

    settings: dict[str, Any]
    before: tuple[Mapping[str, Any], ...]
    record: JournalRecord | None
    numbers: frozenset[int] = field(default_factory=frozenset)


def find_work(job: ResolvedJob, network: JobModel | None, classifier: PairClassifier) -> RedoWork:
    """Compare the choices of a finished job with those of now.

    Args:
        job: The job, with the choices of now. Its output is there.
        network: Its network, if it needs one.
        classifier: Classifies its pairs.

    Raises:
        OptionError: The job cannot be redone.
        ResumeError: The output is not finished, or was made from another input or with other settings.
    """
    settings = identity_of(job, network)
    source = job.source.seekable
    if settings is None or job.journal is None or source is None:
        raise OptionError(
            f"`redo` is for videos and folders of images; {job.path} can only be made as a whole: use `choices` and "
            "`overwrite`.",
            option="redo",
            path=job.path,
        )
    record = read_journal(job.journal)
    before: list[Any] = []
    if record is not None:
        if not record.complete:
            raise ResumeError(f"{job.path} is not finished: `resume` continues it.", option="redo", path=job.path)
        changed = differences(_without_choices(record.settings), _without_choices(settings))
        if changed:
            raise ResumeError(
                f"{job.path} was made from another input or with other settings ({'; '.join(changed)}). Use those, or "
                "make it again with `choices` and `overwrite`.",
                option="redo",
                path=job.path,
            )
        before = record.settings.get(CHOICES, [])
    lefts = changed_pairs(before, job.decisions, job.whole_source, job.used_frames)
    pairs = {(left, left + 1) for left in lefts}
    if job.rules.dedup:
        found = classified_pairs(source, classifier, lefts, look_back(job.rules))
        pairs = {(pair.left.frame.index, pair.right.frame.index) for pair in found}
    slots = (slot for pair in pairs for slot in slots_between(job.timeline, job.schedule.clock, *pair))
    return RedoWork(settings, tuple(before), record, frozenset(slot.number for slot in slots if slot.time > 0))


def redo(
    job: ResolvedJob,
    classifier: PairClassifier,
    make: Callable[[], Executor] | None,
    work: RedoWork,
    reporter: Reporter,
    cancel: CancelToken | None = None,
) -> JobOutcome:
    """Make frames again, and put them in the place of those that are there.

    Args:
        job: The job.
        classifier: Classifies its pairs.
        make: Makes an executor, if one is needed; None where nothing is interpolated.
        work: What is to be made.
        reporter: Gets all events.
        cancel: Stops the job.

    Raises:
        CancelledError: `cancel` was cancelled, or the user interrupted.
        MidframeError: Of the kind that fits. The output is whole in any case.
    """
    count = job.timeline.count
    assert count is not None
    assert job.journal is not None
    if not work.numbers:
        reporter(Notice(f"Nothing else was chosen since {job.path} was made; there is nothing to do."))
        return JobOutcome(0, resumed=count)
    DiskGuard(job.path, job.keep_free).check()
    if not job.output.is_folder:
        for path in left_over(job.path, hidden=False, kept=[*job.source.files, job.output.partial_path]):
            unlink_quietly(path)
    opened = job.output.open_redo(work.numbers)
    if opened.note is not None:
        reporter(Notice(opened.note))
    reporter(Started({"read": None, "interpolate": None, "write": len(opened.needed)}))
    output = None if job.output.is_folder else job.path
    points = work.record.checkpoints if work.record is not None else ()
    # Whatever stops the job from here on: the next one does not take for done what may not be.
    write_finished(job.journal, _unsettled(work, job), points, count, output)
    outcome = _Replacing(job, opened, reporter)
    try:
        lefts = _lefts(job, opened.needed)
        executor = make() if make is not None and _interpolates(job, lefts) else None
        outcome.executor = executor
        with closing(_outputs(job, classifier, executor, lefts, opened.needed, outcome, cancel)) as outputs:
            outcome.put(outputs)
        opened.sink.finish()
    except (KeyboardInterrupt, CancelRequested) as stop:
        opened.sink.abort()
        raise CancelledError(
            f"Stopped. {job.path} is whole; the same command makes again what remains to be made."
        ) from stop
    except BaseException:
        opened.sink.abort()
        raise
    executor = outcome.executor
    write_finished(job.journal, work.settings, points, count, output)
    for note in (*job.source.notes, *(executor.notes if executor else ()), *opened.sink.notes):
        if note not in job.notes:
            reporter(Notice(note))
    seconds = executor.engine_seconds if executor else 0.0
    done = JobOutcome(outcome.read, count - outcome.done, outcome.origins, outcome.verdicts, seconds)
    return replace(done, device=executor.device_name if executor else "none")


class _Replacing:
    """Puts frames in the place of others, and keeps count."""

    def __init__(self, job: ResolvedJob, opened: Redo, reporter: Reporter) -> None:
        self._job = job
        self._opened = opened
        self._reporter = reporter
        self.executor: Executor | None = None
        self.read = 0
        self.done = 0
        self.origins: Counter[Origin] = Counter()
        self.verdicts: Counter[Any] = Counter()

    def put(self, outputs: Iterable[OutputFrame]) -> None:
        """Take frames, in ascending order."""
        sink = self._opened.sink
        for output in outputs:
            self._reporter(output.placed)
            sink.commit(sink.stage(output.placed.number, output.make()))
            self.origins[output.placed.origin] += 1
            self.done += 1
            self._reporter(Advanced("write", self.done))

    def count_pair(self, pair: ClassifiedPair) -> None:
        """A pair is being made again."""
        self.verdicts[pair.verdict] += 1
        self.read += 2
        self._reporter(PairClassified.of(pair))


def _outputs(
    job: ResolvedJob,
    classifier: PairClassifier,
    executor: Executor | None,
    lefts: frozenset[int],
    numbers: frozenset[int],
    outcome: _Replacing,
    cancel: CancelToken | None,
) -> Generator[OutputFrame, None, None]:
    """The output frames of these numbers, in ascending order."""
    source = job.source.seekable
    assert source is not None
    timeline = job.timeline
    tail = tail_slots(timeline, len(source))

    def tasks() -> Iterator[PairTask]:
        pairs = decided_pairs(classified_pairs(source, classifier, lefts, look_back(job.rules)), job.decisions.by_frame)
        yield from pair_tasks(pairs, timeline, job.schedule.clock)

    results = executor.run(tasks(), cancel=cancel) if executor else copied_only(tasks())
    with closing(results):
        for result in results:
            if cancel is not None:
                cancel.raise_if_cancelled()
            outcome.count_pair(result.task.pair)
            yield from _wanted(output_frames(result, job.rules.cuts, classifier.channels, job.mask), numbers)
    if any(slot.number in numbers for slot in tail):
        yield from _wanted(tail_frames(source.read(len(source) - 1), tail), numbers)


def _lefts(job: ResolvedJob, numbers: frozenset[int]) -> frozenset[int]:
    """Left frames of the pairs that output frames of these numbers lie in."""
    pairs = range(job.timeline.sources - 1 if job.timeline.sources is not None else 0)
    return frozenset(left for left in pairs if not numbers.isdisjoint(_numbers(job, left)))


def _interpolates(job: ResolvedJob, lefts: frozenset[int]) -> bool:
    """Whether frames may have to be interpolated in any of these pairs."""
    decisions = (job.decisions.by_frame.get(left) for left in lefts)
    return any(decision is None or decision.handling == "interpolate" for decision in decisions)


def _wanted(outputs: Iterable[OutputFrame], numbers: frozenset[int]) -> Iterator[OutputFrame]:
    return (output for output in outputs if output.placed.number in numbers)


def _numbers(job: ResolvedJob, left: int) -> range:
    """Numbers of the output frames from a source frame up to the next one."""
    slots = job.timeline.pair(left)
    return range(slots.first, slots.first + slots.count)


def classified_pairs(
    source: FrameSource, classifier: PairClassifier, lefts: frozenset[int], before: int
) -> Iterator[ClassifiedPair]:
    """The pairs that hold any of these source frames but at their right end, as classifying all frames gives them.

    Args:
        source: The frames.
        classifier: Classifies them.
        lefts: Numbers of frames.
        before: How many frames before a pair are read; see `midframe.jobs.preview.look_back`.
    """
    remaining = sorted(lefts)
    while remaining:
        begin = max(0, remaining[0] - before)
        for pair in classifier.classify(source.frames_from(begin)):
            left, right = pair.left.frame.index, pair.right.frame.index
            inside = [each for each in remaining if left <= each < right]
            remaining = [each for each in remaining if each >= right]
            if inside:
                yield pair
            if not remaining or remaining[0] - before > right:
                break
        else:
            return


def _without_choices(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != CHOICES}


def _unsettled(work: RedoWork, job: ResolvedJob) -> dict[str, Any]:
    """Settings with choices that are none of those that can be made: whatever is chosen next is something else."""
    entries = (*work.before, *(choice.to_dict() for choice in job.decisions.places.values()))
    return {**work.settings, CHOICES: [{**entry, "choice": UNKNOWN} for entry in entries]}
