"""Which paths the app reads and writes: those below the allowed roots, wherever links lead."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from midframe.atomic import LONGEST_NAME
from midframe.errors import InputError
from midframe.text import shortened

LONGEST_PATH = 4096
"""Characters of a path from the page."""

LONGEST_FILE_NAME = 160
"""Bytes of the name of an uploaded file; longer ones are shortened, so that there is space for what is added to it."""

MOST_ENTRIES = 100_000
"""Entries of a folder that are looked at before it is used as an input."""

_SETS = (".tif", ".tiff")
"""Suffixes of files that may name others as parts of them."""

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that are devices on Windows."""


class ForbiddenPathError(InputError):
    """A path that the app may not read or write."""


class Roots:
    """Folders below which paths are allowed.

    Hidden files and folders below them are not: that is where programs keep keys and settings.

    Args:
        folders: Resolved.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    def existing(self, given: str) -> Path:
        """The file or folder that a path from the page means, with all links followed.

        Raises:
            ForbiddenPathError: It lies outside the roots, is hidden, or is not a path at all.
            InputError: There is no such file.
        """
        path = self._absolute(given)
        try:
            real = path.resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError) as error:
            # Whether something exists outside is not said either.
            self._require_inside(path.resolve(), given)
            raise InputError(f"{shortened(given)} does not exist.", path=path) from error
        except (OSError, RuntimeError) as error:
            raise ForbiddenPathError(f"{shortened(given)} cannot be used: {error}.") from error
        self._require_inside(real, given)
        if not (real.is_file() or real.is_dir()):
            # A pipe would be waited for, and a device may have no end.
            raise ForbiddenPathError(f"{shortened(given)} is neither a file nor a folder.", path=path)
        return real

    def new(self, given: str, base: Path) -> Path:
        """A path that may be written to; it need not exist.

        Args:
            given: From the page; relative to `base` unless it is absolute.
            base: An allowed folder.

        Raises:
            ForbiddenPathError: It leads outside the roots, is hidden, or is not a path at all.
        """
        path = self._absolute(given, base)
        if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
            raise ForbiddenPathError(f"{shortened(given)} is too long for the name of a file.")
        try:
            real = path.resolve()
        except (OSError, RuntimeError) as error:
            raise ForbiddenPathError(f"{shortened(given)} cannot be used: {error}.") from error
        self._require_inside(real, given)
        return real

    def check_contents(self, path: Path) -> None:
        """Refuse a folder in which links lead out of the roots: its files are read by name.

        The same holds for the folder of a TIFF file, which may name others as parts of its data set.

        Raises:
            ForbiddenPathError: There is such a link, or there are too many files to see.
        """
        is_set = path.suffix.lower() in _SETS and path.is_file()
        if not path.is_dir() and not is_set:
            return
        folder = path.parent if is_set else path
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_ENTRIES:
                    raise ForbiddenPathError(f"{folder} has more than {MOST_ENTRIES:,} files.", path=folder)
                if is_set and Path(entry.name).suffix.lower() not in _SETS:
                    continue
                if _is_special(entry):
                    raise ForbiddenPathError(
                        f"{folder} holds {shortened(entry.name)}, which is neither a file nor a folder.", path=folder
                    )
                if entry.is_symlink() and not self.allows(Path(entry.path)):
                    raise ForbiddenPathError(
                        f"{folder} holds the link {shortened(entry.name)}, which leads out of the allowed folders.",
                        path=folder,
                    )

    def allows(self, path: Path) -> bool:
        """Whether a path, with all links followed, lies below a root and is not hidden there."""
        try:
            real = path.resolve()
        except (OSError, RuntimeError):
            return False
        root = next((root for root in self.folders if real == root or root in real.parents), None)
        return root is not None and not any(part.startswith(".") for part in real.relative_to(root).parts)

    def _absolute(self, given: str, base: Path | None = None) -> Path:
        if not isinstance(given, str) or not given or len(given) > LONGEST_PATH or "\0" in given:
            raise ForbiddenPathError("That is not a path.")
        try:
            os.fsencode(given)
        except UnicodeError as error:
            raise ForbiddenPathError("That is not a path.") from error
        path = Path(given)
        if base is not None:
            path = base / path
        if not path.is_absolute():
            raise ForbiddenPathError(f"{shortened(given)} is not an absolute path.")
        return path

    def _require_inside(self, real: Path, given: str) -> None:
        if not self.allows(real):
            raise ForbiddenPathError(
                f"{shortened(given)} is not below a folder that the app may use. Start it with `root`, to allow more."
            )


def _is_special(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is, or leads to, something that is neither a file nor a folder."""
    if entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
        return False
    target = Path(entry.path)
    return target.exists() and not (target.is_file() or target.is_dir())


def is_plain(text: str) -> bool:
    """Whether a text has neither control characters nor halves of characters."""
    return not any(unicodedata.category(each) in ("Cc", "Cs") for each in text)


def safe_file_name(given: str, fallback: str = "upload") -> str:
    """A name for an uploaded file: of what the browser says, only letters, digits and a few marks are kept.

    Whatever is given, the result is one name without separators, not hidden, not a device, and at most
    `LONGEST_FILE_NAME` bytes long, with the suffix kept.
    """
    text = unicodedata.normalize("NFC", str(given)).replace("\\", "/").rpartition("/")[2]
    # Patterns and printf marks would mean several files to a job.
    kept = "".join(each if each.isalnum() or each in " ._-+()," else "_" for each in text)
    kept = kept.strip(" .") or fallback
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix) > 16:
        stem, suffix = kept, ""
    longest = LONGEST_FILE_NAME - len(suffix.encode()) - 1
    stem = stem.encode()[:longest].decode(errors="ignore").rstrip(" .") or fallback
    name = f"{stem}.{suffix}" if suffix else stem
    return f"_{name}" if _RESERVED.fullmatch(name) else name
