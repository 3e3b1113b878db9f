"""Results of an evaluation as files."""

from __future__ import annotations

from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.report import write_report_page, write_results_csv, write_results_json
from midframe.evaluation.results import Evaluation
from midframe.paths import user_path


def check_report_path(page: Path) -> None:
    """Refuse a report's path before anything is interpolated for it.

    Raises:
        OptionError: Not an .html file, or no such folder.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise OptionError(
            f"The report is a page for browsers: give it a name that ends in .html, not {page.name!r}.",
            option="output",
            path=page,
        )
    if not user_path(page, option="output").absolute().parent.is_dir():
        raise OptionError(
            f"The folder {page.absolute().parent} for the report does not exist.", option="output", path=page
        )


def write_everything(evaluation: Evaluation, page: Path) -> tuple[Path, ...]:
    """Write the page, and JSON and CSV beside it under the same name; what is there is replaced.

    Returns:
        What was written.

    Raises:
        OptionError: The library that makes pages is not installed.
        WriteError: A file cannot be written.
    """
    data, rows = page.with_suffix(".json"), page.with_suffix(".csv")
    write_results_json(evaluation, data)
    write_results_csv(evaluation, rows)
    write_report_page(evaluation, page)
    return page, data, rows
