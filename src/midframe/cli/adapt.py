"""``midframe adapt``: adapt a model to footage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.progress import ADAPTING_JSON_NAMES, DownloadProgress, make_reporter, print_notice
from midframe.engines.loading import check_choice
from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.finetuning.options import AdaptOptions, TrainingBudget, check_adaptable
from midframe.finetuning.places import check_places
from midframe.jobs.resolve import ResolvedJob

if TYPE_CHECKING:
    from midframe.finetuning.adaptation import AdaptResult

HELP = """Adapt the network to your footage, in about a minute.

Every frame of a clip is the ground truth for its two neighbours: the network is trained on that, and measured on parts
of the clip that it was not trained on. If these do not improve, no file is written: a message says why, and the exit
code is 1. Several inputs of one kind (one camera, one film, one microscope) can be given together.

The result is a file of weights that every command accepts as --model.

\b
Examples:
  midframe adapt clip.mp4 -o clip.safetensors
  midframe run clip.mp4 --model clip.safetensors
  midframe adapt day1.mkv day2.mkv -o camera.safetensors --time 5m --sheet camera.png
  midframe run clip.mp4 --adapt                 both in one
"""

TimeOption = Annotated[
    str, typer.Option("--time", help="Time limit, including reading: 60s, 2m, 1.5m, or a number of seconds.")
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        "--steps",
        help="Training steps instead of a time limit: the same steps, seed and threads give the same weights.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Random seed.")]

DEFAULT_TIME = "60s"

NOTHING_GAINED = 1
"""Exit code where no weights were written, so that a script does not continue with a file that is not there."""


@engine_options.accept_engine_options(omit=("flow_scale", "precision", "ensemble", "allow_lower_scale"))
def adapt(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Folders, globs, printf patterns, TIFFs or videos.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Output file for the weights, .safetensors.")],
    time: TimeOption = DEFAULT_TIME,
    steps: StepsOption = None,
    seed: SeedOption = 0,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", help="Contact sheet of held-out frames before and after: .png, .jpg or .webp."),
    ] = None,
    report: Annotated[Path | None, typer.Option("--json", help="Write a JSON report to this file.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of weights if it exists.")] = False,
    engine: EngineOptions = engine_options.DEFAULTS,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Run the command."""
    options = adapt_options(time, steps, seed)
    reporter = make_reporter(progress, ADAPTING_JSON_NAMES)
    check_adaptable(inputs)
    check_choice(engine)
    check_places(output, sheet, report, overwrite=overwrite)
    # This loads torch, which takes seconds: wrong arguments and --help should not have to wait for it.
    from midframe.finetuning.adapt import adapt_inputs

    result = adapt_inputs(
        inputs,
        output,
        engine,
        options,
        reporter,
        sheet=sheet,
        report=report,
        overwrite=overwrite,
        downloads=DownloadProgress(),
    )
    if progress != "json":
        print_result(result, output, sheet)
    if not result.better:
        raise typer.Exit(NOTHING_GAINED)


def adapt_to_jobs(
    jobs: Sequence[ResolvedJob],
    network: EngineOptions,
    options: AdaptOptions,
    progress: str,
    *,
    output: Path | None,
    overwrite: bool,
) -> EngineOptions:
    """Adapt the model to the inputs of jobs, for ``midframe run --adapt``, and print what came of it.

    Args:
        jobs: The jobs, with open sources.
        network: Options of the jobs' network.
        options: Options of adapting.
        progress: The value of --progress.
        output: The value of --output.
        overwrite: The value of --overwrite.

    Returns:
        The options of the network, with the adapted weights as model if they are better.
    """
    from midframe.finetuning.adapt import adapt_model

    adapted = adapt_model(
        jobs,
        network,
        options,
        make_reporter(progress, ADAPTING_JSON_NAMES),
        output=output,
        overwrite=overwrite,
        downloads=DownloadProgress(),
    )
    if progress != "json":
        print_notice(adapted.message)
    return adapted.network


def adapt_options(time: str, steps: int | None, seed: int, *, time_option: str = "time") -> AdaptOptions:
    """The options of adapting; a number of steps takes the place of the time, which `time_option` gives.

    Raises:
        OptionError: A value is out of range.
    """
    budget = (
        TrainingBudget(None, steps) if steps is not None else TrainingBudget(parse_training_time(time, time_option))
    )
    return AdaptOptions(budget, seed)


def parse_training_time(text: str, option: str) -> float:
    """Seconds from a text such as "60s", "2m", "1h" or "60".

    Raises:
        OptionError: The text is not a time, or the time is not above 0.
    """
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError as error:
        raise OptionError(f"`{option}` must be a time such as 60s or 2m, not {text!r}.", option=option) from error
    if not 0 < seconds < float("inf"):
        raise OptionError(f"`{option}` must be above 0, not {text!r}.", option=option)
    return seconds


def print_result(result: AdaptResult, output: Path, sheet: Path | None) -> None:
    """Print what was gained, and where the files are."""
    from midframe.cli.printing import print_lines
    from midframe.cli.readable import readable_time

    if not result.better:
        written = f"{output} is still that of an earlier run" if output.exists() else "No file was written"
        print_lines(f"{result.message} {written}; use the original model.", err=True)
        return
    steps = f"step {result.best_step} of {result.steps}"
    lines = [
        result.message,
        f"{readable_time(result.seconds)}, {steps}",
        f"device   {result.device}",
        f"weights  {output}",
    ]
    if sheet is not None:
        lines.append(f"sheet    {sheet}")
    print_lines(*lines)
