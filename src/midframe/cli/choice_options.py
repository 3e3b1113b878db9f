"""Options about single pairs, and about parts of frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PAIRS = "Single pairs and parts of frames"

ChoicesOption = Annotated[
    Path | None,
    typer.Option(
        "--choices",
        help="Hold, blend, cut or interpolate single pairs in another quality as this file says (docs/choices.md).",
        rich_help_panel=PAIRS,
    ),
]
RedoOption = Annotated[
    Path | None,
    typer.Option(
        "--redo",
        help="After a finished job: make only those frames again for which this file of choices says something else "
        "than the previous one. Give the other options as before.",
        rich_help_panel=PAIRS,
    ),
]
MaskOption = Annotated[
    Path | None,
    typer.Option(
        "--mask",
        metavar="PICTURE",
        help="Where this picture is white, interpolated frames stay as the nearer source frame: logos, subtitles. It "
        "has the frames' size; greys are mixed. Without greys, edges fade out over 4 pixels.",
        rich_help_panel=PAIRS,
    ),
]
