"""The part of ``midframe evaluate`` that is about public benchmarks: its options, its table, its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midframe.cli.progress import DownloadProgress, SampleProgress, print_notice
from midframe.errors import OptionError
from midframe.evaluation.metrics.registry import INSTALL
from midframe.evaluation.report.text_files import write_text

if TYPE_CHECKING:
    from midframe.evaluation.datasets.catalog import Dataset
    from midframe.evaluation.datasets.contenders import SampleDrawer
    from midframe.evaluation.datasets.evaluate import Demand, Drawer
    from midframe.evaluation.methods.names import Variant

DatasetOption = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        help="A public benchmark instead of an input: vimeo90k, ucf101, middlebury, snu-film (or snu-film-easy … "
        "-extreme), xiph (or xiph-2k, -4k), x4k1000fps (or x4k1000fps-2k, -4k). Scored as its papers do.",
        rich_help_panel="Benchmarks",
    ),
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        "--root",
        help="The folder of the benchmark, laid out as it was published (docs/datasets.md).",
        rich_help_panel="Benchmarks",
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        help="Evaluate at most so many samples, spread evenly over those that are whole.",
        rich_help_panel="Benchmarks",
    ),
]


def chosen_datasets(name: str, root: Path | None) -> tuple[tuple[Dataset, ...], Path]:
    """Check the options of a benchmark, before any network is loaded.

    Raises:
        OptionError: No such benchmark, no --root, or the libraries that measure are not installed.
    """
    try:
        from midframe.evaluation.datasets.catalog import datasets_named
    except ModuleNotFoundError as error:
        raise OptionError(f"Evaluating needs more libraries: {INSTALL}") from error
    datasets = datasets_named(name)
    if root is None:
        raise OptionError(f"--dataset {name} needs --root, the folder that the benchmark lies in.")
    return datasets, root


def run_contenders(
    name: str, root: Path | None, rows: Sequence[Variant | str], limit: int | None, output: Path | None
) -> None:
    """Evaluate the contenders of ``midframe evaluate`` on a benchmark; `output` is a JSON file.

    Raises:
        MidframeError: What `chosen_datasets` and `run_datasets` raise, or a contender cannot be made.
    """
    datasets, folder = chosen_datasets(name, root)

    def make(demand: Demand) -> list[SampleDrawer]:
        # These load torch, which takes seconds: a wrong folder should not have to wait for it.
        from midframe.evaluation.datasets.contenders import SampleDrawer
        from midframe.evaluation.methods.choose import choose

        drawers = choose(rows, demand.format, demand.times, DownloadProgress(), print_notice)
        return [SampleDrawer(drawer) for drawer in drawers]

    run_datasets(datasets, folder, make, limit, output)


def run_datasets(
    datasets: Sequence[Dataset],
    root: Path,
    make_drawers: Callable[[Demand], Sequence[Drawer]],
    limit: int | None = None,
    output: Path | None = None,
) -> None:
    """Evaluate on each part of a benchmark and print a table as soon as it is done.

    Args:
        datasets: The parts.
        root: The benchmark's folder.
        make_drawers: Makes the contenders of a part, the first of which it is about.
        limit: Samples of each part, at most.
        output: A JSON file for everything that was found; None for none.

    Raises:
        DatasetError: The folder is incomplete or not laid out as published.
        WriteError: The JSON file cannot be written.
    """
    from midframe.evaluation.datasets.evaluate import demand_of, evaluate_dataset
    from midframe.evaluation.datasets.table import as_json, as_text

    found = []
    for dataset in datasets:
        drawers = make_drawers(demand_of(dataset, root, limit))
        evaluation = evaluate_dataset(dataset, root, drawers, limit, SampleProgress(dataset.label))
        typer.echo(as_text(evaluation))
        typer.echo()
        found.append(as_json(evaluation))
    if output is not None:
        write_json(output, found)
        typer.echo(str(output))


def write_json(path: Path, found: object) -> None:
    """Write a JSON file.

    Raises:
        WriteError: It cannot be written.
    """
    write_text(path, json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
