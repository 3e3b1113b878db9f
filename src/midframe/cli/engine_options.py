"""Options of the engine, made from `EngineOptions` once for all commands, and a few others that commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any, Literal, get_type_hints

import typer

from midframe.cli.spelling import flag_of
from midframe.engines.options import HELP, QUALITIES, EngineOptions, Quality
from midframe.engines.registry import engine_names
from midframe.errors import OptionError
from midframe.executors.options import ExecutorKind
from midframe.quantities import parse_bytes

PANEL = "Network"

UHD_SCALE = 0.5

_TYPES: dict[str, Any] = {
    "model": str,
    "engine": Literal[engine_names()],
    "flow_scale": float | None,
    "memory": str | None,
}
"""Types on the command line of options that have another one in `EngineOptions`."""

_SHORT_FLAGS = {"model": ("-m",)}

DEFAULTS = EngineOptions()

NAMES = tuple(field.name for field in fields(EngineOptions))
"""All engine options."""


def accept_engine_options(
    *, only: Collection[str] = NAMES, omit: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of the engine.

    The command takes them as one parameter, ``engine: EngineOptions``, in whose place the options stand in its help.

    Args:
        only: Names of those that it has, as in `EngineOptions`.
        omit: Names of those that it does not have: they keep their defaults.
    """
    names = [name for name in NAMES if name in only and name not in omit]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        options = {parameter.name: parameter for name in names for parameter in _parameters(name)}

        @wraps(command)
        def run(**given: Any) -> None:
            values = {name: given.pop(name) for name in options}
            command(**given, engine=engine_options(**values))

        parameters: dict[str, inspect.Parameter] = {}
        for name, parameter in signature.parameters.items():
            parameters |= options if name == "engine" else {name: parameter}
        keywords = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters.values()]
        run.__signature__ = signature.replace(parameters=keywords)  # type: ignore[attr-defined]
        run.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
        return run

    return decorate


def engine_options(*, uhd: bool = False, **values: Any) -> EngineOptions:
    """The options of the engine from what the command line says.

    Args:
        uhd: Whether the flow scale is `UHD_SCALE` where none is given.
        values: Values by name, in the types of the command line; those left out have their defaults.

    Raises:
        OptionError: A value that does not exist or is out of range.
    """
    if values.get("memory") is not None:
        values["memory"] = parse_bytes(values["memory"], "memory")
    if values.get("flow_scale", 0.0) is None:
        values["flow_scale"] = UHD_SCALE if uhd else EngineOptions.flow_scale
    return EngineOptions(**values)


def _parameters(name: str) -> list[inspect.Parameter]:
    """One engine option as parameters of a command; the flow scale has two."""
    hints = get_type_hints(EngineOptions)
    flags = (flag_of(name), *_SHORT_FLAGS.get(name, ()))
    made = [_parameter(name, _TYPES.get(name, hints[name]), getattr(EngineOptions, name), flags, HELP[name])]
    if name == "flow_scale":
        made[0] = made[0].replace(default=None)
        made.append(
            _parameter("uhd", bool, False, ("--uhd",), "For 4K: the same as --scale 0.5 unless --scale is given.")
        )
    return made


def _parameter(name: str, annotation: Any, default: Any, flags: tuple[str, ...], description: str) -> inspect.Parameter:
    option = typer.Option(*flags, help=description, rich_help_panel=PANEL)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, option]
    )


QualityOrNumberOption = Annotated[
    str,
    typer.Option("--quality", help=f"{HELP['quality']} A number means --crf.", rich_help_panel=PANEL, metavar="VALUE"),
]

ExecutorOption = Annotated[
    ExecutorKind,
    typer.Option(
        "--executor",
        help="Where frames are interpolated. auto: in this process, or in one process per device if there are "
        "several. inline: in this process, on the first device. processes: in one process per device. ray: on "
        "the workers of a Ray cluster "
        "(docs/cluster.md).",
        rich_help_panel=PANEL,
    ),
]
RayAddressOption = Annotated[
    str,
    typer.Option(
        "--ray-address",
        help="host:port of a Ray cluster's head. auto: the cluster that this machine belongs to. local: a cluster "
        "started on this machine for the job.",
        rich_help_panel=PANEL,
    ),
]
RayWorkersOption = Annotated[
    int | None,
    typer.Option(
        "--ray-workers",
        help="Workers on the Ray cluster. Default: one per GPU; without GPUs, as many as fit with --threads each, or "
        "one per node if --threads is not given.",
        rich_help_panel=PANEL,
    ),
]
RaySharedInputOption = Annotated[
    bool,
    typer.Option(
        "--ray-shared-input",
        help="All nodes of the Ray cluster see the input's image files under the same paths: nodes read the files, "
        "and only names are sent.",
        rich_help_panel=PANEL,
    ),
]
LargestOption = Annotated[
    float | None,
    typer.Option(
        "--flow-largest",
        help="In pictures of motion, the length in pixels shown in full colour; longer motion is darkened. Default: "
        "the longest in each picture.",
        rich_help_panel="Motion",
    ),
]


def qualities(quality: str, constant: int | None) -> tuple[Quality, int | None]:
    """What --quality and --crf mean together: how frames are interpolated, and the codec's constant quality.

    --quality once was the name of the codec's alone, so a number is still understood.

    Raises:
        OptionError: Neither a word that exists nor a number, or a number next to --crf.
    """
    for word in QUALITIES:
        if quality == word:
            return word, constant
    try:
        number = int(quality)
    except ValueError:
        raise OptionError(f"--quality must be fast, default or best, not {quality!r}.") from None
    if constant is not None:
        raise OptionError(f"--quality {number} is the same as --crf {number}: give one of the two.")
    return "default", number
