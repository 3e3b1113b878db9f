"""The cache of fetched files: where it is, what lies in it, and whether that is what it should be.

A cached file has a name of its own for every entry and hash, so that a changed catalogue never meets an old
file. Where no publisher states a hash, the file's first download is trusted and recorded in a small JSON file
next to it (its **record**), which holds for every later use.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from midframe.atomic import write_json_atomically
from midframe.errors import WriteError
from midframe.models.entries import CatalogEntry, ClipEntry, FileSource
from midframe.paths import user_path
from midframe.text import parse_json

CACHE_VARIABLE = "MIDFRAME_CACHE"
"""Environment variable that names another cache folder."""

_verified: set[tuple[str, int, int, str]] = set()
"""Files whose SHA-256 this process has checked: path, size, time of change in nanoseconds, SHA-256."""


@dataclass(frozen=True)
class Record:
    """What is kept about the first download of a file whose hash no publisher states.

    Attributes:
        source: Where it came from.
        size: Its bytes.
        sha256: Its SHA-256 as 64 lower-case hexadecimal digits.
    """

    source: str
    size: int
    sha256: str


def cache_folder() -> Path:
    """The folder of all fetched files: ``MIDFRAME_CACHE``, or the usual place of this system. It may not exist."""
    chosen = os.environ.get(CACHE_VARIABLE, "")
    return user_path(chosen).absolute() if chosen else platformdirs.user_cache_path("midframe")


def cached_path(entry: CatalogEntry) -> Path:
    """Where the entry's file lies once it is fetched; the file itself if the source is a local file."""
    if isinstance(entry.source, FileSource):
        return entry.source.path
    # Without a stated hash the address stands in for it: another address, another file.
    key = entry.sha256 or hashlib.sha256(str(entry.source).encode()).hexdigest()
    kind = "clips" if isinstance(entry, ClipEntry) else "models"
    return cache_folder() / kind / f"{entry.name}-{key[:16]}{entry.source.suffix}"


def record_path(entry: CatalogEntry) -> Path:
    """Where the record of the entry's first download lies."""
    file = cached_path(entry)
    return file.with_name(file.name + ".json")


def read_record(entry: CatalogEntry) -> Record | None:
    """The record of the entry's first download, or None if there is none that can be read."""
    try:
        fields = parse_json(record_path(entry).read_bytes())
        record = Record(str(fields["source"]), int(fields["size"]), str(fields["sha256"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        # A damaged record vouches for nothing: the file next to it counts as unverified and is fetched again.
        return None
    return record


def write_record(entry: CatalogEntry, size: int, sha256: str) -> None:
    """Record the first download, whole or not at all.

    Raises:
        WriteError: It could not be written.
    """
    path = record_path(entry)
    try:
        write_json_atomically(path, asdict(Record(str(entry.source), size, sha256)))
    except OSError as error:
        raise WriteError(f"The record {path} could not be written: {error.strerror or error}.", path=path) from error


def expected_sha256(entry: CatalogEntry) -> str | None:
    """The SHA-256 that the entry's file must have: stated by the catalogue or recorded, None if neither."""
    if entry.sha256 is not None or isinstance(entry.source, FileSource):
        return entry.sha256
    record = read_record(entry)
    return record.sha256 if record else None


def fault(entry: CatalogEntry, *, rehash: bool = False) -> str | None:
    """Check the entry's file in its place.

    The size is checked each time; the SHA-256 once in a process for as long as the file does not change.

    Args:
        entry: Entry of the file to check.
        rehash: Compute the SHA-256 even if this process has done so before.

    Returns:
        None if the file is there and as it should be, else what is wrong with it, as the end of a sentence that
        starts with its name, such as "does not exist".
    """
    path = cached_path(entry)
    try:
        status = path.stat()
    except OSError:
        return "does not exist"
    if not path.is_file():
        return "is not a file"
    expected = expected_sha256(entry)
    if entry.size is not None and status.st_size != entry.size:
        return f"has {status.st_size} bytes instead of {entry.size}"
    if expected is None:
        # A local file without a hash is the user's own; anything else must be vouched for.
        return None if isinstance(entry.source, FileSource) else "has no record of its first download"
    key = (str(path), status.st_size, status.st_mtime_ns, expected)
    if key in _verified and not rehash:
        return None
    _verified.discard(key)
    try:
        actual = file_sha256(path)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if actual != expected:
        return f"has the SHA-256 {actual} instead of {expected}"
    _verified.add(key)
    return None


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 lower-case hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
