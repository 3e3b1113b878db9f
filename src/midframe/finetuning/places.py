"""Checks of the files that adapting writes; importing this loads no torch."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from midframe.errors import DiskFullError, OptionError
from midframe.media.output_paths import begins_with, require_free_report, require_possible_file, shared_places
from midframe.models.adapted import check_place
from midframe.visualization.image_files import check_picture_path, require_folder_of

REPORT_BEGINNING = '{\n  "better": '
"""By which reports are distinguished from other files."""


def require_space_for(path: Path, nbytes: int) -> None:
    """Check before training that the weights fit on the disk, so that no training is lost for want of space.

    Args:
        path: The file of weights; its folder exists.
        nbytes: What it needs.

    Raises:
        DiskFullError: Less is free.
    """
    free = shutil.disk_usage(path.absolute().parent).free
    if free < nbytes:
        raise DiskFullError(
            f"The adapted weights need {nbytes / 1e6:.0f} MB, but only {free / 1e6:.0f} MB are free on the disk of "
            f"{path}. Free some space, or choose another place with `output`.",
            option="output",
            path=path,
        )


def check_places(
    output: Path, sheet: Path | None, report: Path | None, *, overwrite: bool, inputs: Sequence[Path] = ()
) -> None:
    """Check the places of the weights, the sheet and the report, before anything is read for them.

    Args:
        output: The file of weights.
        sheet: The contact sheet; None for none.
        report: The JSON report; None for none.
        overwrite: Whether files that exist may be replaced.
        inputs: Files that must not be replaced.

    Raises:
        OptionError: A file type that is not written, a folder that does not exist or cannot be written, or one place
            for two files.
        OutputExistsError: A file exists that is not to be replaced.
        SequenceError: A file is an input.
    """
    check_place(output, replace=overwrite)
    require_possible_file(output, inputs)
    beside = [(option, path) for option, path in (("sheet", sheet), ("report", report)) if path is not None]
    for path, _ in shared_places([output, *(path for _, path in beside)]):
        raise OptionError(f"Two outputs would be {path}. Give them different names.", option="output", path=path)
    for option, path in beside:
        if option == "sheet":
            check_picture_path(path, "before-and-after sheet", option=option)
            require_free_report(path, inputs, overwrite, option=option)
        else:
            require_folder_of(path, "report", option=option)
            require_free_report(path, inputs, overwrite, option=option, is_ours=begins_with(REPORT_BEGINNING))
