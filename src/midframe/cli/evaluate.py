"""``midframe evaluate``: how well dropped frames of an input are interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from midframe.cli import detection_options, engine_options, evaluate_dataset, evaluate_inputs, timing_options
from midframe.cli.progress import print_notice
from midframe.engines.options import PRECISIONS, QUALITIES, EngineOptions
from midframe.errors import OptionError
from midframe.evaluation.methods.names import BASELINE_LABELS
from midframe.evaluation.methods.variants import MethodSelection
from midframe.evaluation.metrics.registry import (
    DEFAULT_METRIC_NAMES,
    METRIC_NAMES,
    require_libraries,
    require_lpips_weights,
)
from midframe.evaluation.planning import FrameLimits, check_gap, default_report_path
from midframe.jobs.inputs import videos_of_folders
from midframe.quantities import parse_seconds
from midframe.timing.steps import Mode

HELP = """Measure the quality on your own footage: drop frames, interpolate them again, compare with the truth.

Keeps every second frame (--gap), interpolates the others with the network and the methods it is compared with, and
prints one table: PSNR, SSIM and more, with cuts and still pairs listed separately, the worst frames, and
recommendations. A report with plots and pictures for browsers, and the same figures as JSON and CSV, are written next
to the input.

\b
Examples:
  midframe evaluate clip.mp4                                   against plain blending
  midframe evaluate clip.mp4 --against blend,minterpolate,dis  against methods without a network
  midframe evaluate clip.mp4 --against 4.6,4.26                against other models
  midframe evaluate a.mp4 b.mp4 films/                         several clips, one table
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
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT", help="Folder, glob, printf pattern, TIFF or video; several give one table."),
    ] = None,
    dataset: evaluate_dataset.DatasetOption = None,
    root: evaluate_dataset.RootOption = None,
    limit: evaluate_dataset.LimitOption = None,
    gap: Annotated[
        int, typer.Option("--gap", help="Keep every N-th frame and interpolate the others; larger is harder.")
    ] = 2,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help="What midframe is compared with, separated by commas: "
            + ", ".join(f"{word} ({label})" for word, label in BASELINE_LABELS.items())
            + ", models, paths to checkpoints. none: nothing.",
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
            help="Modes of the model, of direct,recursive,bisect: one row each. They differ only if there are several "
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
            help="Qualities of the model, of default,fast,best: one row each. fast is the network as published "
            "(docs/quality.md).",
            rich_help_panel=PANEL,
        ),
    ] = "default,fast",
    metrics: Annotated[
        str,
        typer.Option(
            "--metrics",
            help=f"Metrics to measure, of {','.join(METRIC_NAMES)}. lpips needs --lpips-weights.",
            rich_help_panel=PANEL,
        ),
    ] = ",".join(DEFAULT_METRIC_NAMES),
    lpips_weights: Annotated[
        list[Path] | None,
        typer.Option(
            "--lpips-weights",
            help="A file of weights to measure LPIPS with; given twice: the network and the linear layers "
            "(docs/evaluate.md).",
            rich_help_panel=PANEL,
        ),
    ] = None,
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
            help="The report, .html; JSON and CSV get the same name. Default: clip_evaluation.html next to the input; "
            "evaluation.html here for several inputs.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are not earlier reports.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no files; print the table only.")] = False,
    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            help="auto: bars on a terminal, otherwise lines. plain: lines. json: one object per line. none.",
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
    _check_choices(sources or (), dataset, root, limit, gap, frames)
    if dataset is not None:
        evaluate_dataset.run_methods(dataset, root, rows, limit, output, overwrite)
        return
    assert sources
    if gap == 2 and len(selection.modes) > 1:
        raise OptionError("With --gap 2 there is one frame to interpolate, and all modes are the same. Use --gap 4.")
    weights = tuple(lpips_weights or ())
    names = (*names, *(["lpips"] if weights and "lpips" not in names else []))
    require_lpips_weights(names, weights)
    require_libraries(names, "Evaluating", ("scipy",) if no_report else ("scipy", "jinja2"))
    # This loads large libraries: wrong arguments should not have to wait for it.
    from midframe.evaluation.methods.factory import check_methods

    check_methods(rows)
    request = evaluate_inputs.EvaluationRequest(
        rows,
        names,
        weights,
        gap,
        FrameLimits(
            None if start_time is None else parse_seconds(start_time, "start_time"),
            None if end_time is None else parse_seconds(end_time, "end_time"),
            frames,
        ),
        detection_options.rules_of(static_threshold, "hold", cut_threshold, dedup=False),
        engine.threads,
        progress,
    )
    inputs, left_out = videos_of_folders(sources)
    for video in left_out:
        print_notice(f"{video} is left out: it has the name of an output of midframe.")
    if len(inputs) == 1:
        page = None if no_report else output or default_report_path(inputs[0])
        evaluate_inputs.evaluate_one(inputs[0], request, page, overwrite)
    else:
        page = None if no_report else output or Path("evaluation.html")
        evaluate_inputs.evaluate_several(inputs, request, page, overwrite)


def _check_choices(
    sources: Sequence[str], dataset: str | None, root: Path | None, limit: int | None, gap: int, frames: int | None
) -> None:
    """Check options that need no input, and those that go with others.

    Raises:
        OptionError: A number that is too small, or what to evaluate is not clear.
    """
    if dataset is None and not sources:
        raise OptionError("Name an INPUT, or a benchmark with --dataset and --root.")
    if dataset is not None and sources:
        raise OptionError(f"Give either an INPUT, such as {sources[0]}, or --dataset {dataset}, not both.")
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
        raise OptionError(f"{option} takes one value or several separated by commas, not {text!r}.")
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
            raise OptionError(f"{option} takes {', '.join(known)}, separated by commas, not {part!r}.")
    return tuple(by_text[part] for part in parts)


def _numbers(option: str, text: str) -> tuple[float, ...]:
    """Numbers between commas.

    Raises:
        OptionError: Something else.
    """
    try:
        return tuple(float(part) for part in _split(option, text))
    except ValueError as error:
        raise OptionError(f"{option} takes numbers separated by commas, such as 1,0.5, not {text!r}.") from error
