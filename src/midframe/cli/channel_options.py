"""Options of ``midframe run`` about channels: which ones show the motion, and how each is interpolated."""

from __future__ import annotations

from typing import Annotated

import typer

CHANNELS = "Layers and channels"

ChannelRuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--channel-rule",
        metavar="NAME=RULE",
        help="How a channel is interpolated, such as 'Z=nearest'; NAME is a channel or a layer, with * and ? as "
        "wildcards, or a number from 0 if channels have no names. Can be repeated; the last rule that matches "
        "applies. blend: mix both frames. nearest: take the value of one of the two frames, along the motion. "
        "copy: take that of the frame nearer in time. Default: nearest for IDs, depth and vectors, by their "
        "names; blend for all others.",
        rich_help_panel=CHANNELS,
    ),
]
SteerOption = Annotated[
    str | None,
    typer.Option(
        "--steer",
        metavar="LAYER",
        help="The layer or part that motion is estimated on, or channels separated by commas. Default: the one that "
        "shows the picture, by its name.",
        rich_help_panel=CHANNELS,
    ),
]
