"""A benchmark as a file for programs."""

from __future__ import annotations

from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.report.result_files import write_text
from midframe.evaluation.speed.results import FORMAT, BenchmarkReport
from midframe.media.output_paths import begins_with, require_free_report
from midframe.paths import user_path
from midframe.text import json_text

BEGINNING = f'{{\n "format": "{FORMAT}"'
"""By which benchmarks are distinguished from other files."""


def check_report_file(path: Path, *, overwrite: bool = False) -> None:
    """Refuse a file for a benchmark before anything is measured.

    Args:
        path: The file.
        overwrite: Whether another file than an earlier benchmark may be replaced.

    Raises:
        OutputExistsError: A file of this name exists that is not an earlier benchmark.
        OptionError: It is a folder, or there is no such folder to write it in.
    """
    path = user_path(path, option="report")
    if not path.absolute().parent.is_dir():
        raise OptionError(
            f"The folder {path.absolute().parent} for the report does not exist.", option="report", path=path
        )
    require_free_report(path, (), overwrite, option="report", is_ours=begins_with(BEGINNING))


def write_report(report: BenchmarkReport, path: Path) -> None:
    """Write all figures as JSON.

    Raises:
        WriteError: The file cannot be written.
    """
    write_text(user_path(path), json_text(report.to_json(), indent=1, allow_nan=False) + "\n")
