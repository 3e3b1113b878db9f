"""The cache: where it is, whether it can be written, and whether the weights in it are what they should be."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from midframe.diagnosis.findings import CachedModel, CacheState
from midframe.errors import MidframeError
from midframe.models import cache
from midframe.models.catalog import Catalog, load_catalog
from midframe.models.entries import FileSource
from midframe.models.fetch import is_offline


def look_at_cache() -> CacheState:
    """Look through the cache. Nothing is made in it that stays, and nothing is downloaded."""
    try:
        folder = cache.cache_folder()
    except (MidframeError, RuntimeError) as error:
        return CacheState("", False, 0, (), "", None, _sentence(error), is_offline())
    unwritable, exists, size = _unwritable(folder), folder.is_dir(), _size(folder)
    try:
        catalog = load_catalog()
    except MidframeError as error:
        return CacheState(str(folder), exists, size, (), "", unwritable, _sentence(error), is_offline())
    models = _models(catalog)
    return CacheState(str(folder), exists, size, models, catalog.default_model, unwritable, None, is_offline())


def cached_checkpoint(name: str) -> Path | None:
    """The file of a model in the cache whose hash is right; None if there is none."""
    try:
        entry = load_catalog().models.get(name)
        return None if entry is None or cache.fault(entry) is not None else cache.cached_path(entry)
    except (MidframeError, RuntimeError):
        return None


def _models(catalog: Catalog) -> tuple[CachedModel, ...]:
    found = []
    for entry in catalog.models.values():
        if isinstance(entry.source, FileSource):
            continue
        try:
            size = cache.cached_path(entry).stat().st_size
        except OSError:
            continue
        found.append(CachedModel(entry.name, size, cache.fault(entry)))
    return tuple(found)


def _unwritable(folder: Path) -> str | None:
    """Why no file can be made in the folder; only asked, not tried, where the folder itself would have to be made."""
    above = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), folder)
    if not above.is_dir():
        return f"{above} is not a folder"
    if above != folder:
        return None if os.access(above, os.W_OK | os.X_OK) else f"{above} cannot be written"
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or str(error)


def _size(folder: Path) -> int:
    """Bytes of all files; those that go away meanwhile or cannot be seen do not count."""
    return sum(_file_size(Path(parent) / name) for parent, _, names in os.walk(folder) for name in names)


def _file_size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
