"""Looks at everything at once, and never raises: what cannot be looked at becomes a problem."""

from __future__ import annotations

import os
import platform
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from midframe.diagnosis.disks import look_at_disks
from midframe.diagnosis.environment import set_variables
from midframe.diagnosis.findings import (
    BUILT_IN,
    TESTED_MODEL,
    CacheState,
    Check,
    DiskState,
    KernelState,
    LibraryState,
    MachineState,
    VariableState,
    VideoLibrary,
)
from midframe.diagnosis.isolated import IsolatedError, Remote, call_isolated
from midframe.diagnosis.libraries import look_at_libraries

if TYPE_CHECKING:
    # Importing it loads numpy, which may be what is broken.
    from midframe.engines.inventory import Inventory

_PACKAGE = "midframe.diagnosis"
_INVENTORY: Remote[Inventory] = Remote("midframe.engines.inventory", "take_inventory")
_KERNELS: Remote[KernelState] = Remote(f"{_PACKAGE}.kernels", "look_at_kernels")
_MACHINE: Remote[MachineState] = Remote(f"{_PACKAGE}.machine", "look_at_machine")
_CACHE: Remote[CacheState] = Remote(f"{_PACKAGE}.cache_state", "look_at_cache")
_CHECKPOINT: Remote[Path | None] = Remote(f"{_PACKAGE}.cache_state", "cached_checkpoint")
_ENGINES: Remote[tuple[str, ...]] = Remote(f"{_PACKAGE}.engine_checks", "engines_to_check")
_ENGINE: Remote[tuple[Check, ...]] = Remote(f"{_PACKAGE}.engine_checks", "check_engine")
_PICTURES: Remote[tuple[Check, ...]] = Remote(f"{_PACKAGE}.picture_checks", "check_pictures")
_VIDEO: Remote[tuple[VideoLibrary, tuple[Check, ...]]] = Remote(f"{_PACKAGE}.video_checks", "check_video")

_MOST_PROCESSES = 4
"""At once. Each may hold a large library."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Diagnosis:
    """What was found. Parts that could not be looked at are None, and `failures` says why.

    Attributes:
        python: Version of Python, with its implementation if that is not CPython.
        libraries: Libraries that midframe uses, the required ones first.
        video: FFmpeg.
        kernels: CPU kernels.
        inventory: Devices and engines, as `midframe devices` shows them.
        machine: Processor and memory.
        cache: The cache.
        disks: Disks that midframe writes to.
        variables: Environment variables that change what midframe does.
        weights: Weights that engines were tried with: the name of a model, or "built-in".
        checks: What was tried.
        failures: Why parts could not be looked at, as the ends of sentences, by what they are.
    """

    python: str
    libraries: tuple[LibraryState, ...]
    video: VideoLibrary | None
    kernels: KernelState | None
    inventory: Inventory | None
    machine: MachineState | None
    cache: CacheState | None
    disks: tuple[DiskState, ...]
    variables: tuple[VariableState, ...]
    weights: str
    checks: tuple[Check, ...]
    failures: dict[str, str]


def diagnose() -> Diagnosis:
    """Look at this machine and try what is installed; takes a few seconds. Nothing is downloaded."""
    pool = ThreadPoolExecutor(min(_MOST_PROCESSES, max(2, os.cpu_count() or 1)))
    try:
        calls = _Calls(pool)
        checkpoint = calls.begin(_CHECKPOINT, TESTED_MODEL)
        engine_names = calls.begin(_ENGINES)
        inventory = calls.begin(_INVENTORY)
        libraries = pool.submit(look_at_libraries)
        video, pictures = calls.begin(_VIDEO), calls.begin(_PICTURES)
        kernels, machine, cache = calls.begin(_KERNELS), calls.begin(_MACHINE), calls.begin(_CACHE)
        path = calls.value("finding weights", checkpoint)
        names = calls.value("listing engines", engine_names) or ()
        engines = {name: calls.begin(_ENGINE, name, str(path or "")) for name in names}
        found_cache = calls.value("looking at the cache", cache)
        found_video = calls.value("trying videos", video)
        checks = [check for name in names for check in calls.checks(f"engine {name}", engines[name])]
        checks += found_video[1] if found_video else ()
        checks += calls.checks("pictures", pictures)
        return Diagnosis(
            python=_python(),
            libraries=libraries.result(),
            video=found_video[0] if found_video else None,
            kernels=calls.value("looking at the CPU kernels", kernels),
            inventory=calls.value("looking for devices", inventory),
            machine=calls.value("looking at processor and memory", machine),
            cache=found_cache,
            disks=look_at_disks(found_cache.folder if found_cache else ""),
            variables=set_variables(),
            weights=TESTED_MODEL if path else BUILT_IN,
            checks=tuple(checks),
            failures=calls.failures,
        )
    finally:
        # After Ctrl+C, what has not begun does not begin.
        pool.shutdown(cancel_futures=True)


class _Calls:
    """Functions that run at the same time, each in a process, and what became of them."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.failures: dict[str, str] = {}

    def begin(self, function: Remote[Found], *arguments: str) -> Future[Found]:
        return self._pool.submit(call_isolated, function, *arguments)

    def value(self, subject: str, future: Future[Found]) -> Found | None:
        """What a function returned, or None, with a failure."""
        try:
            return future.result()
        except IsolatedError as error:
            self.failures[subject] = str(error)
            return None

    def checks(self, subject: str, future: Future[tuple[Check, ...]]) -> tuple[Check, ...]:
        """The checks that a function returned, or a single one that failed."""
        try:
            return future.result()
        except IsolatedError as error:
            return (Check(subject, "failed", str(error)),)


def _python() -> str:
    name = platform.python_implementation()
    return platform.python_version() + ("" if name == "CPython" else f" ({name})")
