"""Options about the motion that frames are interpolated with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midframe.errors import OptionError
from midframe.executors.options import ExecutorKind
from midframe.visualization.flow_folder import FlowFormat

MOTION = "Motion"

FlowOutOption = Annotated[
    Path | None,
    typer.Option(
        "--flow-out",
        help="Also write the motion behind every drawn frame into this folder, under the frame's name. Not while "
        "several devices or a cluster draw, and only with --mode direct.",
        rich_help_panel=MOTION,
    ),
]
FlowFormatOption = Annotated[
    FlowFormat,
    typer.Option(
        "--flow-format",
        help="png: in colours. flo: two files, t0 and t1, with the offsets to the frame before and behind. npz: both "
        "and the mask in one.",
        rich_help_panel=MOTION,
    ),
]


def check_executor(folder: Path | None, executor: ExecutorKind) -> None:
    """Refuse flow output from executors that do not have it, before anything is opened.

    Raises:
        OptionError: Both are wanted.
    """
    if folder is not None and executor not in ("auto", "inline"):
        raise OptionError(
            f"`flow_folder` works on one device in one process only, not with `executor={executor}`.",
            option="flow_folder",
        )
