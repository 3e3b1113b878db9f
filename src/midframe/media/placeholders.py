"""Values that stand for no data: not a number, infinity, and what renderers write where there is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PLACEHOLDER = 1e9
"""The lowest or highest value of a channel stands for no data if it is as far from zero as this. Depth has 1e10 or 1e30
for the sky; no light is as bright."""


def no_data_in(samples: NDArray[Any], stated: float | None = None) -> NDArray[np.bool_] | None:
    """Where channels hold no data.

    Args:
        samples: (height, width, channels) of any type.
        stated: The value that stands for no data, where the file says it; in integers, no other does.

    Returns:
        (height, width, channels); None if they nowhere do.
    """
    found = _unusual(samples) if samples.dtype.kind == "f" and samples.size else None
    if stated is not None:
        same: NDArray[np.bool_] = samples == stated
        found = same if found is None else found | same
    return found if found is not None and found.any() else None


def _unusual(samples: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Where floats are not numbers, infinite, or far beyond all others."""
    # What is not a number spreads to both ends of the range, and is neither above nor below anything.
    if float(samples.min()) > -PLACEHOLDER and float(samples.max()) < PLACEHOLDER:
        return None
    finite = np.isfinite(samples)
    lowest = np.where(finite, samples, np.inf).min(axis=(0, 1))
    highest = np.where(finite, samples, -np.inf).max(axis=(0, 1))
    no_data: NDArray[np.bool_] = ~finite
    no_data |= (samples == lowest) & (lowest <= -PLACEHOLDER)
    no_data |= (samples == highest) & (highest >= PLACEHOLDER)
    return no_data


def data_in(samples: NDArray[Any], stated: float | None = None) -> NDArray[Any]:
    """The samples that are data, one after another.

    Args:
        samples: (height, width, channels) of any type.
        stated: See `no_data_in`.
    """
    no_data = no_data_in(samples, stated)
    data: NDArray[Any] = samples.reshape(-1) if no_data is None else samples[~no_data]
    return data
