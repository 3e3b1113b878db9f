"""``midframe adapt``: make the network fit some footage better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.fetch_progress import ConsoleProgress
from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.evaluation.metrics.registry import METRIC_NAMES, make_measures
from midframe.jobs.job import JobOptions, default_output, resolve_job
from midframe.media.pipes.streams import PIPE
from midframe.visualization.image_files import check_picture_path

if TYPE_CHECKING:
    from midframe.finetuning.adapt import Adapted, AdaptOptions

HELP = """Adapt the network to your footage, in about a minute.

Every frame of a clip is the truth for its two neighbours: the network learns from that, and is measured on stretches
of the clip that it has not seen. Weights that are not better there are not used: the model then stays as it is, and
you are told why. Several inputs of one kind (one camera, one film, one microscope) can be given together.

The result is a file of weights that can be given to --model everywhere.

\b
Examples:
  midframe adapt clip.mp4 -o clip.safetensors
  midframe run clip.mp4 --model clip.safetensors
  midframe adapt day1.mkv day2.mkv -o camera.safetensors --time 5m --sheet camera.png
  midframe run clip.mp4 --adapt                 both in one
"""

TimeOption = Annotated[
    str, typer.Option("--time", help="How long, reading included: 60s, 2m, 1.5m, or seconds without a unit.")
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        "--steps",
        help="Steps of training instead of a time: the same steps, seed and threads give the same weights.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of all chance.")]

DEFAULT_TIME = "60s"

SUFFIX = ".safetensors"

MEASURED_SIDE = 256
"""Of pictures that all measures exist for, in pixels."""


@engine_options.accept_engine_options(omit=("flow_scale", "precision", "ensemble", "allow_lower_scale"))
def adapt(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Folders, globs, printf patterns, TIFFs or videos.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the weights: .safetensors.")],
    time: TimeOption = DEFAULT_TIME,
    steps: StepsOption = None,
    seed: SeedOption = 0,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", help="Picture of held-out places before and after: .png, .jpg or .webp."),
    ] = None,
    report: Annotated[Path | None, typer.Option("--json", help="Write what was found to this file, as JSON.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of weights if it exists.")] = False,
    engine: EngineOptions = engine_options.DEFAULTS,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Parse, check, call."""
    check_possible(inputs)
    # These load torch, which takes seconds: --help should not have to wait for it.
    from midframe.finetuning.inputs import adapt_files
    from midframe.finetuning.progress import make_adapt_listener
    from midframe.models.adapted import check_place

    check_place(output, replace=overwrite)
    if sheet is not None:
        check_picture_path(sheet, "before-and-after sheet")
    wanted = adapt_options(time, steps, seed)
    adapted = adapt_files(
        inputs, output, engine, wanted, make_adapt_listener(progress), sheet=sheet, progress=ConsoleProgress()
    )
    if report is not None:
        _write_report(report, adapted)
    if progress != "json":
        print_adapted(adapted, output, sheet)


def adapt_first(
    jobs: Sequence[JobOptions], output: Path | None, network: EngineOptions, time: str, progress: str
) -> EngineOptions:
    """For ``midframe run --adapt``: adapt to the inputs, unless that was done before, and use what comes of it.

    Args:
        jobs: What is to be run; checked before time is spent on adapting.
        output: What the user named as output.
        network: How it is to be run.
        time: As for --time.
        progress: As for --progress.

    Returns:
        The options, with the adapted weights as model if they are better.
    """
    inputs = [str(job.source) for job in jobs]
    check_possible(inputs)
    for job in jobs:
        resolve_job(job).source.close()
    from midframe.finetuning.inputs import adapt_files, adapted_before
    from midframe.finetuning.progress import make_adapt_listener
    from midframe.models.adapted import check_place

    place = weights_place(jobs, output)
    place.absolute().parent.mkdir(parents=True, exist_ok=True)
    before = adapted_before(place, inputs, network, ConsoleProgress())
    if before is None:
        check_place(place, replace=any(job.overwrite for job in jobs))
        adapted = adapt_files(
            inputs,
            place,
            network,
            adapt_options(time, None, 0),
            make_adapt_listener(progress),
            progress=ConsoleProgress(),
        )
        before, sentence = adapted.provenance, f"{adapted.sentence} The weights are in {place}."
    else:
        sentence = f"The weights in {place} were adapted to this input before; they are used again."
    if progress != "json":
        typer.echo(sentence, err=True)
    return replace(network, model=place) if before.adapted else network


def check_possible(inputs: Sequence[str]) -> None:
    """Refuse what cannot be adapted to, and machines that cannot adapt.

    Raises:
        OptionError: A pipe, or the libraries that measure are not installed.
    """
    if PIPE in inputs:
        raise OptionError("Adapting reads its input more than once; a pipe cannot be adapted to.")
    make_measures(METRIC_NAMES, MEASURED_SIDE, MEASURED_SIDE)


def weights_place(jobs: Sequence[JobOptions], output: Path | None) -> Path:
    """Where adapted weights go if nobody says where: beside the output, or into the folder of several."""
    first = jobs[0].output or default_output(jobs[0].source, jobs[0].factor, jobs[0].time)
    if len(jobs) > 1:
        return (output or first.parent) / f"adapted{SUFFIX}"
    return first.with_name(f"{first.name if first.is_dir() or not first.suffix else first.stem}{SUFFIX}")


def adapt_options(time: str, steps: int | None, seed: int) -> AdaptOptions:
    """What the options mean together.

    Raises:
        OptionError: A time or number of steps that is none.
    """
    from midframe.finetuning.adapt import AdaptOptions
    from midframe.finetuning.search import Budget

    if steps is not None and steps < 1:
        raise OptionError(f"--steps must be at least 1, not {steps}.")
    if seed < 0:
        raise OptionError(f"--seed must be 0 or more, not {seed}.")
    seconds = parse_seconds(time)
    return AdaptOptions(Budget(None, steps) if steps is not None else Budget(seconds), seed)


def parse_seconds(text: str) -> float:
    """Seconds of "60s", "2m", "1h" or "60".

    Raises:
        OptionError: Nothing of that kind, or not above 0.
    """
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError as error:
        raise OptionError(f"--time must be a time such as 60s or 2m, not {text!r}.") from error
    if not 0 < seconds < float("inf"):
        raise OptionError(f"--time must be above 0, not {text!r}.")
    return seconds


def print_adapted(adapted: Adapted, output: Path, sheet: Path | None) -> None:
    """Say what was found."""
    from midframe.cli.printing import readable_time

    steps = f"step {adapted.best_step} of {adapted.steps}" if adapted.better else f"{adapted.steps} steps"
    lines = [
        adapted.sentence,
        f"{readable_time(adapted.seconds)}, {steps}",
        f"device   {adapted.device}",
        f"weights  {output}",
    ]
    if sheet is not None and adapted.better:
        lines.append(f"sheet    {sheet}")
    typer.echo("\n".join(lines))


def _write_report(path: Path, adapted: Adapted) -> None:
    from midframe.errors import WriteError

    found = {
        "better": adapted.better,
        "sentence": adapted.sentence,
        "steps": adapted.steps,
        "best_step": adapted.best_step,
        "seconds": round(adapted.seconds, 2),
        "device": adapted.device,
        "provenance": asdict(adapted.provenance),
    }
    try:
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False, default=dict) + "\n", encoding="utf-8")
    except OSError as error:
        raise WriteError(f"The report {path} cannot be written: {error.strerror or error}.") from error
