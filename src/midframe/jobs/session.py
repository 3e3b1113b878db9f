"""A loaded model and the jobs that share it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from midframe.engines.locked import locked
from midframe.engines.options import EngineOptions, PairOptions
from midframe.engines.protocols import Engine, EngineMaker, JobModel, Notify, ignore_notice
from midframe.errors import BatchError, CancelledError, InputError, MidframeError, OptionError
from midframe.executors.options import ExecutionOptions
from midframe.executors.selection import ExecutorProvider
from midframe.executors.startup import check_for_execution, load_for_execution
from midframe.jobs.job import Job
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.media.pipes.streams import PIPE
from midframe.quantities import Number

if TYPE_CHECKING:
    from midframe.media.pipes.streams import Pipes
    from midframe.models.download import Progress
    from midframe.runtime.events import Event, FramePreview, JobSummary, Listener
    from midframe.runtime.job_plan import JobPlan
    from midframe.signals import CancelToken
    from midframe.timing.steps import Mode
    from midframe.types import FrameFormat

AnyJob = Job | ResolvedJob
"""A job, or one whose input is open already; see `midframe.Job.open`."""

Result = TypeVar("Result")

OnEvent = Callable[["Event"], None]
"""Called with every event of a job, from several threads, one call at a time. If it also has a method `close`, as
`midframe.runtime.events.Listener`, that is called when no more events will come."""


class Session:
    """Owns a model: loads it for the first job that needs it, and keeps it for those that follow.

    A context manager; leaving it frees the model. One job runs at a time; `preview` may be called from another thread
    meanwhile, and `midframe.CancelToken.cancel` from any.

    Args:
        engine: Model, device and the rest; None for the defaults.
        execution: Which executor interpolates; None for this process, or one process for each of several devices.
        downloads: Receives the progress of fetching weights; see `midframe.models.download.Progress`.
    """

    def __init__(
        self,
        engine: EngineOptions | None = None,
        *,
        execution: ExecutionOptions | None = None,
        downloads: Progress | None = None,
    ) -> None:
        self.engine = _checked(engine)
        self._execution = execution or ExecutionOptions()
        self._downloads = downloads
        self._model: JobModel | None = None
        self._shared = _SharedEngine()
        self._closed = False
        self._loading = threading.Lock()
        self._running = threading.Lock()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "loaded" if self._model else "not loaded yet"
        return f"<Session: {self.engine.model} on {self.engine.device}, {state}>"

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Refuse: a session cannot be sent to another process.

        Raises:
            OptionError: Always.
        """
        raise OptionError(
            "A session cannot be sent to another process; send its options and jobs, and make the session there."
        )

    def close(self) -> None:
        """Free the model. Closing twice is allowed; jobs are refused from then on."""
        self._closed = True
        self._model = None
        self._shared.release()

    def plan(
        self,
        job: AnyJob,
        *,
        analyze: bool = True,
        on_event: OnEvent | None = None,
        cancel: CancelToken | None = None,
        pipes: Pipes | None = None,
    ) -> JobPlan:
        """Work out what a job comes to, and how long it takes, from interpolating its first pair. Writes nothing.

        Args:
            job: The job.
            analyze: Whether the input is read to its end, to find cuts, static pairs and duplicates.
            on_event: Receives the events of reading.
            cancel: Stops reading.
            pipes: What "-" stands for; None for standard input and output.

        Raises:
            MidframeError: What running the job would raise before its first frame.
            CancelledError: `cancel` was cancelled.
        """
        _refuse_cancelled(cancel)
        self._check_choice()
        with _opened(job, pipes) as resolved:
            model = self.model() if resolved.needs_network else None
            _refuse_cancelled(cancel)
            return plan_resolved(resolved, model, analyze, listeners_of(on_event), cancel)

    def run(
        self,
        job: AnyJob,
        *,
        on_event: OnEvent | None = None,
        cancel: CancelToken | None = None,
        preview_interval: float | None = None,
        spell: Callable[[str], str] = str,
        pipes: Pipes | None = None,
    ) -> JobSummary:
        """Carry out a job.

        Args:
            job: The job.
            on_event: Receives every event; see `midframe.Event`. The first one is `midframe.Planned`.
            cancel: Stops the job, from any thread, as Ctrl+C does: whole frames stay, and the job can be resumed.
            preview_interval: Seconds between two events with a preview frame, at least; None for none.
            spell: Applied to the notices in the run report, to spell options another way.
            pipes: What "-" stands for; None for standard input and output.

        Returns:
            What was done.

        Raises:
            CancelledError: `cancel` was cancelled, or the user pressed Ctrl+C.
            MidframeError: Of the kind that fits. Frames finished before are on disk. Also if another job is running.
        """
        if preview_interval is not None and not preview_interval >= 0:
            raise OptionError("`preview_interval` must be 0 or more.", option="preview_interval")
        if not self._running.acquire(blocking=False):
            raise MidframeError("This session is running a job. Wait until it ends, or use another session.")
        try:
            _refuse_cancelled(cancel)
            self._check_choice()
            with _opened(job, pipes) as resolved:
                return self._run(resolved, listeners_of(on_event), cancel, preview_interval, spell)
        finally:
            self._shared.end_job()
            self._running.release()

    def _run(
        self,
        job: ResolvedJob,
        listeners: list[Listener],
        cancel: CancelToken | None,
        preview_interval: float | None,
        spell: Callable[[str], str],
    ) -> JobSummary:
        from midframe.jobs.claim import claimed
        from midframe.jobs.plan import preflight
        from midframe.jobs.run import run_job
        from midframe.jobs.run_report import RunReport
        from midframe.runtime.events import Planned, Reporter
        from midframe.visualization.flow_folder import FlowFolder, flow_conflicts, plan_flow_folder

        options = job.options

        def flow_folder() -> FlowFolder | None:
            if options.flow is None:
                return None
            return plan_flow_folder(
                options.flow,
                mode=job.mode,
                taken=[*flow_conflicts(job.source), job.path],
                name_of=job.output.frame_stem,
                overwrite=options.overwrite or (options.resume and job.journal is not None and job.journal.exists()),
            )

        flow_folder()
        reporter = Reporter(listeners)
        with ExitStack() as stack:
            stack.callback(reporter.close)
            stack.enter_context(claimed(job))
            # Another job may have ended since.
            flow = flow_folder()
            plan = preflight(job, None)
            reporter(Planned(replace(plan, notes=tuple(note for note in plan.notes if note not in job.notes))))
            model = self._load(frames=job.timeline.synthesised) if job.needs_network else None
            _refuse_cancelled(cancel)
            if options.report is not None:
                reporter.add(RunReport(options.report, job, model, spell=spell))
            return run_job(
                job,
                self._shared.wrap(model) if model else None,
                reporter,
                executor_kind=self._execution.kind,
                motions=flow,
                cancel=cancel,
                preview_interval=preview_interval,
            )

    def preview(self, job: AnyJob, pair: int = 0, time: Number = "1/2") -> FramePreview:
        """Make one frame of a job, exactly as the job would.

        Args:
            job: The job. Its output may exist already. Not of a pipe, which can be read only once. One that is open
                stays open, so that several previews of it come faster.
            pair: Number of the source frame that begins the pair, from 0, counted in the part that the job uses.
            time: Where in the pair, inside (0, 1).

        Returns:
            The frame in 8-bit R, G, B, and whether it was interpolated, held or blended.

        Raises:
            OptionError: No such pair or time, or a pipe.
            MidframeError: What running the job would raise.
        """
        from midframe.jobs.preview import make_preview

        if job.input == PIPE:
            raise OptionError("A pipe can be read only once, so its frames cannot be previewed.", option="source")
        self._check_choice()
        if isinstance(job, ResolvedJob):
            return make_preview(job, self.model(), pair, time)
        with job.open_for_preview() as resolved:
            return make_preview(resolved, self.model(), pair, time)

    def model(self) -> JobModel:
        """The model, for what is not a job but needs the network, such as `midframe.review`; loaded if it is not.

        Raises:
            WeightsError: The model cannot be loaded.
            MidframeError: The session is closed.
        """
        return self._shared.wrap(self._load(frames=0))

    def _check_choice(self) -> None:
        """Refuse a model or a device that does not exist before anything is opened."""
        if self._model is None:
            check_for_execution(self.engine, self._execution)

    def _load(self, frames: int | None) -> JobModel:
        """The model, loaded if it is not; `frames` are about to be interpolated, None if their number is unknown."""
        with self._loading:
            if self._closed:
                raise MidframeError("This session is closed. Open another one.")
            if self._model is None:
                self._model = load_for_execution(self.engine, self._execution, self._downloads, frames=frames)
            return self._model


def run(
    source: str | Path,
    output: str | Path | None = None,
    *,
    engine: EngineOptions | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    **options: Any,
) -> JobSummary:
    """Carry out a single job: ``midframe.run("clip.mp4", factor=2, quality="fast")``.

    Args:
        source: See `midframe.Job`, also for `output`.
        output: None for an output next to the input.
        engine: Model, device and the rest; None for the defaults.
        on_event: Receives every event.
        cancel: Stops the job, from any thread.
        **options: The other options of `midframe.Job`, and those of `midframe.EngineOptions` that are to be other than
            in `engine`, such as ``model``, ``device`` and ``quality``.

    Raises:
        MidframeError: See `midframe.Job` and `midframe.Session.run`.
    """
    of_engine = {field.name for field in fields(EngineOptions)} & options.keys()
    chosen = replace(_checked(engine), **{name: options.pop(name) for name in of_engine})
    job = Job(source, output, **options)
    with Session(chosen) as session:
        return session.run(job, on_event=on_event, cancel=cancel)


def _checked(engine: EngineOptions | None) -> EngineOptions:
    """The options of the engine; the defaults for None.

    Raises:
        OptionError: Something else, such as the name of an engine.
    """
    if engine is not None and not isinstance(engine, EngineOptions):
        raise OptionError(f"`engine` takes `EngineOptions`, not {engine!r}.", option="engine")
    return engine or EngineOptions()


def run_each(
    jobs: Sequence[AnyJob],
    action: Callable[[AnyJob], Result],
    *,
    on_start: Callable[[AnyJob], None],
    on_error: Callable[[MidframeError], None],
) -> list[Result]:
    """Do something with several jobs in order; one that fails does not stop the rest.

    Args:
        jobs: The jobs.
        action: Called with each; usually plans or runs it.
        on_start: Called with each job before that.
        on_error: Called with the error of each job that fails.

    Raises:
        BatchError: Some of the jobs have failed; each error went to `on_error`.
        CancelledError: A job was cancelled; those after it are not started.
    """
    results, errors = [], []
    for job in jobs:
        on_start(job)
        try:
            results.append(action(job))
        except CancelledError:
            raise
        except MidframeError as error:
            on_error(error)
            errors.append(error)
    if errors:
        failure = BatchError(f"{len(errors)} of {len(jobs)} inputs could not be interpolated; see above.")
        if all(isinstance(error, InputError) for error in errors):
            failure.exit_code = InputError.exit_code
        raise failure
    return results


def plan_job(
    job: Job,
    *,
    analyze: bool = True,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
) -> JobPlan:
    """What a job comes to, without a model; see `midframe.Job.plan`."""
    with _opened(job, None) as resolved:
        return plan_resolved(resolved, None, analyze, listeners_of(on_event), cancel)


def plan_resolved(
    job: ResolvedJob,
    model: JobModel | None,
    analyze: bool,
    listeners: Sequence[Listener],
    cancel: CancelToken | None,
) -> JobPlan:
    """What a resolved job comes to.

    Args:
        job: Stays open.
        model: Interpolates the first pair, to see how long that takes; None for no estimate.
        analyze: Whether the input is read to its end.
        listeners: Receive the events of reading.
        cancel: Stops reading.

    Raises:
        CancelledError: `cancel` was cancelled.
        MidframeError: What the job itself would raise before its first frame.
    """
    from midframe.jobs.plan import preflight
    from midframe.runtime.events import Reporter
    from midframe.signals import CancelRequested

    reporter = Reporter(listeners)
    try:
        return preflight(job, model, reporter if analyze else None, cancel)
    except CancelRequested as cancelled:
        raise CancelledError("Stopped. Nothing was written.") from cancelled
    finally:
        reporter.close()


def _refuse_cancelled(cancel: CancelToken | None) -> None:
    """Raise CancelledError if a job is cancelled before it begins."""
    if cancel is not None and cancel.cancelled:
        raise CancelledError("Stopped. Nothing was written.")


def _opened(job: AnyJob, pipes: Pipes | None) -> ResolvedJob:
    """A job with its source open; leaving it as a context manager closes that."""
    return job if isinstance(job, ResolvedJob) else resolve_job(job.options, pipes)


class _CallbackListener:
    """A function as a listener."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event

    def __call__(self, event: Event) -> None:
        self._on_event(event)

    def close(self) -> None:
        """Do nothing: a function holds nothing open."""


def listeners_of(on_event: OnEvent | None) -> list[Listener]:
    """What `on_event` is for a `midframe.runtime.events.Reporter`."""
    from midframe.runtime.events import Listener

    if on_event is None:
        return []
    return [on_event if isinstance(on_event, Listener) else _CallbackListener(on_event)]


class _SharedEngine:
    """The engine of a session: made once for all jobs that want the same one, and shared with previews."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._maker: EngineMaker | None = None
        self._engine: Engine[Any] | None = None
        self._notify: Notify = ignore_notice
        self._fell_back = False

    def engine_of(self, model: JobModel, notify: Notify) -> Engine[Any]:
        """The engine of a model on a single device; made unless it is the one that is kept."""
        makers = model.makers
        if len(makers) != 1:
            return model.make_engine(notify)
        with self._lock:
            # A preview hears no notices; those of the job that runs meanwhile still go to it.
            if notify is not ignore_notice:
                self._notify = notify
            if self._engine is None or self._maker != makers[0]:
                self.release()
                self._engine = locked(model.make_engine(self._report))
                self._maker = makers[0]
            return self._engine

    def end_job(self) -> None:
        """Free an engine that fell back because memory ran out: the next job begins as it is planned."""
        with self._lock:
            if self._fell_back:
                self.release()
            self._notify = ignore_notice

    def _report(self, sentence: str) -> None:
        self._fell_back = True
        self._notify(sentence)

    def release(self) -> None:
        """Free the engine."""
        with self._lock:
            if self._engine is not None:
                self._engine.release()
            self._engine = self._maker = None
            self._fell_back = False

    def wrap(self, model: JobModel) -> JobModel:
        """The same model, whose engine is this one. Models with an executor of their own are unchanged."""
        return model if isinstance(model, ExecutorProvider) else _SharedModel(model, self)


class _SharedModel:
    """A model that takes its engine from a `_SharedEngine`; see `midframe.engines.protocols.JobModel`."""

    def __init__(self, model: JobModel, shared: _SharedEngine) -> None:
        self._model = model
        self._shared = shared
        self.name = model.name
        self.sha256 = model.sha256
        self.notes = model.notes
        self.settings = model.settings
        self.makers = model.makers
        self.spare = model.spare

    def fitted(
        self, frame_format: FrameFormat, times: int, mode: Mode, pair_options: Sequence[PairOptions] = ()
    ) -> _SharedModel:
        return _SharedModel(self._model.fitted(frame_format, times, mode, pair_options), self._shared)

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        return self._shared.engine_of(self._model, notify)
