"""The commands by name. Their modules are imported when they are called, so that help and wrong names come at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

# typer has no public names for what it hands over since it contains its own copy of click.
from typer._click.core import Command, Context
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand, TyperGroup

from midframe.cli.command import HELP_ALL, command_class
from midframe.cli.status_line import loading_words, show_status
from midframe.engines.options import EngineOptions
from midframe.text import printable


@dataclass(frozen=True)
class CommandEntry:
    """Where a command is.

    Attributes:
        module: Module with a function of the command's name and its `HELP`, or with an `app` of its own. `COMMON` names
            the parameters that its ``--help`` shows.
        summary: One line for the list of commands.
        loads_model: Whether it takes a moment until a model is loaded.
    """

    module: str
    summary: str
    loads_model: bool = False


COMMANDS = {
    "run": CommandEntry("midframe.cli.run", "Interpolate frames between the frames of a video or a sequence.", True),
    "demo": CommandEntry("midframe.cli.demo", "Interpolate a real clip and show the result.", True),
    "app": CommandEntry("midframe.cli.app", "Add, preview, run and play videos in the browser."),
    "review": CommandEntry("midframe.cli.review", "Find the frames that will look wrong, and decide about them.", True),
    "compare": CommandEntry("midframe.cli.compare", "Compare two videos, sequences or pictures."),
    "evaluate": CommandEntry("midframe.cli.evaluate", "Measure the quality on your own footage.", True),
    "adapt": CommandEntry("midframe.cli.adapt", "Adapt the network to your footage, in about a minute.", True),
    "analyze": CommandEntry("midframe.cli.analyze", "Find cuts, static pairs and repeated frames."),
    "sheet": CommandEntry("midframe.cli.sheet", "Make a contact sheet of the frames between two pictures.", True),
    "flow": CommandEntry("midframe.cli.flow", "Estimate the motion between two pictures.", True),
    "presets": CommandEntry("midframe.cli.presets", "List ready-made options for common tasks."),
    "devices": CommandEntry("midframe.cli.devices", "Show what can run the network on this machine."),
    "doctor": CommandEntry("midframe.cli.doctor", "Check that everything works on this machine."),
    "benchmark": CommandEntry("midframe.cli.benchmark", "Measure how fast this machine interpolates."),
    "models": CommandEntry("midframe.cli.models", "List, download and check RIFE weights."),
    "export": CommandEntry("midframe.cli.export", "Write the network to a file that other programs run."),
}

ALIASES = {"interpolate": "run", "convert": "run", "video": "run", "analyse": "analyze", "eval": "evaluate"}
"""Names that people try, and the commands that they mean; help does not list them."""


GROUP_FLAGS = {"-h", "--help", "-V", "--version", "--show-completion"}
"""Options of the program itself that stand in the place of a command."""


SHORT_HELP = {"-h", "--help", HELP_ALL}


def announce(words: Sequence[str]) -> None:
    """Say on a terminal that a model is being loaded, before anything large is imported.

    Args:
        words: The command line, from `with_command`.
    """
    name = next((word for word in words if not word.startswith("-")), "")
    entry = COMMANDS.get(ALIASES.get(name, name))
    quiet = {"--progress=json", "--progress=none", *(("json", "none") if "--progress" in words else ())}
    if entry is not None and entry.loads_model and not (SHORT_HELP | quiet) & set(words):
        show_status(loading_words(words, str(EngineOptions.model)))


def with_command(words: Sequence[str]) -> list[str]:
    """The words of a command line, with ``run`` put in where they begin with an input or with an option of it."""
    start = 1 if words[:1] == ["--debug"] else 0
    rest = words[start:]
    known = COMMANDS.keys() | ALIASES.keys() | GROUP_FLAGS
    if not rest or rest[0] in known or not any(map(_may_be_an_input, rest)):
        return list(words)
    if rest[0].startswith("-") and rest[0] != "-" and any(word in known for word in rest):
        return list(words)
    return [*words[:start], "run", *rest]


def _may_be_an_input(word: str) -> bool:
    """Whether a word is a file, a folder, a pattern, a pipe or an address: no command has a dot or a slash."""
    return word == "-" or (not word.startswith("-") and (bool(set(word) & set("./*?%#\\")) or Path(word).exists()))


@contextmanager
def _printable_errors() -> Iterator[None]:
    try:
        yield
    except NoArgsIsHelpError:
        # Its message is the help, with lines of its own.
        raise
    except ClickException as error:
        error.message = printable(error.message)
        raise


class CommandGroup(TyperGroup):
    """All commands; errors about arguments quote these without control characters."""

    def make_context(self, *arguments: Any, **options: Any) -> Context:
        """Read the options of the program itself."""
        with _printable_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Context) -> Any:
        """Find the command and call it."""
        with _printable_errors():
            return super().invoke(ctx)

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002
        """Names in the order of help."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002
        """Import a command."""
        name = ALIASES.get(cmd_name, cmd_name)
        # Suggestions are made from the names in here.
        self.commands = {known: TyperCommand(known) for known in COMMANDS}
        return load_command(name) if name in COMMANDS else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def load_command(name: str) -> Command:
    """Import a command that exists and make it."""
    module = import_module(COMMANDS[name].module)
    if isinstance(getattr(module, "app", None), typer.Typer):
        group: Command = typer.main.get_command(module.app)
        group.name = name
        return group
    single = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    single.command(name, help=module.HELP, cls=command_class(getattr(module, "COMMON", ())))(getattr(module, name))
    return typer.main.get_command(single)
