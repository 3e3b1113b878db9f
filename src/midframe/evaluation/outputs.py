"""Results of an evaluation as files."""

from __future__ import annotations

from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.report import write_report_page, write_results_csv, write_results_json
from midframe.evaluation.results import Evaluation
from midframe.media.output_paths import begins_with, require_free_report
from midframe.paths import user_path

PAGE_BEGINNING = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="midframe">'
)
JSON_BEGINNING = '{\n "format": "midframe-evaluation"'
CSV_BEGINNING = "contender,index,moment,"


def check_report_path(page: Path, overwrite: bool = False) -> None:
    """Refuse a report's path before anything is interpolated for it.

    Args:
        page: The page; JSON and CSV get the same name.
        overwrite: Whether other files than earlier reports may be replaced.

    Raises:
        OptionError: Not an .html file, no such folder, or anything but plain files in the places of the three.
        OutputExistsError: A file of one of these names exists that is not an earlier report.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise OptionError(
            f"The report is an HTML page: its name must end in .html, not {page.name!r}.",
            option="output",
            path=page,
        )
    if not user_path(page, option="output").absolute().parent.is_dir():
        raise OptionError(
            f"The folder {page.absolute().parent} for the report does not exist.", option="output", path=page
        )
    data, rows = _data_files(page)
    for path, beginning in ((page, PAGE_BEGINNING), (data, JSON_BEGINNING), (rows, CSV_BEGINNING)):
        require_free_report(path, (), overwrite, option="output", is_ours=begins_with(beginning))


def write_everything(evaluation: Evaluation, page: Path) -> tuple[Path, ...]:
    """Write the page, and JSON and CSV next to it under the same name, all checked by `check_report_path`.

    Returns:
        What was written.

    Raises:
        OptionError: The library that makes pages is not installed.
        WriteError: A file cannot be written.
    """
    data, rows = _data_files(page)
    write_results_json(evaluation, data)
    write_results_csv(evaluation, rows)
    write_report_page(evaluation, page)
    return page, data, rows


def _data_files(page: Path) -> tuple[Path, Path]:
    """JSON and CSV next to a page."""
    return page.with_suffix(".json"), page.with_suffix(".csv")
