"""What a diagnosis consists of. All of it can be pickled, and has nothing in it that JSON has no words for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TESTED_MODEL = "4.25"
"""The model that engines are tried with, if its weights are in the cache."""

BUILT_IN = "built-in"
"""What stands in the place of a model for weights that are made on the spot."""

CheckState = Literal["passed", "failed", "not run"]

Severity = Literal["broken", "advice"]
"""broken: something that is installed does not work. advice: it works, and could be better."""


@dataclass(frozen=True)
class LibraryState:
    """A library that midframe uses.

    Attributes:
        package: Name of the package that it is installed with.
        purpose: What midframe uses it for, in a few words.
        required: Whether it is always needed.
        version: Installed version; None if it is not installed, empty if it does not say.
        allowed: Versions that midframe was made for, such as ">=17.1,<19"; empty if not known.
        fits: Whether the version is one of these.
        failure: Why it cannot be loaded, as the end of a sentence; None if it can, or was not tried.
    """

    package: str
    purpose: str
    required: bool
    version: str | None
    allowed: str
    fits: bool
    failure: str | None = None


@dataclass(frozen=True)
class VideoLibrary:
    """FFmpeg as it is inside PyAV.

    Attributes:
        ffmpeg: Its version.
        libraries: Versions of its libraries, by name.
        encoders: Whether it has an encoder, for those that midframe chooses by itself.
        hardware: Encoders of GPUs that it was built with; whether there is such a GPU shows only when one is used.
    """

    ffmpeg: str
    libraries: dict[str, str]
    encoders: dict[str, bool]
    hardware: tuple[str, ...]


@dataclass(frozen=True)
class KernelState:
    """The CPU kernels.

    Attributes:
        built: Instruction sets that there are libraries for.
        supported: Instruction sets that the processor has; empty if not known.
        used: The instruction set that is used; None if none is.
        reason: Why that one or none, as a sentence.
        failures: Why libraries cannot be loaded, by instruction set.
    """

    built: tuple[str, ...]
    supported: tuple[str, ...]
    used: str | None
    reason: str
    failures: dict[str, str]


@dataclass(frozen=True)
class MachineState:
    """Processor and memory.

    Attributes:
        cores: Cores of the machine.
        usable: Cores that midframe uses.
        usable_reason: Why these, in a few words; empty if they are all.
        memory: Bytes of memory of the machine.
        free_memory: Bytes that can still be allocated, within the limits of a container.
        limited: Whether a container limits that.
    """

    cores: int
    usable: int
    usable_reason: str
    memory: int
    free_memory: int
    limited: bool


@dataclass(frozen=True)
class CachedModel:
    """Weights in the cache.

    Attributes:
        name: Name of the model in the catalogue.
        size: Bytes.
        fault: What is wrong with the file, as the end of a sentence; None if its hash is right.
    """

    name: str
    size: int
    fault: str | None


@dataclass(frozen=True)
class CacheState:
    """The cache of weights and clips.

    Attributes:
        folder: Its path; empty if it cannot be determined.
        exists: Whether there is such a folder yet.
        size: Bytes of all files in it.
        models: Weights in it.
        default_model: Name of the model that is used by default; empty if the catalogue cannot be read.
        unwritable: Why nothing can be written there, in the system's words; None if it can.
        failure: Why the cache or the catalogue cannot be used, as a sentence; None if it can.
        offline: Whether downloads are forbidden.
    """

    folder: str
    exists: bool
    size: int
    models: tuple[CachedModel, ...]
    default_model: str
    unwritable: str | None
    failure: str | None
    offline: bool


@dataclass(frozen=True)
class DiskState:
    """The disk of a folder.

    Attributes:
        purpose: What the folder is for: "cache", "temporary files" or "current folder".
        folder: The folder; empty if there is none.
        free: Free bytes; None if not known.
        total: All bytes; None if not known.
        failure: Why it cannot be used, in a few words; None if it can.
    """

    purpose: str
    folder: str
    free: int | None
    total: int | None
    failure: str | None


@dataclass(frozen=True)
class VariableState:
    """An environment variable that changes what midframe does.

    Attributes:
        name: Its name.
        value: Its value, without what is secret in it.
    """

    name: str
    value: str


@dataclass(frozen=True)
class Check:
    """Something that was tried.

    Attributes:
        subject: What, such as "engine cpu on cpu".
        state: What came of it.
        words: What was found or why it was not run, in a few words.
        seconds: How long it took.
    """

    subject: str
    state: CheckState
    words: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, or could be better.

    Attributes:
        severity: Whether something is broken.
        text: What it is, as a sentence.
        remedy: What to do about it, as a sentence; it ends with a colon where commands follow.
        commands: Commands that do it, of which one is enough.
    """

    severity: Severity
    text: str
    remedy: str
    commands: tuple[str, ...] = ()
