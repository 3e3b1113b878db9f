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
        help="Also write the motion of every interpolated frame to this folder, under the frame's name. Only with "
        "--mode direct and a single local device.",
        rich_help_panel=MOTION,
    ),
]
FlowFormatOption = Annotated[
    FlowFormat,
    typer.Option(
        "--flow-format",
        help="png: in colours. flo: two files, t0 and t1, with the offsets to the previous and next frame. npz: both "
        "and the mask in one file.",
        rich_help_panel=MOTION,
    ),
]


def check_executor(folder: Path | None, executor: ExecutorKind) -> None:
    """Refuse flow output from executors that do not have it, before anything is opened.

    Raises:
        OptionError: Both are requested.
    """
    if folder is not None and executor not in ("auto", "inline"):
        raise OptionError(
            f"`flow_folder` works only on one device in one process, not with `executor={executor}`.",
            option="flow_folder",
        )
