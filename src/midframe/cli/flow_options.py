"""Options about the motion behind drawn frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midframe.cli.engine_options import check_largest
from midframe.errors import OptionError
from midframe.executors.options import ExecutorKind
from midframe.visualization.flow_folder import FlowFormat, FlowOutputOptions

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


def motion_options(
    folder: Path | None, kind: FlowFormat, largest: float | None, executor: ExecutorKind
) -> FlowOutputOptions | None:
    """What the options mean together.

    Raises:
        OptionError: A length that is not above 0, or an executor that does not tell motion.
    """
    check_largest(largest)
    if folder is not None and executor not in ("auto", "inline"):
        raise OptionError(f"--flow-out works on one device in one process only, not with --executor {executor}.")
    return None if folder is None else FlowOutputOptions(folder, kind, largest)
