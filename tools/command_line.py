"""The command line as data: what the reference pages, the manual pages and the completion of shells are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import get_args

import typer

# typer has no public names for what it hands over since it contains its own copy of click.
from typer._click.core import Command, Context, Parameter
from typer.core import TyperGroup

from midframe.cli.application import app
from midframe.cli.command import Command as CommandWithGroups
from midframe.cli.command import help_rows
from midframe.cli.commands import ALIASES, COMMANDS, load_command
from midframe.engines.options import FLOW_SCALES, PRECISIONS, QUALITIES
from midframe.evaluation.datasets.definitions import DATASETS
from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.metrics.registry import METRIC_NAMES
from midframe.jobs.presets import shipped_presets
from midframe.media.video.codecs import VIDEO_CODECS
from midframe.models.catalog import load_catalog
from midframe.timing.steps import Mode

VERBATIM = "\b\n"
"""Begins a paragraph of help that is not wrapped."""

DEFAULT = re.compile(r"\s*\[(default: [^\]]*|required)\]$")

SUMMARY_LENGTH = 90

DEVICES = ("auto", "cpu", "cuda", "mps", "xpu", "vulkan")
PROGRESS = ("auto", "plain", "json", "none")


def _models() -> tuple[str, ...]:
    return tuple(load_catalog().models)


KNOWN_VALUES: Mapping[str, Callable[[], Iterable[str]]] = {
    "--against": lambda: ("none", *BASELINE_NAMES, *_models()),
    "--clip": lambda: load_catalog().clips,
    "--codec": lambda: VIDEO_CODECS,
    "--dataset": lambda: DATASETS,
    "--device": lambda: DEVICES,
    "--metrics": lambda: METRIC_NAMES,
    "--mode": lambda: get_args(Mode),
    "--model": _models,
    "--precision": lambda: PRECISIONS,
    "--preset-file": lambda: (preset.name for preset in shipped_presets()),
    "--progress": lambda: PROGRESS,
    "--quality": lambda: QUALITIES,
    "--scale": lambda: (f"{scale:g}" for scale in FLOW_SCALES),
}
"""Values of options that take others too, such as a path or several in a row, and are therefore texts to the parser."""

TAKE_FILES = {"--against", "--lpips-weights", "--model", "--preset-file"}
"""Options of text whose value may be a path."""

MODEL_ARGUMENTS = {"NAME...": False, "NAME|PATH": True, "NAME|PATH...": True}
"""Arguments that name models, and whether they may be paths too."""


@dataclass(frozen=True)
class ParameterFacts:
    """An option or an argument.

    Attributes:
        names: Flags and kind of value, or the word for the argument, as help shows them.
        flags: Flags; none for an argument.
        help: What it is for, without the default.
        default: What applies without it; "required" where it must be given, None where nothing is said.
        choices: All values, where the parser allows no others.
        values: Values that are known: the choices, or some of those that are possible.
        takes_value: Whether a value follows the flag.
        takes_files: Whether the value may be a path.
        takes_several: Whether it may be given several times.
    """

    names: str
    flags: tuple[str, ...]
    help: str
    default: str | None
    choices: tuple[str, ...]
    values: tuple[str, ...]
    takes_value: bool
    takes_files: bool
    takes_several: bool

    @property
    def kind(self) -> str:
        """What help shows in the place of the value, such as ``PATH``; empty for a flag alone."""
        return re.sub(r"--?[\w-]+,? ?", "", self.names).strip()

    @property
    def summary(self) -> str:
        """The first sentence of the help, in at most `SUMMARY_LENGTH` characters."""
        text = re.sub(r" \(docs/[^)]*\)|`", "", self.help)
        return shorten(re.split(r"(?<=\.)\s", text)[0].rstrip("."), SUMMARY_LENGTH, placeholder=" …")


@dataclass(frozen=True)
class CommandFacts:
    """A command.

    Attributes:
        name: Its words after ``midframe``, such as ``models pull``.
        summary: One line for a list of commands.
        usage: The synopsis, in one line.
        paragraphs: Its help and what follows it, as in the source: one that begins with a backspace is not wrapped.
        groups: Parameters in groups with titles, as in help.
        below: Commands below it.
        aliases: Other names that are understood.
    """

    name: str
    summary: str
    usage: str
    paragraphs: tuple[str, ...]
    groups: tuple[tuple[str, tuple[ParameterFacts, ...]], ...]
    below: tuple[CommandFacts, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> list[ParameterFacts]:
        """Its options, in the order of help."""
        return [param for _, params in self.groups for param in params if param.flags]

    @property
    def arguments(self) -> list[ParameterFacts]:
        """Its arguments, in their order."""
        return [param for _, params in self.groups for param in params if not param.flags]


def all_commands() -> list[CommandFacts]:
    """All commands of `COMMANDS`, in the order of help."""
    return [command_facts(name) for name in COMMANDS]


def program_facts() -> CommandFacts:
    """The program itself: its options, with all commands below it."""
    group = typer.main.get_command(app)
    context = Context(group, info_name="midframe", **group.context_settings)
    return CommandFacts(
        "",
        "",
        " ".join(group.get_usage(context).removeprefix("Usage: ").split()),
        tuple(_paragraphs(group.help or "")),
        (("Options", tuple(_parameters(context, group.get_params(context)))),),
        tuple(all_commands()),
    )


def command_facts(name: str) -> CommandFacts:
    """One command, with those below it.

    Args:
        name: One of `COMMANDS`.
    """
    aliases = tuple(alias for alias, meaning in ALIASES.items() if meaning == name)
    return _facts(load_command(name), name, COMMANDS[name].summary, aliases)


def _facts(command: Command, name: str, summary: str, aliases: tuple[str, ...] = ()) -> CommandFacts:
    path = f"midframe {name}"
    context = Context(command, info_name=path, **app.info.context_settings or {})
    usage = command.get_usage(context).removeprefix("Usage: ").replace("{", "").replace("}", "")
    texts = [paragraph for text in (command.help, command.epilog) for paragraph in _paragraphs(text or "")]
    if isinstance(command, CommandWithGroups):
        groups = command.option_groups(context)
    else:
        groups = [("Options", command.get_params(context))]
    below = command.commands if isinstance(command, TyperGroup) else {}
    return CommandFacts(
        name,
        summary,
        " ".join(usage.split()),
        tuple(texts),
        tuple((title, tuple(_parameters(context, params))) for title, params in groups),
        tuple(_facts(each, f"{name} {word}", _first_sentence(each)) for word, each in below.items()),
        aliases,
    )


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in re.split(r"\n\s*\n", text.strip()) if paragraph]


def _first_sentence(command: Command) -> str:
    return " ".join(_paragraphs(command.help or "")[0].split())


def _parameters(context: Context, params: Iterable[Parameter]) -> list[ParameterFacts]:
    return [_parameter(param, row) for param in params for row in help_rows(context, [param])]


def _parameter(param: Parameter, row: tuple[str, str]) -> ParameterFacts:
    names, text = row
    flags = (*param.opts, *param.secondary_opts) if param.param_type_name == "option" else ()
    # Those of --help come in any order.
    flags = tuple(sorted(flags, key=lambda flag: (not flag.startswith("--"), flag)))
    default = DEFAULT.search(text)
    choices = tuple(map(str, getattr(param.type, "choices", ())))
    long = next((flag for flag in flags if flag.startswith("--")), "")
    is_file = param.type.name == "path"
    if flags:
        values = choices or tuple(KNOWN_VALUES.get(long, tuple)())
        takes_files = is_file or long in TAKE_FILES
    else:
        names_a_model = names in MODEL_ARGUMENTS
        values = choices or (_models() if names_a_model else ())
        takes_files = MODEL_ARGUMENTS.get(names, not choices)
    return ParameterFacts(
        names,
        flags,
        DEFAULT.sub("", text),
        default[1].removeprefix("default: ") if default else None,
        choices,
        values,
        takes_value=not getattr(param, "is_flag", False),
        takes_files=takes_files,
        takes_several=param.nargs == -1 or bool(getattr(param, "multiple", False)),
    )
