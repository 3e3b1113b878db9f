"""What the page shows of a job before it runs: its plan, its frames, previews, and how long it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from midframe.app.items import Item
from midframe.app.job_options import OptionWords, command_text, command_words, free_output, make_engine, make_job
from midframe.app.pictures import Picture, PictureCache, encode_picture
from midframe.app.roots import Roots
from midframe.app.sessions import Sessions
from midframe.app.store import Store
from midframe.engines.options import EngineOptions
from midframe.errors import InputError, UnsupportedFormatError
from midframe.jobs.job import Job
from midframe.jobs.resolve import ResolvedJob
from midframe.runtime.analysis import Analysis
from midframe.runtime.job_plan import JobPlan
from midframe.signals import CancelToken

STRIP = 8
"""Frames that are shown of an input, spread over it."""

STRIP_SIDE = 320
"""Pixels of the longer side of these frames."""

MOST_PIXELS = 150_000_000
"""Of a frame that is shown: 16K."""
MOST_ANALYSED = 32
"""Plans that are kept, by job: reading an input to its end takes long."""

MOST_LISTED = 500
"""Cuts that are listed one by one."""


class Looks:
    """Plans and pictures of items that are not running. All methods may be called from any thread.

    Args:
        store: The queue.
        sessions: Loaded models.
        roots: Where jobs may read and write.
        results: Folder of the results of uploads.
        words: Options as the command line has them.
        spell: Makes messages name options as the page does.
    """

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        roots: Roots,
        results: Path,
        words: Sequence[OptionWords],
        spell: Callable[[str], str],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._roots = roots
        self._results = results
        self._words = words
        self._spell = spell
        self._cache = PictureCache()
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._opened: tuple[Job, ResolvedJob] | None = None
        self._engine = threading.Lock()
        self._analyses: dict[str, CancelToken] = {}
        self._analysed: dict[Any, dict[str, Any]] = {}

    def plan(self, item_id: str) -> dict[str, Any]:
        """What an item comes to, at once: without looking for cuts.

        Raises:
            MidframeError: What running it would raise before its first frame.
        """
        item, job = self._item_and_job(item_id)
        make_engine(item, self._roots)
        plan = job.plan(analyze=False)
        return {
            "plan": self._plan_json(plan),
            "strip": spread(plan.sources or 0, STRIP),
            "command": command_text(command_words(item, self._named_output(item, job), self._words)),
        }

    def analyse(self, item_id: str) -> dict[str, Any]:
        """The plan with cuts, static pairs and repeated frames, which takes reading the whole input.

        A second call for the same item cancels the first one.

        Raises:
            CancelledError: It was cancelled that way.
            MidframeError: See `plan`.
        """
        item, job = self._item_and_job(item_id)
        cancel = CancelToken()
        key = (job, input_states(item))
        with self._lock:
            known = self._analysed.get(key)
            if known is not None:
                return {"plan": known}
            earlier = self._analyses.get(item_id)
            if earlier is not None:
                earlier.cancel()
            self._analyses[item_id] = cancel
        try:
            plan = self._plan_json(job.plan(cancel=cancel))
            with self._lock:
                self._analysed[key] = plan
                while len(self._analysed) > MOST_ANALYSED:
                    del self._analysed[next(iter(self._analysed))]
            return {"plan": plan}
        finally:
            with self._lock:
                if self._analyses.get(item_id) is cancel:
                    del self._analyses[item_id]

    def close(self) -> None:
        """Cancel what is being looked at."""
        with self._lock:
            for cancel in self._analyses.values():
                cancel.cancel()
        self.release()

    def release(self) -> None:
        """Close the input that was looked at last: something is about to be done with it."""
        with self._reading:
            if self._opened is not None:
                self._opened[1].__exit__(None, None, None)
                self._opened = None

    def _open(self, job: Job) -> ResolvedJob:
        """The job, opened; opening takes longer than reading, so it stays open until another one is looked at."""
        if self._opened is None or self._opened[0] != job:
            opened = _showable(job.open_for_preview())
            if self._opened is not None:
                self._opened[1].__exit__(None, None, None)
            self._opened = job, opened
        return self._opened[1]

    def seconds(self, item_id: str, quality: str) -> dict[str, Any]:
        """How long an item would take in a quality, with every pair taken for a moving one.

        Raises:
            MidframeError: See `plan`, and what loading a model raises.
        """
        item, job = self._item_and_job(item_id)
        engine = make_engine(item, self._roots, quality)
        with self._reading:
            self._open(job)
        with self._engine, self._sessions.session(engine) as session:
            plan = session.plan(job, analyze=False)
        return {"seconds": plan.seconds, "device": plan.device}

    def source_frame(self, item_id: str, number: int, *, small: bool) -> Picture:
        """A source frame as a picture.

        Raises:
            MidframeError: See `midframe.Job.source_frames`.
        """
        item, job = self._item_and_job(item_id)
        key = (*_input_key(item), number, small)
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        # Opening takes longer than reading: all frames of the strip are read at once.
        numbers = self._strip_of(job, number) if small else [number]
        with self._reading:
            kept = self._cache.get(key)
            if kept is not None:
                return kept
            made = {}
            for frame in self._open(job).source_frames(numbers):
                made[frame.left] = Picture(encode_picture(frame.image, STRIP_SIDE if small else None), frame.origin)
                self._cache.put((*key[:-2], frame.left, small), made[frame.left])
        return made[number]

    def result_frame(self, item_id: str, number: int) -> Picture:
        """A frame of a finished output, as a small picture.

        Raises:
            MidframeError: There is none, or it cannot be read.
        """
        item = self._store.item(item_id)
        if item.state != "done" or item.output is None:
            raise InputError(f"{item.name} is not finished.")
        key = (item.id, "result", number)
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        numbers = spread(item.done, STRIP)
        made = {}
        with self._reading, _showable(Job(item.output).open_for_preview()) as opened:
            for frame in opened.source_frames(numbers if number in numbers else [number]):
                made[frame.left] = Picture(encode_picture(frame.image, STRIP_SIDE), frame.origin)
                self._cache.put((item.id, "result", frame.left), made[frame.left])
        return made[number]

    def preview(self, item_id: str, pair: int, time: str, quality: str) -> Picture:
        """A frame as the job would make it in a quality.

        Raises:
            MidframeError: See `midframe.Session.preview`.
        """
        item, job = self._item_and_job(item_id)
        engine = make_engine(item, self._roots, quality)
        key = (job, engine, pair, time)
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        with self._engine, self._sessions.session(engine) as session, self._reading:
            frame = session.preview(self._open(job), pair, time)
        picture = Picture(encode_picture(frame.image), frame.origin)
        self._cache.put(key, picture)
        return picture

    def reviewable(self, item_id: str) -> tuple[Job, EngineOptions]:
        """The job and the engine of an item whose frames can be looked at.

        Raises:
            MidframeError: See `plan`, or the frames are too large.
        """
        item, job = self._item_and_job(item_id)
        with self.opened(job):
            pass
        return job, make_engine(item, self._roots)

    def undecided_job(self, item_id: str) -> Job:
        """The job of an item, without what was decided about single pairs: those may be of an input that has changed.

        Raises:
            MidframeError: See `plan`.
        """
        item = self._store.item(item_id)
        options = {name: value for name, value in item.options.items() if name != "choices"}
        return self._job_of(replace(item, choices=None, options=options))

    @contextmanager
    def opened(self, job: Job) -> Iterator[ResolvedJob]:
        """A job with its input open, inside the block.

        Raises:
            MidframeError: It cannot be read, or its frames are too large.
        """
        with self._reading:
            yield self._open(job)

    def _strip_of(self, job: Job, number: int) -> list[int]:
        sources = job.plan(analyze=False).sources or 0
        strip = spread(sources, STRIP)
        return strip if number in strip else [number]

    def _item_and_job(self, item_id: str) -> tuple[Item, Job]:
        """An item, and its job with an output that is free."""
        item = self._store.item(item_id)
        return item, self._job_of(item)

    def _job_of(self, item: Item) -> Job:
        job = make_job(item, self._roots, self._results)
        if item.output is not None:
            return replace(job, overwrite=True)
        return replace(job, output=free_output(Path(job.output or job.default_output), self._store.outputs()))

    def _named_output(self, item: Item, job: Job) -> Path | None:
        """The output as the command names it: not where it is the default one."""
        output = Path(job.output or job.default_output)
        return None if not item.upload and output == job.default_output else output

    def _plan_json(self, plan: JobPlan) -> dict[str, Any]:
        values = asdict(replace(plan, analysis=None, notes=tuple(map(self._spell, plan.notes))))
        values["analysis"] = None if plan.analysis is None else _analysis_json(plan.analysis)
        return values


def spread(count: int, most: int) -> list[int]:
    """Up to that many numbers below `count`, spread evenly, with the first and the last one."""
    if count <= 1 or most <= 1:
        return [0] if count else []
    return sorted({(count - 1) * part // (most - 1) for part in range(most)})


def input_states(item: Item) -> tuple[tuple[int, int] | None, ...]:
    """What shows that the input of an item is unchanged."""
    return tuple(map(_state_of, item.sources))


def _state_of(source: str) -> tuple[int, int] | None:
    """What shows that a file or folder is unchanged; None if it no longer exists."""
    try:
        found = Path(source).stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _showable(opened: ResolvedJob) -> ResolvedJob:
    """An opened job whose frames are not too large to be shown; it is closed otherwise.

    Raises:
        UnsupportedFormatError: They are: a small file may say that it holds frames which fill the memory.
    """
    form = opened.whole_source.format
    if form.width * form.height > MOST_PIXELS:
        opened.__exit__(None, None, None)
        raise UnsupportedFormatError(
            f"The frames have {form.width}\u00d7{form.height} pixels. The app shows none of more than "
            f"{MOST_PIXELS // 1_000_000} million."
        )
    return opened


def _input_key(item: Item) -> tuple[Any, ...]:
    """By which source frames are kept: what is read, and how."""
    names = ("start_time", "end_time", "deinterlace", "field_rate", "on_damage", "alpha", "display_transform", "steer")
    return (item.id, *(item.options.get(name) for name in names))


def _analysis_json(analysis: Analysis) -> dict[str, Any]:
    return {
        "pairs": len(analysis.pairs),
        "cuts": [pair.right for pair in analysis.cuts][:MOST_LISTED],
        "cut_count": len(analysis.cuts),
        "static": [pair.left for pair in analysis.pairs if pair.verdict == "static"][:MOST_LISTED],
        "static_count": analysis.static_pairs,
        "repeats": analysis.repeats,
    }
