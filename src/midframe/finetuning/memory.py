"""Keeping training within a memory budget."""

from __future__ import annotations

from dataclasses import replace

from midframe.errors import OutOfMemoryError
from midframe.finetuning.training import TrainingSettings

FIXED = 900 << 20
"""Bytes for the program (260 MB), weights, their average and the optimiser's two moments (150 MB), patches (at most
300 MB) and the frames that are being read; measured with 4.25, rounded up."""

PER_CROP = 100 << 20
"""Bytes of a training crop of 192×192 pixels on its way through the network and back; 4.25 took 35 to 55 MB."""


def batch_within(settings: TrainingSettings, memory: int | None) -> TrainingSettings:
    """The settings, with a batch that fits into a budget in bytes; as they are if there is none.

    Raises:
        OutOfMemoryError: Not even one crop fits.
    """
    if memory is None:
        return settings
    room = (memory - FIXED) // PER_CROP
    if room < 1:
        raise OutOfMemoryError(f"Adapting needs {(FIXED + PER_CROP) / 1e9:.1f} GB; give --memory as much.")
    return replace(settings, batch=min(settings.batch, int(room)))
