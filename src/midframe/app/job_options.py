"""From the options of an item, as the page sends them, to a job, an engine, and the command that does the same."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

from midframe.app.items import Item
from midframe.app.roots import Roots, is_plain
from midframe.engines.options import EngineOptions
from midframe.errors import OptionError, OutputExistsError
from midframe.jobs.choices import Choices
from midframe.jobs.job import Job
from midframe.jobs.journal import journal_place
from midframe.quantities import parse_bytes
from midframe.text import quoted

OWN = frozenset(
    {
        *("source", "output", "overwrite", "resume", "redo", "report"),
        *("raw_input", "raw_output", "flow_folder", "flow_format", "flow_largest"),
    }
)
"""Options of a job that the app sets itself, or has no use for."""

PATHS = frozenset({"choices", "mask"})
"""Options that are files: these have to lie below the roots."""

JOB_OPTIONS = PATHS | {
    *("factor", "insert", "fps", "end", "mode", "cuts", "cut_threshold", "static_threshold", "dedup"),
    *("deflicker", "alpha"),
    *("name", "start_number", "keep_free", "slowmo", "slowmo_audio", "start_time", "end_time", "source_fps", "gaps"),
    *("vfr", "codec", "crf", "preset", "pix_fmt", "on_damage", "deinterlace", "field_rate", "display_transform"),
    *("channel_rules", "steer"),
}
"""Options of a job that the page may set. A list, so that new ones are none of them before they were looked at."""

ENGINE_OPTIONS = frozenset(each.name for each in fields(EngineOptions))

OPTIONS = JOB_OPTIONS | ENGINE_OPTIONS | {"output"}
"""What the page may set."""

_WHOLE = {"insert", "start_number", "crf", "threads"}
_NUMBERS = {"cut_threshold", "flow_scale"}
_FLAGS = {
    each.name
    for kind in (Job, EngineOptions)
    for each in fields(kind)
    if each.default is not MISSING and isinstance(each.default, bool)
}
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")

CHOICES_FILE = "choices.json"
"""Name under which decisions about pairs are downloaded."""

LONGEST_VALUE = 500
"""Characters of a value."""

MOST_NAMES = 1000
"""Outputs of one name that are counted up before the search for a free one is given up."""


@dataclass(frozen=True)
class OptionWords:
    """An option as the command line has it, for the page and for commands to copy.

    Attributes:
        name: Its name in Python.
        flag: Its flag, such as ``--crf``.
        help: What it means.
        group: The heading that it stands below.
        kind: "flag", "choice", "number" or "text".
        choices: Values of a choice.
        default: Value that holds where it is not given, as text; "" for none.
    """

    name: str
    flag: str
    help: str
    group: str
    kind: str
    choices: tuple[str, ...] = ()
    default: str = ""


def checked_options(given: Any, roots: Roots) -> dict[str, Any]:
    """Options as the page sends them, in the types that a job takes. Empty values are left out.

    Raises:
        OptionError: A name that does not exist, or a value of the wrong kind.
        ForbiddenPathError: A file to read that lies where nothing may be read.
    """
    options: dict[str, Any] = {}
    if not isinstance(given, Mapping):
        raise OptionError("The options are missing.")
    for name, value in given.items():
        if name not in OPTIONS:
            raise OptionError(f"There is no option {quoted(name)} here.", option=None)
        if value is None or value == "":
            continue
        options[name] = _checked(name, value)
    for name in PATHS & options.keys():
        options[name] = str(roots.existing(options[name]))
    model = options.get("model")
    if model is not None and (not _VERSION.fullmatch(model) or os.path.lexists(model)):
        options["model"] = str(roots.existing(str(model)))
    return options


def _checked(name: str, value: Any) -> Any:
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise OptionError(f"`{name}` must be on or off.", option=name)
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise OptionError(f"`{name}` must be a text or a number.", option=name)
    text = str(value).strip()
    if len(text) > LONGEST_VALUE:
        raise OptionError(f"The value of `{name}` is too long.", option=name)
    if not is_plain(text):
        raise OptionError(f"`{name}` must be a text without control characters.", option=name)
    if name in _WHOLE and not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise OptionError(f"`{name}` must be a whole number, not {quoted(text)}.", option=name)
    if name in _NUMBERS:
        try:
            float(text)
        except ValueError as error:
            raise OptionError(f"`{name}` must be a number, not {quoted(text)}.", option=name) from error
    return text


def make_job(item: Item, roots: Roots, results: Path, *, running: bool = False) -> Job:
    """The job of an item.

    Args:
        item: Its options are checked here, too.
        roots: Where its output may lie, and its input unless it was uploaded.
        results: Folder for the output of uploads.
        running: Whether it is about to run, and not only to be looked at: then it resumes what is there.

    Raises:
        MidframeError: What the job refuses.
    """
    options = checked_options(item.options, roots)
    named = options.pop("output", None)
    values = {name: _job_value(name, value) for name, value in options.items() if name in JOB_OPTIONS}
    if item.choices:
        if "choices" in values:
            raise OptionError(
                "Pairs were decided in the preview, and `choices` names a file too: forget the decisions, or leave "
                "out the file.",
                option="choices",
            )
        values["choices"] = Choices.of_document(item.choices)
    if item.upload:
        sources = item.sources
    else:
        # Checked again: links may have changed since.
        sources = tuple(str(roots.existing(source)) for source in item.sources)
        for each in sources:
            roots.check_contents(Path(each))
    source: str | tuple[str, ...] = sources[0] if len(sources) == 1 else sources
    job = Job(source, **values)
    output = Path(item.output) if item.output is not None else _output(job, item, named, roots, results)
    if not (item.upload and results / item.id == output.parent):
        roots.new(str(output), output.parent)
    return replace(job, output=output, resume=running)


def _output(job: Job, item: Item, named: str | None, roots: Roots, results: Path) -> Path:
    """Where the output goes: where the item says, else next to the input or among the results, under a free name."""
    default = job.default_output
    folder = results / item.id if item.upload else default.parent
    if named is None:
        return folder / default.name
    return roots.new(named, folder) if not item.upload else _inside(named, folder, roots)


def _inside(named: str, folder: Path, roots: Roots) -> Path:
    """The output of an upload: a plain name in the app's own folder, or a path below the roots."""
    if Path(named).name == named and not named.startswith("."):
        return folder / named
    return roots.new(named, folder)


def free_output(path: Path, taken: Sequence[str]) -> Path:
    """The path, or the first one after it that does not exist and is not taken: ``clip_2x.mp4``, ``clip_2x-2.mp4``.

    Raises:
        OutputExistsError: None is found.
    """
    for number in range(1, MOST_NAMES):
        each = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        if str(each) not in taken and not _is_used(each):
            return each
    raise OutputExistsError(f"{path} and {MOST_NAMES} names after it exist.", option="output", path=path)


def _is_used(path: Path) -> bool:
    """Whether there is a file, a folder with anything in it, or an unfinished output of this name."""
    if path.is_dir() and not path.is_symlink():
        return any(path.iterdir())
    return os.path.lexists(path) or journal_place(path, is_folder=False).exists()


def typed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Checked options with numbers as numbers, for files."""
    return {name: _number(name, value) for name, value in options.items()}


def _job_value(name: str, value: Any) -> Any:
    if name == "channel_rules":
        return tuple(part.strip() for part in str(value).split(",") if part.strip())
    return _number(name, value)


def _number(name: str, value: Any) -> Any:
    if name in _WHOLE:
        return int(value)
    return float(value) if name in _NUMBERS else value


def make_engine(item: Item, roots: Roots, quality: str | None = None) -> EngineOptions:
    """The engine of an item.

    Args:
        item: The item.
        roots: Where a model may lie.
        quality: Another quality than the item's.

    Raises:
        MidframeError: What the engine's options refuse.
    """
    options = checked_options(item.options, roots)
    values = {name: _engine_value(name, value) for name, value in options.items() if name in ENGINE_OPTIONS}
    if quality is not None:
        values["quality"] = quality
    return EngineOptions(**values)


def _engine_value(name: str, value: Any) -> Any:
    if name == "memory":
        return parse_bytes(value, "memory")
    return _job_value(name, value)


def command_words(item: Item, output: Path | None, words: Sequence[OptionWords]) -> list[str]:
    """The command that does what an item does, as a list of words.

    Args:
        item: The item.
        output: Its output; None for the default.
        words: All options that the command line has.
    """
    command = ["midframe", "run", *item.sources]
    if output is not None:
        command += ["-o", str(output)]
    for each in words:
        value = CHOICES_FILE if each.name == "choices" and item.choices else item.options.get(each.name)
        if value in (None, "", False) or str(value) == each.default:
            continue
        if value is True:
            command.append(each.flag)
        elif each.name == "channel_rules":
            for rule in str(value).split(","):
                command += [each.flag, rule.strip()]
        else:
            command += [each.flag, str(value)]
    return command


def command_text(command: Sequence[str]) -> str:
    """A command as it is typed: quoted as this system's shell has it."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
