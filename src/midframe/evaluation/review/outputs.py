"""Reviews as files: a page for people, or JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from midframe.engines.options import EngineOptions
from midframe.errors import CancelledError, OptionError
from midframe.evaluation.outputs import PAGE_BEGINNING
from midframe.evaluation.review.opening import open_for_review
from midframe.evaluation.review.page import write_review_page
from midframe.evaluation.review.results import Review
from midframe.evaluation.review.review_file import BEGINNING, write_review_json
from midframe.extras import pip_install
from midframe.jobs.job import Job
from midframe.jobs.session import OnEvent
from midframe.media.output_paths import begins_with, require_free_report
from midframe.paths import user_path

TOP = 12
"""How many of the worst pairs are shown."""

PAGE_SUFFIXES = (".html", ".htm")


def is_page(path: Path) -> bool:
    """Whether a file is to be a page for browsers."""
    return path.suffix.lower() in PAGE_SUFFIXES


def check_review_path(path: Path, inputs: Iterable[Path], overwrite: bool = False) -> None:
    """Refuse a file for a review before anything is computed for it.

    Args:
        path: The file.
        inputs: Files that it must not replace.
        overwrite: Whether another file than an earlier review may be replaced.

    Raises:
        OptionError: Neither a page nor JSON, no such folder, or a page without the library that makes pages.
        OutputExistsError: A file of this name exists that is not an earlier review.
        SequenceError: The file is an input.
    """
    if not is_page(path) and path.suffix.lower() != ".json":
        raise OptionError(
            f"A review is a page (.html) or JSON (.json); {path.name!r} says neither.", option="output", path=path
        )
    if not user_path(path, option="output").absolute().parent.is_dir():
        raise OptionError(
            f"The folder {path.absolute().parent} for the review does not exist.", option="output", path=path
        )
    if is_page(path) and find_spec("jinja2") is None:
        raise OptionError(
            f"A page needs Jinja2, and JSON does not. It is not installed: {pip_install('jinja2')}", option="output"
        )
    beginning = PAGE_BEGINNING if is_page(path) else BEGINNING
    require_free_report(path, inputs, overwrite, option="output", is_ours=begins_with(beginning))


def write_review(
    review: Review,
    path: Path,
    job: Job,
    engine: EngineOptions | None = None,
    *,
    top: int = TOP,
    on_event: OnEvent | None = None,
) -> None:
    """Write a review to a path that was checked by `check_review_path`.

    Args:
        review: Of the job's input.
        path: The file; its suffix says what it will be.
        job: What was reviewed. A page shows the worst pairs, for which the input is read again.
        engine: Of the job; None for the defaults.
        top: How many of the worst pairs are shown, or listed.
        on_event: Receives the progress of making a page: `midframe.Started` and `midframe.Advanced` of "write".

    Raises:
        WriteError: The file cannot be written.
        CancelledError: The user pressed Ctrl+C.
        MidframeError: A frame cannot be read, or the network cannot be run.
    """
    if not is_page(path):
        write_review_json(review, path, top)
        return
    try:
        with open_for_review(job.options) as opened:
            write_review_page(review, opened, engine or EngineOptions(), path, top=top, on_event=on_event)
    except KeyboardInterrupt as interrupt:
        raise CancelledError("Stopped. Nothing was written.") from interrupt
