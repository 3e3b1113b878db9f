"""One job after the other. One that fails does not stop the rest; the exit code tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from midframe.cli.pipe_options import output_kept_for_frames
from midframe.cli.progress import DownloadProgress, make_listener, print_notice
from midframe.cli.spelling import spell
from midframe.engines.options import EngineOptions
from midframe.errors import BatchError, CancelledError, InputError, MidframeError, OptionError
from midframe.executors.loading import load
from midframe.executors.options import ExecutionOptions
from midframe.jobs.job import Job, JobOptions, default_output, resolve_job
from midframe.jobs.run_report import RunReport, report_path
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.pipes.streams import PIPE, Pipes
from midframe.runtime.events import Reporter
from midframe.visualization.flow_folder import FlowFolder, FlowOutputOptions, plan_flow_folder

if TYPE_CHECKING:
    from midframe.engines.protocols import JobModel


@dataclass(frozen=True)
class Manner:
    """How jobs are run and told about.

    Attributes:
        network: How the network is run.
        execution: Who draws.
        progress: See `midframe.cli.progress.make_listener`.
        report: File or folder for run reports; None for none.
        dry_run: Whether to say only what would be done.
        motion: Where the motion behind drawn frames goes; None for nowhere.
    """

    network: EngineOptions
    execution: ExecutionOptions
    progress: str
    report: Path | None
    dry_run: bool
    motion: FlowOutputOptions | None = None


def each_input(wanted: JobOptions, sources: Sequence[str], output: Path | None) -> list[JobOptions]:
    """The same job for each of several inputs.

    Args:
        wanted: What is to be done.
        sources: The inputs.
        output: For one input the output itself, for several the folder of all outputs; None for beside each input.

    Raises:
        OptionError: Outputs that would get in each other's way, or images one by one.
    """
    if PIPE in sources and len(sources) > 1:
        raise OptionError("A pipe cannot be one of several inputs. Give - alone.")
    if str(output) == PIPE and len(sources) > 1:
        raise OptionError("Several inputs cannot go through one pipe. Run them one by one.")
    if len(sources) == 1:
        return [replace(wanted, source=sources[0], output=output)]
    pictures = [source for source in sources if codec_for_suffix(Path(source).suffix) and Path(source).is_file()]
    if len(pictures) == len(sources) and not any(
        source.lower().endswith((".tif", ".tiff", ".gif")) for source in sources
    ):
        folder = Path(pictures[0]).parent
        raise OptionError(
            f"These are {len(pictures)} single images. Give their folder, {folder}, or a pattern in quotes, such as "
            f"'{folder / ('*' + Path(pictures[0]).suffix)}'."
        )
    if output is not None and (output.suffix and not output.is_dir()):
        raise OptionError(f"With several inputs, the output must be a folder for all of them, not {output}.")
    if wanted.name is not None:
        raise OptionError("--name is for a single input.")
    places = [default_output(source, wanted.factor, wanted.time) for source in sources]
    if output is not None:
        places = [output / place.name for place in places]
    twice = [place for place, count in Counter(places).items() if count > 1]
    if twice:
        raise OptionError(
            f"Two inputs would both be written to {twice[0]}. Run them one by one, each with an --output."
        )
    return [replace(wanted, source=source, output=place) for source, place in zip(sources, places, strict=True)]


def run_all(
    jobs: Sequence[JobOptions], manner: Manner, adapt: Callable[[Sequence[Job]], EngineOptions] | None = None
) -> None:
    """Run the jobs in order.

    Args:
        jobs: What is to be done.
        manner: How it is done.
        adapt: Called with all jobs before the first one is run; returns the options of the network to use instead of
            those of `manner`.

    Raises:
        MidframeError: A single job failed.
        BatchError: Some of several jobs failed; each was told of when it did.
        CancelledError: The user pressed Ctrl+C; jobs that come after are not begun.
    """
    make_listener(manner.progress)
    to_pipe = len(jobs) == 1 and str(jobs[0].output) == PIPE
    with ExitStack() as stack:
        pipes = stack.enter_context(output_kept_for_frames()) if to_pipe else None
        opened: list[Job | None] = [None for _ in jobs]
        if adapt is not None:
            adapted = []
            for options in jobs:
                adapted.append(resolve_job(options, pipes))
                stack.callback(adapted[-1].source.close)
            manner = replace(manner, network=adapt(adapted))
            opened = [*adapted]
        _run_opened(jobs, opened, manner, pipes)


def _run_opened(jobs: Sequence[JobOptions], opened: Sequence[Job | None], manner: Manner, pipes: Pipes | None) -> None:
    """Run the jobs in order; those that are not open yet are opened in their turn."""
    runner = _Runner(manner, several=len(jobs) > 1)
    if len(jobs) == 1:
        runner.run(jobs[0], pipes, opened[0])
        return
    failures = [
        failure for options, job in zip(jobs, opened, strict=True) if (failure := runner.try_to_run(options, job))
    ]
    if failures:
        error = BatchError(f"{len(failures)} of {len(jobs)} inputs could not be interpolated; see above.")
        if all(isinstance(failure, InputError) for failure in failures):
            error.exit_code = InputError.exit_code
        raise error


class _Runner:
    """Runs jobs with one network, which is loaded when the first job has been checked."""

    def __init__(self, manner: Manner, *, several: bool) -> None:
        self._manner = manner
        self._several = several
        self._network: JobModel | None = None

    def run(self, wanted: JobOptions, pipes: Pipes | None = None, opened: Job | None = None) -> None:
        """Run a job.

        Args:
            wanted: What is to be done.
            pipes: What "-" stands for, if not the standard ones.
            opened: The job with its source open; None to open it.
        """
        job = opened or resolve_job(wanted, pipes)
        try:
            self._carry_out(job, self._motions(job, replaces=wanted.overwrite or wanted.resume))
        finally:
            job.source.close()

    def try_to_run(self, wanted: JobOptions, opened: Job | None) -> MidframeError | None:
        """Run a job; an error is printed and returned."""
        typer.echo(f"midframe: {wanted.source}", err=True)
        try:
            self.run(wanted, opened=opened)
        except CancelledError:
            raise
        except MidframeError as error:
            print_notice(f"midframe: {error}")
            return error
        return None

    def _motions(self, job: Job, *, replaces: bool) -> FlowFolder | None:
        options = self._manner.motion
        if options is None:
            return None
        if self._several:
            options = replace(options, folder=options.folder / job.path.stem)
        return plan_flow_folder(options, job, overwrite=replaces)

    def _carry_out(self, job: Job, motions: FlowFolder | None) -> None:
        if self._network is None:
            draws = 0 if self._manner.dry_run or not job.needs_network else job.timeline.synthesised
            self._network = load(self._manner.network, self._manner.execution, DownloadProgress(), frames=draws)
        # These load torch, which takes seconds: wrong arguments should not have to wait for it, nor should workers.
        from midframe.cli.printing import print_plan, print_summary
        from midframe.jobs.plan import preflight
        from midframe.jobs.run import run_job

        network, as_json = self._network, self._manner.progress == "json"
        listener = make_listener(self._manner.progress)
        if self._manner.dry_run:
            reporter = Reporter([listener] if listener and not as_json else [])
            try:
                plan = preflight(job, network, reporter)
            finally:
                reporter.close()
            print_plan(plan, as_json=as_json)
            return
        listeners = [listener] if listener else []
        if self._manner.report is not None:
            listeners.append(RunReport(report_path(self._manner.report, job, self._several), job, network, spell=spell))
        if not as_json:
            plan = preflight(job, None)
            # The running job tells its own notes to the listener, if there is one.
            told = job.notes if listener else ()
            print_plan(replace(plan, notes=tuple(note for note in plan.notes if note not in told)), as_json=False)
        summary = run_job(job, network, Reporter(listeners), executor_kind=self._manner.execution.kind, motions=motions)
        if not as_json:
            print_summary(summary)
