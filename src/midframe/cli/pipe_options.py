"""Options and manners of ``midframe run`` in pipes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import typer

from midframe.media.pipes.streams import Pipes

PIPES = "Pipes"

RawInputOption = Annotated[
    str | None,
    typer.Option(
        "--raw-input",
        metavar="WxH:PIXELS[:RATE]",
        help="Format of raw (non-Y4M) input, such as 1280x720:yuv420p:24 or 640x480:rgb24:30000/1001.",
        rich_help_panel=PIPES,
    ),
]
RawOutputOption = Annotated[
    bool,
    typer.Option(
        "--raw-output",
        help="Write raw planes in the input's pixel format instead of Y4M.",
        rich_help_panel=PIPES,
    ),
]


@contextmanager
def output_kept_for_frames() -> Iterator[Pipes]:
    """Keep standard output for frames alone.

    While this lasts, all else that is printed goes to the error stream, also from libraries and child processes.

    Raises:
        OptionError: There is no standard output.
    """
    standard = Pipes.standard()
    sys.stdout.flush()
    kept = os.dup(1)
    # Not 2, which is where libraries' own words end.
    os.dup2(sys.stderr.fileno(), 1)
    try:
        with os.fdopen(os.dup(kept), "wb", buffering=0) as output:
            yield replace(standard, output=output)
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
