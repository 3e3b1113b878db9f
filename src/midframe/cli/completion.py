"""``--show-completion``: what makes a shell complete commands, options and values."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Literal

import typer

from midframe.cli.printing import print_lines

Shell = Literal["bash", "zsh", "fish"]

SCRIPTS: dict[Shell, str] = {"bash": "midframe", "zsh": "_midframe", "fish": "midframe.fish"}
"""Files by shell, with the names under which shells find them. They start no program."""


def completion_script(shell: Shell) -> str:
    """The script for a shell."""
    return (files("midframe.cli") / "completion_files" / SCRIPTS[shell]).read_text(encoding="utf-8")


def _show(shell: Shell | None) -> None:
    if shell is not None:
        print_lines(*completion_script(shell).splitlines())
        raise typer.Exit


ShowCompletionOption = Annotated[
    Shell | None,
    typer.Option(
        "--show-completion",
        metavar="SHELL",
        callback=_show,
        is_eager=True,
        expose_value=False,
        help="Print what completes commands, options and values in bash, zsh or fish.",
    ),
]
