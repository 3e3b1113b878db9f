"""Everything that an evaluation has found, as files."""

from __future__ import annotations

from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.report import write_csv, write_json, write_report
from midframe.evaluation.results import Evaluation


def check_report_place(page: Path) -> None:
    """Refuse a report's place before anything is drawn for it.

    Raises:
        OptionError: No .html file, or no such folder.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"The report is a page for browsers: give it a name that ends in .html, not {page.name!r}.")
    if not page.absolute().parent.is_dir():
        raise OptionError(f"The folder {page.absolute().parent} for the report does not exist.")


def write_everything(evaluation: Evaluation, page: Path) -> tuple[Path, ...]:
    """Write the page, and JSON and CSV beside it under the same name; what is there is replaced.

    Returns:
        What was written.

    Raises:
        OptionError: The library that makes pages is not installed.
        WriteError: A file cannot be written.
    """
    data, rows = page.with_suffix(".json"), page.with_suffix(".csv")
    write_json(evaluation, data)
    write_csv(evaluation, rows)
    write_report(evaluation, page)
    return page, data, rows
