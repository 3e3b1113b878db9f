"""The part of ``midframe evaluate`` that is about public benchmarks: its options, its table, its JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress, SampleProgress, print_notice
from midframe.errors import OptionError
from midframe.evaluation.metrics.registry import require_libraries
from midframe.evaluation.report.result_files import write_text
from midframe.media.output_paths import begins_with, require_free_report
from midframe.text import json_text
from midframe.visualization.image_files import require_folder_of

if TYPE_CHECKING:
    from midframe.evaluation.datasets.definitions import Dataset
    from midframe.evaluation.datasets.reading import Workload
    from midframe.evaluation.methods.protocol import Method
    from midframe.evaluation.methods.variants import ModelVariant

JSON_BEGINNING = '[\n {\n  "dataset": '
"""By which results of earlier evaluations are distinguished from other files."""

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
        help="The folder of the benchmark, with its published layout (docs/datasets.md).",
        rich_help_panel="Benchmarks",
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        help="Evaluate at most this many samples, spread evenly over the complete ones.",
        rich_help_panel="Benchmarks",
    ),
]


def chosen_datasets(name: str, root: Path | None) -> tuple[tuple[Dataset, ...], Path]:
    """Check the options of a benchmark, before any network is loaded.

    Raises:
        OptionError: No such benchmark, no --root, or the libraries that measure are not installed.
    """
    require_libraries(("ssim",), "Evaluating")
    from midframe.evaluation.datasets.definitions import datasets_named

    datasets = datasets_named(name)
    if root is None:
        raise OptionError(f"--dataset {name} needs --root, the folder of the benchmark.", option="root")
    return datasets, root


def run_methods(
    name: str,
    root: Path | None,
    rows: Sequence[ModelVariant | str],
    limit: int | None,
    output: Path | None,
    overwrite: bool = False,
) -> None:
    """Evaluate the methods of ``midframe evaluate`` on a benchmark; `output` is a JSON file.

    Raises:
        MidframeError: What `chosen_datasets` and `run_datasets` raise, or a method cannot be made.
    """
    datasets, folder = chosen_datasets(name, root)
    # These load large libraries: a name that does not exist should not have to wait for them.
    from midframe.evaluation.methods.factory import check_methods

    check_methods(rows)
    if output is not None:
        require_folder_of(output, "results")
        require_free_report(output, (), overwrite, option="output", is_ours=begins_with(JSON_BEGINNING))

    def make(workload: Workload) -> Sequence[Method]:
        from midframe.evaluation.methods.factory import make_methods

        return make_methods(rows, workload.format, workload.times, DownloadProgress(), print_notice)

    run_datasets(datasets, folder, make, limit, output)


def run_datasets(
    datasets: Sequence[Dataset],
    root: Path,
    make: Callable[[Workload], Sequence[Method]],
    limit: int | None = None,
    output: Path | None = None,
) -> None:
    """Evaluate on each part of a benchmark and print a table as soon as it is done.

    Args:
        datasets: The parts.
        root: The benchmark's folder.
        make: Makes the methods for a part, the first of which the evaluation is about.
        limit: Samples of each part, at most.
        output: A JSON file for everything that was found; None for none.

    Raises:
        DatasetError: The folder is incomplete or not laid out as published.
        WriteError: The JSON file cannot be written.
    """
    from midframe.evaluation.datasets.reading import workload_of

    documents = []
    for dataset in datasets:
        methods = make(workload_of(dataset, root, limit))
        # These load large libraries as well.
        from midframe.evaluation.datasets.dataset_table import dataset_document, dataset_table
        from midframe.evaluation.datasets.evaluation import evaluate_dataset

        dataset_evaluation = evaluate_dataset(dataset, root, methods, limit, SampleProgress(dataset.label))
        print_lines(*dataset_table(dataset_evaluation), "")
        documents.append(dataset_document(dataset_evaluation))
    if output is not None:
        write_text(output, json_text(documents, indent=1, allow_nan=False) + "\n")
        print_lines(str(output))
