"""Values that stand for no data: not a number, infinity, and what renderers write where there is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PLACEHOLDER = 1e9
"""The lowest or highest value of a channel stands for no data if it is as far from zero as this. Depth has 1e10 or 1e30
for the sky; no light is as bright."""


def no_data_in(samples: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Where channels hold no data.

    Args:
        samples: (height, width, channels) float.

    Returns:
        (height, width, channels); None if they nowhere do.
    """
    # What is not a number spreads to both ends of the range, and is neither above nor below anything.
    if float(samples.min()) > -PLACEHOLDER and float(samples.max()) < PLACEHOLDER:
        return None
    finite = np.isfinite(samples)
    lowest = np.where(finite, samples, np.inf).min(axis=(0, 1))
    highest = np.where(finite, samples, -np.inf).max(axis=(0, 1))
    no_data: NDArray[np.bool_] = ~finite
    no_data |= (samples == lowest) & (lowest <= -PLACEHOLDER)
    no_data |= (samples == highest) & (highest >= PLACEHOLDER)
    return no_data if no_data.any() else None


def data_in(samples: NDArray[Any]) -> NDArray[Any]:
    """The samples that are data, one after another.

    Args:
        samples: (height, width, channels) of any type.
    """
    no_data = no_data_in(samples) if samples.dtype.kind == "f" and samples.size else None
    data: NDArray[Any] = samples.reshape(-1) if no_data is None else samples[~no_data]
    return data
