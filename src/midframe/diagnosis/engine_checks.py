"""Runs the network of every engine between two built-in frames, and compares the result with stored values."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.diagnosis.built_in import built_in_frame, built_in_model
from midframe.diagnosis.findings import BUILT_IN, TESTED_MODEL, Check
from midframe.engines.entry import EngineEntry
from midframe.engines.options import EngineOptions
from midframe.engines.registry import engine_entries, find_engine
from midframe.errors import MidframeError
from midframe.extras import LIBRARIES, LOAD_ERRORS, is_installed
from midframe.models.checkpoints import load_checkpoint
from midframe.models.registry import NetworkModel
from midframe.wording import enumerated

STORED = Path(__file__).with_name("stored_frames.npz")
"""The frames half-way as the reference implementation has them: uint16 (height, width, 3), by `BUILT_IN` or a model."""

WORST, MEAN = 1e-3, 1e-4
"""Largest and mean difference from the stored values that is allowed, as for all engines (tests/golden)."""


def engines_to_check() -> tuple[str, ...]:
    """Names of all engines."""
    return tuple(entry.name for entry in engine_entries())


def check_engine(name: str, checkpoint: str) -> tuple[Check, ...]:
    """Run an engine on each of its devices.

    Args:
        name: The engine.
        checkpoint: Path of the weights of `TESTED_MODEL`; empty for the built-in ones.
    """
    entry = find_engine(name)
    missing = [LIBRARIES[module][0] for module in entry.libraries if not is_installed(module)]
    if missing:
        return (_not_run(name, f"{enumerated(missing)} {'are' if len(missing) > 1 else 'is'} not installed"),)
    try:
        devices = entry.devices()
        model = load_checkpoint(Path(checkpoint)).model if checkpoint else built_in_model()
        unusable = None if devices else entry.unavailable("cpu") or "it finds no device here"
    except (MidframeError, *LOAD_ERRORS) as error:
        return (Check(f"engine {name}", "failed", _words(error)),)
    if unusable is not None:
        return (_not_run(name, unusable),)
    return tuple(_check_devices(entry, model, TESTED_MODEL if checkpoint else BUILT_IN))


def stored_values(weights: str) -> NDArray[np.float64]:
    """The frame half-way: (height, width, 3) in [0, 1].

    Args:
        weights: `TESTED_MODEL` or `BUILT_IN`.
    """
    with np.load(STORED) as stored:
        return np.asarray(stored[weights]) / 65535.0


def interpolated(entry: EngineEntry, model: NetworkModel, device: str) -> NDArray[np.float32]:
    """The frame half-way between the built-in ones, by the network as published."""
    engine = entry.make(model, EngineOptions(device=device, engine=entry.name, quality="fast"))
    left, right = (engine.encode(built_in_frame(number)) for number in (0, 1))
    return np.clip(engine.between(left, right, [0.5])[0], 0, 1)


def _check_devices(entry: EngineEntry, model: NetworkModel, weights: str) -> Iterator[Check]:
    for device in entry.devices():
        subject = f"engine {entry.name} on {device.name}"
        reason = entry.unavailable(device.name)
        if reason is not None:
            yield Check(subject, "not run", reason)
            continue
        if device.is_software:
            yield Check(subject, "not run", "software on the CPU, not a GPU")
            continue
        begin = time.monotonic()
        try:
            difference = np.abs(interpolated(entry, model, device.name) - stored_values(weights))
        except (MidframeError, *LOAD_ERRORS) as error:
            yield Check(subject, "failed", _words(error), time.monotonic() - begin)
            continue
        worst, mean = float(difference.max()), float(difference.mean())
        # Written so that what is not a number fails.
        right = worst < WORST and mean < MEAN
        words = f"largest difference {worst:.1e}"
        yield Check(
            subject,
            "passed" if right else "failed",
            words if right else f"{words}, {WORST:g} is allowed; mean {mean:.1e}, {MEAN:g} is allowed",
            time.monotonic() - begin,
        )


def _not_run(name: str, reason: str) -> Check:
    return Check(f"engine {name}", "not run", reason)


def _words(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
