"""``--preset-file``: options from a file, which those on the command line go before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from midframe.cli.command import ARGUMENTS
from midframe.jobs.presets import load_preset

_PARAMETERS = {"channel_rules": "channel_rule"}
"""Options that have another name as parameters of the command."""

_EXCLUSIVE = {"factor": ("-x", "--factor"), "insert": ("--insert",), "fps": ("--fps",)}
"""Options that say the same thing in several ways, with their flags: one on the command line replaces all others."""


def _use(ctx: typer.Context, value: str | None) -> str | None:
    if value is None or ctx.resilient_parsing:
        return value
    options: dict[str, Any] = dict(load_preset(value).options)
    if any(_is_given(flags, ctx.meta.get(ARGUMENTS, ())) for flags in _EXCLUSIVE.values()):
        options = {name: each for name, each in options.items() if name not in _EXCLUSIVE}
    defaults = {_PARAMETERS.get(name, name): each for name, each in options.items()}
    if "channel_rule" in defaults:
        defaults["channel_rule"] = [rule.strip() for rule in str(defaults["channel_rule"]).split(",")]
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    return value


def _is_given(flags: Sequence[str], arguments: Sequence[str]) -> bool:
    """Whether one of the flags is among the arguments, alone or with its value."""
    return any(
        argument == flag or argument.startswith(f"{flag}=" if flag.startswith("--") else flag)
        for argument in arguments
        for flag in flags
    )


PresetFileOption = Annotated[
    str | None,
    typer.Option(
        "--preset-file",
        metavar="NAME",
        help="Options from a TOML file, or those of a preset that `midframe presets` lists. Options on the command "
        "line go before.",
        is_eager=True,
        callback=_use,
    ),
]
