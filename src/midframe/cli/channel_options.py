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
        help="How a channel is interpolated, such as 'Z=nearest'; NAME is a channel or a layer, may have * and ?, and "
        "is a number from 0 where channels have no names. May be given several times; the last that fits counts. "
        "blend: both frames are mixed. nearest: a value of one of the two frames, along the motion. copy: that of the "
        "frame nearer in time. Default: nearest for IDs, depth and vectors, by their names; blend for all others.",
        rich_help_panel=CHANNELS,
    ),
]
SteerOption = Annotated[
    str | None,
    typer.Option(
        "--steer",
        metavar="LAYER",
        help="The layer or part that the motion is seen in, or channels between commas. Default: the one that shows "
        "the picture, by its name.",
        rich_help_panel=CHANNELS,
    ),
]
