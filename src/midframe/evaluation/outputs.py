"""Results of an evaluation as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.report import (
    write_clips_csv,
    write_clips_json,
    write_clips_page,
    write_report_page,
    write_results_csv,
    write_results_json,
)
from midframe.evaluation.results import Evaluation
from midframe.media.input_paths import named_input
from midframe.media.output_paths import begins_with, require_free_report
from midframe.visualization.image_files import require_folder_of

PAGE_BEGINNING = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="midframe">'
)
JSON_BEGINNINGS = ('{\n "format": "midframe-evaluation"', '{\n "format": "midframe-evaluations"')
CSV_BEGINNINGS = ("method,index,moment,", "source,method,index,moment,", "contender,index,moment,")
"""Of one input, of several, and of the versions before these."""


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
    require_folder_of(page, "report")
    data, rows = _data_files(page)
    for path, beginnings in ((page, (PAGE_BEGINNING,)), (data, JSON_BEGINNINGS), (rows, CSV_BEGINNINGS)):
        require_free_report(path, (), overwrite, option="output", is_ours=begins_with(*beginnings))


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


def clip_pages(page: Path, inputs: Sequence[str]) -> tuple[Path, ...]:
    """Pages about the inputs next to the page about all of them: ``evaluation_a.html`` and so on, all different."""
    pages: list[Path] = []
    for given in inputs:
        path = named_input(given)
        stem = f"{page.stem}_{path.name if path.is_dir() else path.stem}"
        numbers = (f"{stem}{number}" for number in ("", *(f"_{count}" for count in range(2, len(inputs) + 1))))
        pages.append(next(own for name in numbers if (own := page.with_name(f"{name}{page.suffix}")) not in pages))
    return tuple(pages)


def check_clip_reports(page: Path, pages: Sequence[Path], overwrite: bool = False) -> None:
    """Refuse the paths of a report on several inputs before anything is interpolated for it.

    Raises:
        OptionError: See `check_report_path`.
        OutputExistsError: A file exists that is not an earlier report.
    """
    check_report_path(page, overwrite)
    for each in pages:
        require_free_report(each, (), overwrite, option="output", is_ours=begins_with(PAGE_BEGINNING))


def write_overview(evaluations: Sequence[Evaluation], pages: Sequence[Path], page: Path) -> tuple[Path, ...]:
    """Write the page about several inputs, with links to the page of each, and JSON and CSV next to it.

    Returns:
        What was written.

    Raises:
        WriteError: A file cannot be written.
    """
    data, rows = _data_files(page)
    write_clips_json(evaluations, pages, data)
    write_clips_csv(evaluations, rows)
    write_clips_page(evaluations, pages, page)
    return page, data, rows


def _data_files(page: Path) -> tuple[Path, Path]:
    """JSON and CSV next to a page."""
    return page.with_suffix(".json"), page.with_suffix(".csv")
