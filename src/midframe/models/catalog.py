"""The catalogue of known weights and demo clips, and how a user's word for a model is understood.

The entries are data in ``catalog.toml``. ``MIDFRAME_CATALOG=/path/to/more.toml`` adds a second file to it,
for a private mirror or for models of one's own.
"""

from __future__ import annotations

import difflib
import itertools
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from midframe.errors import InputError, UnknownModelError
from midframe.models.catalog_file import LARGEST_CATALOG, CatalogFile, parse_catalog
from midframe.models.entries import CatalogEntry, ClipEntry, ModelEntry
from midframe.paths import user_path
from midframe.text import LONGEST_NAME, quoted

CATALOG_VARIABLE = "MIDFRAME_CATALOG"
"""Environment variable that names a second catalogue file."""

MODEL_SUFFIXES = (".pkl", ".pth", ".pt", ".ckpt", ".safetensors")
"""File name endings by which an argument is taken for a checkpoint file."""

_Entry = TypeVar("_Entry", bound=CatalogEntry)

_VERSION = re.compile(r"(?:rife|flownet)?[-_. ]?v?(\d+)[._](\d+)(?:[-_. ]?(lite|heavy))?", re.IGNORECASE)

_NUMBER = re.compile(r"[\d.]+")


@dataclass(frozen=True)
class Catalog:
    """All entries, read-only.

    Attributes:
        models: Model entries by name, in the order of the file.
        clips: Clip entries by name.
        default_model: Name of the model that is used when none is named.
    """

    models: Mapping[str, ModelEntry]
    clips: Mapping[str, ClipEntry]
    default_model: str

    def model(self, name: str) -> ModelEntry:
        """Look up a model: "4.25", "v4.25", "rife4.25" and "rifev4_25" are one, in any case of letters.

        Raises:
            UnknownModelError: The catalogue has no such model; the message suggests close names.
        """
        entry = _lookup(self.models, name) or _lookup(self.models, _plain_version(name))
        if entry is None:
            hint = _suggestion(_plain_version(name), self.models)
            raise UnknownModelError(
                f"There is no model {quoted(name)} in the catalogue{hint}. See all with "
                "`midframe models list`, or give the path of a checkpoint.",
                option="model",
            )
        return entry

    def clip(self, name: str) -> ClipEntry:
        """Look up a demo clip, in any case of letters.

        Raises:
            InputError: The catalogue has no such clip; the message lists all.
        """
        entry = _lookup(self.clips, name)
        if entry is None:
            hint = _suggestion(name, self.clips)
            raise InputError(f"There is no demo clip {quoted(name)}{hint}. Known are: {', '.join(self.clips)}.")
        return entry


def load_catalog() -> Catalog:
    """The built-in catalogue, with the file that ``MIDFRAME_CATALOG`` names (if any) laid over it.

    Entries of the second file replace built-in ones of the same name. It is read once in a process.

    Raises:
        InputError: The second file cannot be used; the message names file and entry.
    """
    extra = os.environ.get(CATALOG_VARIABLE, "")
    return _with_file(user_path(extra).absolute()) if extra else _built_in()


def resolve_model(name_or_path: str | Path, catalog: Catalog | None = None) -> Path | ModelEntry:
    """Find what the option `model` names.

    A file or folder that exists wins over a name. Nothing is downloaded or opened here.

    Args:
        name_or_path: A path, or a name that the catalogue knows.
        catalog: Where to look names up; `load_catalog()` if None.

    Returns:
        The path, or the catalogue's entry.

    Raises:
        UnknownModelError: Neither; the message says what it was taken for and what to do.
    """
    path = user_path(name_or_path, option="model")
    if path.exists():
        return path
    catalog = catalog or load_catalog()
    text = str(name_or_path)
    if not _looks_like_path(text):
        return catalog.model(text)
    raise UnknownModelError(_missing_path_message(path, catalog), option="model", path=path)


@lru_cache(maxsize=1)
def _built_in() -> Catalog:
    resource = resources.files("midframe.models").joinpath("catalog.toml")
    origin = Path(str(resource))
    empty = Catalog(MappingProxyType({}), MappingProxyType({}), "")
    return _laid_over(empty, parse_catalog(resource.read_text(encoding="utf-8"), origin), origin)


@lru_cache(maxsize=8)
def _with_file(path: Path) -> Catalog:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_CATALOG + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(
            f"The catalogue {path} (named by {CATALOG_VARIABLE}) cannot be read: {error.strerror or error}.",
            path=path,
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The catalogue {path} is not UTF-8 text.", path=path) from error
    if len(content) > LARGEST_CATALOG:
        raise InputError(f"The catalogue {path} has more than {LARGEST_CATALOG} bytes.", path=path)
    return _laid_over(_built_in(), parse_catalog(text, path), path)


def _laid_over(base: Catalog, extra: CatalogFile, path: Path) -> Catalog:
    models, clips = _merged(base.models, extra.models), _merged(base.clips, extra.clips)
    for name in extra.mirrors:
        if _lookup(models, name) is None and _lookup(clips, name) is None:
            raise InputError(f"The catalogue {path}, mirrors of {quoted(name)}: there is no such entry.", path=path)
    merged = Catalog(
        _with_mirrors(models, extra, path), _with_mirrors(clips, extra, path), extra.default or base.default_model
    )
    if merged.default_model not in merged.models:
        raise InputError(
            f"The catalogue {path}: the default model {quoted(merged.default_model)} is not an entry.", path=path
        )
    return merged


def _merged(base: Mapping[str, _Entry], extra: Mapping[str, _Entry]) -> Mapping[str, _Entry]:
    replaced = {name.lower() for name in extra}
    kept = {name: entry for name, entry in base.items() if name.lower() not in replaced}
    return MappingProxyType({**kept, **extra})


def _with_mirrors(entries: Mapping[str, _Entry], extra: CatalogFile, path: Path) -> Mapping[str, _Entry]:
    """The same entries with the mirrors that a file adds, before their own."""
    added = {name.lower(): sources for name, sources in extra.mirrors.items()}
    found = dict(entries)
    for name, entry in entries.items():
        if name.lower() in added:
            try:
                found[name] = replace(entry, mirrors=(*added[name.lower()], *entry.mirrors))
            except ValueError as error:
                raise InputError(f"The catalogue {path}, mirrors of {name}: {error}.", path=path) from error
    return MappingProxyType(found)


def _lookup(entries: Mapping[str, _Entry], name: str) -> _Entry | None:
    return next((entry for known, entry in entries.items() if known.lower() == name.lower()), None)


def _plain_version(name: str) -> str:
    """Turn "rifev4_25" into "4.25"; a name of another form is returned unchanged."""
    match = _VERSION.fullmatch(name.strip())
    return ".".join(part.lower() for part in match.groups() if part) if match else name


def _looks_like_path(text: str) -> bool:
    separators = {"/", os.sep, os.altsep or "/"}
    return any(separator in text for separator in separators) or text.lower().endswith(MODEL_SUFFIXES)


def _missing_path_message(path: Path, catalog: Catalog) -> str:
    is_file = path.suffix.lower() in MODEL_SUFFIXES
    start = f"The model {'file' if is_file else 'folder'} {path} does not exist."
    # `pull --to FOLDER` makes exactly these two come into being: FOLDER and FOLDER/model.pkl.
    folder = path.parent if path.name == "model.pkl" else None if is_file else path
    named = _lookup(catalog.models, _plain_version(folder.name if folder else path.stem))
    if named is None:
        return (
            f"{start} Give the path of a checkpoint or of the folder that contains one, or a name from "
            f"`midframe models list`, such as {catalog.default_model}."
        )
    if folder is None:
        return f"{start} Use `{named.name}` instead, and midframe downloads that model to its cache."
    return (
        f"{start} To get model {named.name} there, run "
        f"`midframe models pull {named.name} --to {shlex.quote(str(folder))}`; or use `{named.name}` instead, and "
        "midframe downloads it to its cache."
    )


def _suggestion(name: str, names: Iterable[str]) -> str:
    # No model has a name of that length, and the comparison would take long.
    given = name[:LONGEST_NAME].lower()
    if _NUMBER.fullmatch(given):
        # Numbers look alike that have nothing to do with each other.
        close = [known for known in names if _is_one_slip(given, known)]
    else:
        close = difflib.get_close_matches(given, list(names), n=3, cutoff=0.6)
    return f" (did you mean {min(close, key=lambda known: _version_distance(name, known))}?)" if close else ""


def _is_one_slip(given: str, meant: str) -> bool:
    """Whether one letter too many, too few or wrong, or two in the wrong order, make one text of the other."""
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(given, meant, strict=False)))
    rest, other = given[same:], meant[same:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def _version_distance(name: str, other: str) -> list[int]:
    """How far apart the numbers in two names are; the first number counts most."""
    given, known = ([int(digits) for digits in re.findall(r"\d+", text)] for text in (name, other))
    return [*(abs(left - right) for left, right in zip(given, known, strict=False)), abs(len(given) - len(known))]
