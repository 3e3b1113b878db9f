"""The part of ``midframe evaluate`` that is about footage: one input or several, their tables and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from midframe import __version__
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress, make_reporter, print_notice
from midframe.cli.spelling import spell
from midframe.detection.rules import PairRules
from midframe.errors import CancelledError, MidframeError
from midframe.evaluation.clip_table import clip_table_lines
from midframe.evaluation.methods.variants import ModelVariant
from midframe.evaluation.metrics.registry import make_measures
from midframe.evaluation.outputs import (
    check_clip_reports,
    check_report_path,
    clip_pages,
    write_everything,
    write_overview,
)
from midframe.evaluation.planning import FrameLimits, plan_evaluation
from midframe.evaluation.recommendations import recommendations_of
from midframe.evaluation.report import write_report_page
from midframe.evaluation.report.headline import headline
from midframe.evaluation.result_table import table_lines
from midframe.evaluation.results import Evaluation
from midframe.runtime.events import Notice


@dataclass(frozen=True)
class EvaluationRequest:
    """What is asked about every input.

    Attributes:
        rows: See `midframe.evaluation.methods.variants.MethodSelection.rows`.
        metrics: Names of metrics.
        lpips_weights: Files of weights for LPIPS.
        gap: Every `gap`-th frame is kept.
        limits: Which frames are used.
        rules: How intervals are classified.
        threads: Threads for measuring; None for one per core.
        progress: The value of --progress.
    """

    rows: tuple[ModelVariant | str, ...]
    metrics: tuple[str, ...]
    lpips_weights: tuple[Path, ...]
    gap: int
    limits: FrameLimits
    rules: PairRules
    threads: int | None
    progress: str


def evaluate_one(given: str, request: EvaluationRequest, page: Path | None, overwrite: bool) -> None:
    """Evaluate an input, print its table and write its report."""
    if page is not None:
        check_report_path(page, overwrite)
    evaluation = _evaluated(given, request)
    print_lines(*table_lines(evaluation))
    if page is not None:
        print_lines("", *map(str, write_everything(evaluation, page)))


def evaluate_several(inputs: Sequence[str], request: EvaluationRequest, page: Path | None, overwrite: bool) -> None:
    """Evaluate inputs one after the other, print a table of all, and write a page of each and one about all.

    Raises:
        MidframeError: An input cannot be evaluated. What was found about those before it is printed and written.
    """
    pages = () if page is None else clip_pages(page, inputs)
    if page is not None:
        check_clip_reports(page, pages, overwrite)
    for given in inputs:
        plan_evaluation(given, request.gap, request.limits, request.rules).source.close()
    finished: list[Evaluation] = []
    try:
        for number, given in enumerate(inputs):
            evaluation = _evaluated(given, request)
            print_notice(headline(evaluation))
            if pages:
                write_report_page(evaluation, pages[number])
            # The pictures are on the page; those of many inputs would fill the memory.
            finished.append(replace(evaluation, worst_frames=()))
    except MidframeError as error:
        if not finished:
            raise
        _conclude(finished, page, pages)
        if isinstance(error, CancelledError):
            message = f"Stopped. {len(finished)} of {len(inputs)} inputs were evaluated."
            raise CancelledError(message) from error
        raise
    _conclude(finished, page, pages)


def _conclude(finished: Sequence[Evaluation], page: Path | None, pages: Sequence[Path]) -> None:
    print_lines(*clip_table_lines(finished))
    if page is not None:
        print_lines("", *map(str, write_overview(finished, pages[: len(finished)], page)))


def _evaluated(given: str, request: EvaluationRequest) -> Evaluation:
    plan = plan_evaluation(given, request.gap, request.limits, request.rules)
    plan = replace(plan, facts={**plan.facts, "Version": f"midframe {__version__}"})
    reporter = make_reporter(request.progress)
    try:
        # These load large libraries: wrong arguments should not have to wait for it.
        from midframe.evaluation.evaluate import evaluate
        from midframe.evaluation.methods.factory import make_methods
        from midframe.evaluation.sequence_intervals import SequenceIntervals

        shape = plan.source.format
        measures = make_measures(request.metrics, shape.height, shape.width, request.lpips_weights)
        methods = make_methods(
            request.rows, shape, request.gap - 1, DownloadProgress(), lambda sentence: reporter(Notice(sentence))
        )
        evaluation = evaluate(SequenceIntervals(plan), methods, measures, reporter, threads=request.threads)
    except KeyboardInterrupt as interrupt:
        raise CancelledError("Stopped. Nothing was written.") from interrupt
    finally:
        reporter.close()
        plan.source.close()
    return replace(evaluation, recommendations=tuple(map(spell, recommendations_of(evaluation))))
