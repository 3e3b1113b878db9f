"""What the completion of all shells is made from: the commands as a flat list, and texts that shells can quote."""

from __future__ import annotations

from collections.abc import Iterator

from tools.command_line import CommandFacts

HEADER = "Completion of midframe for {}. Made from the commands by `make share`; not to be changed by hand."

INPUT_COMMAND = "run"
"""The command that a line without one means."""


def single_commands(program: CommandFacts) -> Iterator[CommandFacts]:
    """The commands that take arguments and options: those below others in their place."""
    for command in program.below:
        yield from command.below or (command,)


def groups(program: CommandFacts) -> list[CommandFacts]:
    """The commands that have others below them."""
    return [command for command in program.below if command.below]


def last_word(command: CommandFacts) -> str:
    """The word that names a command in its group."""
    return command.name.split()[-1]


def flags(command: CommandFacts) -> str:
    """All flags of a command, in one line."""
    return " ".join(flag for option in command.options for flag in option.flags)


def quotable(text: str) -> str:
    """A description that can stand between single quotes in every shell."""
    return text.replace("'", "’").replace("\\", "/")
