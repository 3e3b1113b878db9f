"""Presets: options of jobs and engines under a name, as TOML files. Some are part of the package."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path

from midframe.engines.options import EngineOptions
from midframe.errors import InputError, OptionError
from midframe.jobs.job import Job
from midframe.paths import user_path
from midframe.quantities import parse_bytes
from midframe.text import quoted, shortened

Value = str | int | float | bool

OF_ONE_RUN = frozenset(
    {
        *("source", "output", "overwrite", "resume", "report", "name", "start_number"),
        *("raw_input", "raw_output", "flow_folder", "start_time", "end_time", "choices", "redo", "mask"),
    }
)
"""Options of a job that belong to one input or one output, and to no preset."""

JOB_KEYS = frozenset(each.name for each in fields(Job) if each.init) - OF_ONE_RUN

ENGINE_KEYS = frozenset(each.name for each in fields(EngineOptions))

SHIPPED = ("tv-60", "slow-motion-4x", "animation-on-twos", "generated-16-to-24", "stack-2x")
"""Names of the presets that are part of the package, in the order in which they are listed."""

LARGEST_PRESET = 100_000
"""Bytes of a file."""

_NAME = re.compile(r"[\w-]{1,60}")


@dataclass(frozen=True)
class Preset:
    """Options under a name.

    Attributes:
        name: Of its file, without the suffix.
        title: What people call it.
        description: What it is for, in a sentence or two; may be "".
        options: Options of `midframe.Job` and `midframe.EngineOptions` by name.
    """

    name: str
    title: str
    description: str
    options: Mapping[str, Value]


@cache
def shipped_presets() -> tuple[Preset, ...]:
    """The presets that are part of the package."""
    folder = files("midframe.jobs") / "preset_files"
    return tuple(parse_preset((folder / f"{name}.toml").read_text("utf-8"), name) for name in SHIPPED)


def load_preset(given: str) -> Preset:
    """A preset by the name of one of the package, or from a file.

    Raises:
        OptionError: There is neither, or the file is not a preset.
    """
    shipped = next((preset for preset in shipped_presets() if preset.name == given), None)
    if shipped is not None:
        return shipped
    path = user_path(given, option="preset_file")
    if not path.is_file():
        names = ", ".join(preset.name for preset in shipped_presets())
        raise OptionError(
            f"There is no preset file {shortened(given)}. Presets that come with midframe: {names}.",
            option="preset_file",
            path=path,
        )
    return read_preset(path)


def read_preset(path: Path) -> Preset:
    """A preset from a file.

    Raises:
        OptionError: The file cannot be read, or is not a preset.
    """
    try:
        if path.stat().st_size > LARGEST_PRESET:
            raise OptionError(f"{path} is too large for a preset.", option="preset_file", path=path)
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise OptionError(f"The preset {path} cannot be read: {error}.", option="preset_file", path=path) from error
    return parse_preset(text, path.stem)


def parse_preset(text: str, name: str) -> Preset:
    """A preset from the text of its file.

    Args:
        text: TOML: `title` and `description`, which may be left out, and options by name.
        name: Its name.

    Raises:
        OptionError: It is not TOML, an option does not exist or belongs to one run, or a value is refused.
    """
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise OptionError(f"The preset {name} is not TOML: {error}.", option="preset_file") from error
    title, description = values.pop("title", name), values.pop("description", "")
    if not isinstance(title, str) or not isinstance(description, str):
        raise OptionError(f"In the preset {name}, title and description must be texts.", option="preset_file")
    return Preset(name, title, description, checked_values(values, name))


def checked_values(values: Mapping[str, object], name: str) -> dict[str, Value]:
    """The options of a preset, tried on a job and an engine.

    Raises:
        OptionError: See `parse_preset`.
    """
    options: dict[str, Value] = {}
    for key, value in values.items():
        if key in OF_ONE_RUN:
            raise OptionError(f"In the preset {name}, {quoted(key)} is for a single run.", option="preset_file")
        if key not in JOB_KEYS | ENGINE_KEYS:
            raise OptionError(f"In the preset {name}, there is no option {quoted(key)}.", option="preset_file")
        if not isinstance(value, Value):
            raise OptionError(f"In the preset {name}, `{key}` must be a text, a number, true or false.", option=key)
        options[key] = value
    try:
        Job("clip.mp4", **{key: value for key, value in options.items() if key in JOB_KEYS})  # type: ignore[arg-type]
        engine = {key: value for key, value in options.items() if key in ENGINE_KEYS}
        if "memory" in engine:
            engine["memory"] = parse_bytes(str(engine["memory"]), "memory")
        EngineOptions(**engine)  # type: ignore[arg-type]
    except InputError as error:
        raise OptionError(f"In the preset {name}: {error}", option="preset_file") from error
    return options


def preset_text(preset: Preset) -> str:
    """A preset as the text of its file."""
    values = {"title": preset.title, "description": preset.description, **preset.options}
    # Texts, numbers and truth values of JSON are those of TOML.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def preset_name(title: str) -> str:
    """A name of a file for a preset of this title.

    Raises:
        OptionError: The title has neither letters nor digits.
    """
    words = re.findall(r"\w+", title.lower())
    name = "-".join(words)[:60].strip("-")
    if not _NAME.fullmatch(name):
        raise OptionError("A preset needs a name of letters and digits.", option="preset_file")
    return name
