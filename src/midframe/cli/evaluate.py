"""``midframe evaluate``: how well dropped frames of an input are interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from midframe import __version__
from midframe.cli import detection_options, engine_options, evaluate_dataset, timing_options
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress, make_reporter
from midframe.cli.spelling import spell
from midframe.engines.options import PRECISIONS, QUALITIES, EngineOptions
from midframe.errors import CancelledError, OptionError
from midframe.evaluation.methods.variants import MethodSelection
from midframe.evaluation.metrics.registry import METRIC_NAMES, make_measures, require_libraries
from midframe.evaluation.outputs import check_report_path, write_everything
from midframe.evaluation.planning import FrameLimits, check_gap, default_report_path, plan_evaluation
from midframe.evaluation.recommendations import recommendations_of
from midframe.evaluation.result_table import table_lines
from midframe.quantities import parse_seconds
from midframe.runtime.events import Notice
from midframe.timing.steps import Mode

HELP = """Measure the quality on your own footage: drop frames, interpolate them again, compare with the truth.

Keeps every second frame (--gap), interpolates those between with the network and with what it is compared with, and
prints one table: PSNR, SSIM and more, cuts and still pairs apart, the worst frames, and what to make of it. The report,
a page for browsers with plots and pictures, and the same figures as JSON and CSV, are written next to the input.

\b
Examples:
  midframe evaluate clip.mp4                                   against plain blending
  midframe evaluate clip.mp4 --against blend,minterpolate,dis  against methods without a network
  midframe evaluate clip.mp4 --against 4.6,4.26                against other models
  midframe evaluate clip.mp4 --scale 1,0.5                     what does half the flow scale cost?
  midframe evaluate clip.mp4 --gap 4 --mode direct,bisect      harder: three frames between two
  midframe evaluate shots/ --model my.pkl --against 4.25 -o my.html
"""

PANEL = "Comparison"

COMMON = (
    "dataset",
    "gap",
    "against",
    "model",
    "quality",
    "scale",
    "metrics",
    "frames",
    "output",
    "no_report",
    "device",
)
"""Parameters that ``--help`` shows."""


@engine_options.accept_engine_options(omit=("flow_scale", "precision", "quality", "allow_lower_scale"))
def evaluate(
    source: Annotated[
        str | None, typer.Argument(metavar="INPUT", help="Folder, glob, printf pattern, TIFF or video.")
    ] = None,
    dataset: evaluate_dataset.DatasetOption = None,
    root: evaluate_dataset.RootOption = None,
    limit: evaluate_dataset.LimitOption = None,
    gap: Annotated[
        int, typer.Option("--gap", help="Keep every N-th frame and interpolate those between; more is harder.")
    ] = 2,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help="What the model is compared with, with commas between: blend (weighted mean of both frames), hold "
            "(the nearer one), minterpolate (FFmpeg's filter), dis (OpenCV's DIS optical flow), models, paths to "
            "checkpoints. none: nothing.",
            rich_help_panel=PANEL,
        ),
    ] = "blend",
    engine: EngineOptions = engine_options.DEFAULTS,
    scale: Annotated[
        str,
        typer.Option("--scale", help="Flow scales of the model, such as 1,0.5: one row each.", rich_help_panel=PANEL),
    ] = "1",
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            help="Modes of the model, of direct,recursive,bisect: one row each. They differ where there are several "
            "frames to interpolate: with --gap 3 or more.",
            rich_help_panel=PANEL,
        ),
    ] = "direct",
    precision: Annotated[
        str,
        typer.Option(
            "--precision", help="Precisions of the model, of exact,fast: one row each.", rich_help_panel=PANEL
        ),
    ] = "exact",
    quality: Annotated[
        str,
        typer.Option(
            "--quality",
            help="Of default,fast,best: one row each. fast is the network alone, as published (docs/quality.md).",
            rich_help_panel=PANEL,
        ),
    ] = "default,fast",
    metrics: Annotated[
        str,
        typer.Option("--metrics", help=f"What is measured, of {','.join(METRIC_NAMES)}.", rich_help_panel=PANEL),
    ] = ",".join(METRIC_NAMES),
    start_time: timing_options.StartTimeOption = None,
    end_time: timing_options.EndTimeOption = None,
    frames: Annotated[int | None, typer.Option("--frames", help="Use at most this many frames.")] = None,
    cut_threshold: detection_options.CutThresholdOption = None,
    static_threshold: detection_options.StaticThresholdOption = "0.996",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The report, .html; JSON and CSV get the same name. Default: beside the input: clip_evaluation.html.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are not earlier reports.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no files; print the table only.")] = False,
    progress: Annotated[
        str,
        typer.Option(
            "--progress", help="auto: bars on a terminal, else lines. plain: lines. json: one object a line. none."
        ),
    ] = "auto",
) -> None:
    """Run the command."""
    selection = MethodSelection(
        engine,
        flow_scales=_numbers("--scale", scale),
        modes=_words("--mode", mode, get_args(Mode)),
        precisions=_words("--precision", precision, PRECISIONS),
        qualities=_words("--quality", quality, QUALITIES),
        against=() if against == "none" else _split("--against", against),
    )
    rows = selection.rows
    names = _words("--metrics", metrics, METRIC_NAMES)
    _check_choices(source, dataset, root, limit, gap, frames)
    if dataset is not None:
        evaluate_dataset.run_methods(dataset, root, rows, limit, output, overwrite)
        return
    assert source is not None
    if gap == 2 and len(selection.modes) > 1:
        raise OptionError("With --gap 2 there is one frame to interpolate, and all modes are the same. Use --gap 4.")
    limits = FrameLimits(
        None if start_time is None else parse_seconds(start_time, "start_time"),
        None if end_time is None else parse_seconds(end_time, "end_time"),
        frames,
    )
    rules = detection_options.rules_of(static_threshold, "hold", cut_threshold, dedup=False)
    report_path = None if no_report else output or default_report_path(source)
    require_libraries(names, "Evaluating", () if report_path is None else ("jinja2",))
    # This loads large libraries: wrong arguments should not have to wait for it.
    from midframe.evaluation.methods.factory import check_methods

    check_methods(rows)
    if report_path is not None:
        check_report_path(report_path, overwrite)
    plan = plan_evaluation(source, gap, limits, rules)
    plan = replace(plan, facts={**plan.facts, "Version": f"midframe {__version__}"})
    reporter = make_reporter(progress)
    try:
        from midframe.evaluation.evaluate import evaluate as evaluate_intervals
        from midframe.evaluation.methods.factory import make_methods
        from midframe.evaluation.sequence_intervals import SequenceIntervals

        shape = plan.source.format
        measures = make_measures(names, shape.height, shape.width)
        methods = make_methods(rows, shape, gap - 1, DownloadProgress(), lambda sentence: reporter(Notice(sentence)))
        evaluation = evaluate_intervals(SequenceIntervals(plan), methods, measures, reporter, threads=engine.threads)
    except KeyboardInterrupt as interrupt:
        raise CancelledError("Stopped. Nothing was written.") from interrupt
    finally:
        reporter.close()
        plan.source.close()
    evaluation = replace(evaluation, recommendations=tuple(map(spell, recommendations_of(evaluation))))
    print_lines(*table_lines(evaluation))
    if report_path is not None:
        print_lines("", *map(str, write_everything(evaluation, report_path)))


def _check_choices(
    source: str | None, dataset: str | None, root: Path | None, limit: int | None, gap: int, frames: int | None
) -> None:
    """Check options that need no input, and those that go with others.

    Raises:
        OptionError: A number that is too small, or what to evaluate is not clear.
    """
    if dataset is None and source is None:
        raise OptionError("Name an INPUT, or a benchmark with --dataset and --root.")
    if dataset is not None and source is not None:
        raise OptionError(f"Give either an INPUT, such as {source}, or --dataset {dataset}, not both.")
    for name, given in (("root", root), ("limit", limit)):
        if given is not None and dataset is None:
            raise OptionError(f"`{name}` is for benchmarks: it needs `dataset`.", option=name)
    check_gap(gap, frames)


def _split(option: str, text: str) -> tuple[str, ...]:
    """What stands between commas.

    Raises:
        OptionError: Nothing.
    """
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise OptionError(f"{option} takes one value or several with commas between them, not {text!r}.")
    return parts


Word = TypeVar("Word", bound=str)


def _words(option: str, text: str, known: Sequence[Word]) -> tuple[Word, ...]:
    """Known words between commas.

    Raises:
        OptionError: Another one.
    """
    by_text = {str(word): word for word in known}
    parts = _split(option, text)
    for part in parts:
        if part not in by_text:
            raise OptionError(f"{option} takes {', '.join(known)}, with commas between them, not {part!r}.")
    return tuple(by_text[part] for part in parts)


def _numbers(option: str, text: str) -> tuple[float, ...]:
    """Numbers between commas.

    Raises:
        OptionError: Something else.
    """
    try:
        return tuple(float(part) for part in _split(option, text))
    except ValueError as error:
        raise OptionError(f"{option} takes numbers with commas between them, such as 1,0.5, not {text!r}.") from error
