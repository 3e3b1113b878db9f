"""The CPU kernels: what was built, what the processor has, and what is used."""

from __future__ import annotations

import os
from pathlib import Path

from midframe.diagnosis.findings import KernelState
from midframe.errors import EngineError


def look_at_kernels() -> KernelState:
    """Load each library that was built; on processors that lack its instructions this runs none of them."""
    # The libraries' errors are what this is about, and numpy takes a moment to load.
    from midframe.engines.cpu.kernels.library import (
        INSTRUCTION_SETS,
        VARIABLE,
        library_file,
        load_kernels,
        supported_instruction_sets,
    )

    files = {name: library_file(name) for name in INSTRUCTION_SETS}
    built = tuple(name for name in INSTRUCTION_SETS if files[name].is_file())
    failures = {name: reason for name in built if (reason := _failure(name, files[name])) is not None}
    if failures:
        supported: tuple[str, ...] = ()
    else:
        supported = supported_instruction_sets() if INSTRUCTION_SETS[0] in built else ()
    choice = os.environ.get(VARIABLE, "")
    if choice.lower() == "off":
        return KernelState(built, supported, None, f"{VARIABLE}={choice} disables them.", failures)
    try:
        kernels = load_kernels()
    except EngineError as error:
        return KernelState(built, supported, None, str(error), failures)
    if kernels is None:
        reason = "They cannot be loaded." if built else "They were not built when midframe was installed."
        return KernelState(built, supported, None, reason, failures)
    if choice.lower() == kernels.name:
        reason = f"{VARIABLE}={choice} allows no newer instructions."
    elif choice:
        reason = f"{VARIABLE}={choice} is none that this processor has, so the best ones are used."
    elif supported and kernels.name != supported[-1]:
        reason = f"The processor has {supported[-1]}, which no kernels were built for."
    else:
        reason = "The best that this processor has."
    return KernelState(built, supported, kernels.name, reason, failures)


def _failure(name: str, file: Path) -> str | None:
    """Why a library cannot be loaded; None if it can."""
    from midframe.engines.cpu.kernels.library import Kernels

    try:
        Kernels(name, file)
    except (OSError, EngineError) as error:
        return str(error).rstrip(".")
    return None
