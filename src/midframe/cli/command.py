"""How a command shows its help, and what it says about options that it does not have."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Annotated, ClassVar

import typer

# typer has no public names for what it hands over since it contains its own copy of click.
from typer._click.core import Context, Parameter
from typer._click.exceptions import BadParameter, NoSuchOption
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand

from midframe.cli.wrong_values import explained

HELP_ALL = "--help-all"

ARGUMENTS = "midframe.arguments"
"""Key of the context's `meta` that the words of the command line stand under, before they are parsed."""

OTHER_PROGRAMS = {
    "--multi": "That is an option of inference_img.py; here use --insert with two less: --multi 4 is --insert 2.",
    "--exp": "Give the factor itself: --exp 2 is --factor 4.",
    "--img": "Give inputs without a flag: midframe run FOLDER.",
    "--video": "Give inputs without a flag: midframe run clip.mp4.",
    "--input": "Give inputs without a flag: midframe run clip.mp4.",
    "--gpu": "Use --device: --device cuda:0.",
    "--tta": "Use --ensemble, or --quality best.",
    "--fp16": "Use --precision fast.",
}
"""Options of other programs for the same thing, with what to use instead."""


_KINDS = {"<list[str]>": "", "<str>": "VALUE", "<path>": "PATH", "<int range>": "N", "<int>": "N", "<float>": "NUMBER"}


class Command(TyperCommand):
    """A command with few options in its ``--help`` and all of them in its ``--help-all``.

    Attributes:
        common: Names of the parameters that ``--help`` shows; all of them where it is empty.
    """

    common: ClassVar[tuple[str, ...]] = ()

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The parameters, with ``--help-all`` before ``--help``."""
        params: list[Parameter] = super().get_params(ctx)
        if self.common:
            params.insert(len(params) - 1, _help_all_option())
        return params

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse; name the closest option where there is no such one, and say what a value must be."""
        ctx.meta[ARGUMENTS] = tuple(args)
        try:
            return list(super().parse_args(ctx, args))
        except NoSuchOption as error:
            error.possibilities = None
            error.message = f"There is no option {error.option_name}.{self._advice(ctx, error.option_name)}"
            raise
        except BadParameter as error:
            explanation = explained(error)
            if explanation is None:
                raise
            raise explanation from error

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write arguments, and options in groups."""
        (title, params), *others = self.option_groups(ctx)
        _write_section(ctx, formatter, title, params)
        if others and not ctx.meta.get(HELP_ALL):
            formatter.write_paragraph()
            formatter.write_text(f"{sum(len(group) for _, group in others)} more options: {HELP_ALL}")
            return
        for panel, members in others:
            _write_section(ctx, formatter, panel, members)

    def option_groups(self, ctx: Context) -> list[tuple[str, list[Parameter]]]:
        """All that help shows of arguments and options, in groups with titles; the first is that of ``--help``."""
        params = [param for param in self.get_params(ctx) if param.get_help_record(ctx) is not None]
        arguments = [param for param in params if param.param_type_name == "argument"]
        options = [param for param in params if param.param_type_name == "option"]
        if not self.common:
            return [("Options", arguments + options)]
        shown = [param for param in options if param.name in (*self.common, "help", "help_all")]
        panels: dict[str, list[Parameter]] = {}
        for param in options:
            if param not in shown:
                panels.setdefault(getattr(param, "rich_help_panel", None) or "Output", []).append(param)
        return [("Common options", arguments + sorted(shown, key=self._place)), *panels.items()]

    def _place(self, param: Parameter) -> int:
        names = (*self.common, "help_all", "help")
        return names.index(param.name or "")

    def _advice(self, ctx: Context, given: str) -> str:
        name = given.split("=")[0]
        if name in OTHER_PROGRAMS:
            return f" {OTHER_PROGRAMS[name]}"
        known = [flag for param in self.get_params(ctx) for flag in param.opts if flag.startswith("--")]
        closest = get_close_matches(name, known, n=1, cutoff=0.7)
        return f" Did you mean {closest[0]}?" if closest else f" {ctx.command_path} {HELP_ALL} lists all options."


def command_class(common: Sequence[str]) -> type[Command]:
    """A class of commands whose ``--help`` shows these parameters only."""
    return type("Command", (Command,), {"common": tuple(common)})


def _show_all(ctx: typer.Context, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.meta[HELP_ALL] = True
        typer.echo(ctx.get_help())
        raise typer.Exit


_HelpAllOption = Annotated[
    bool,
    typer.Option(HELP_ALL, is_eager=True, expose_value=False, callback=_show_all, help="Show all options and exit."),
]


def _with_help_all(help_all: _HelpAllOption = False) -> None:
    """Declare the option: it is made by the library from the parameter of a function."""


@cache
def _help_all_option() -> Parameter:
    declaring = typer.Typer(rich_markup_mode=None, add_completion=False)
    declaring.command()(_with_help_all)
    return typer.main.get_command(declaring).params[0]


def _with_plain_types(names: str) -> str:
    """Names of a parameter with the kind of its value in capitals; choices are unchanged."""
    for word, plain in _KINDS.items():
        names = names.replace(word, plain)
    return names.strip()


def help_rows(ctx: Context, params: Sequence[Parameter]) -> list[tuple[str, str]]:
    """Names, with the kind of value, and the help of parameters that have any."""
    return [(_with_plain_types(left), right) for left, right in filter(None, (p.get_help_record(ctx) for p in params))]


def _write_section(ctx: Context, formatter: HelpFormatter, title: str, params: Sequence[Parameter]) -> None:
    with formatter.section(title):
        formatter.write_dl(help_rows(ctx, params), col_max=24)
