"""Samples of fewer bits than their type has, spread over the whole of it and back.

A sample of 10 bits that is 1023 is white, and so is one of 16 bits that is 65535: spread that way, it can be converted,
looked at and written like any other. Going there and back is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread(samples: NDArray[Any], largest: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Unsigned samples of 0 … `largest` over the whole range of an unsigned type, rounded to nearest."""
    full = int(np.iinfo(dtype).max)
    if largest == full:
        return samples.astype(dtype)
    spread_samples: NDArray[Any] = ((samples.astype(np.uint64) * full + largest // 2) // largest).astype(dtype)
    return spread_samples


def gathered(samples: NDArray[Any], largest: int) -> NDArray[Any]:
    """The opposite of `spread`, in the same type."""
    full = int(np.iinfo(samples.dtype).max)
    if largest == full:
        return samples
    gathered_samples: NDArray[Any] = ((samples.astype(np.uint64) * largest + full // 2) // full).astype(samples.dtype)
    return gathered_samples
