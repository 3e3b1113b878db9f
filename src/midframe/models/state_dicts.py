"""What loading weights takes, whatever the architecture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.errors import CheckpointMismatchError
from midframe.text import shortened


def shapes_of(tensors: Mapping[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor, by its key."""
    return {key: tensor.shape for key, tensor in tensors.items()}


def finite_float32(tensors: Mapping[str, NDArray[Any]], file: Path) -> dict[str, NDArray[np.float32]]:
    """The same tensors as contiguous float32.

    Args:
        tensors: Tensors of any type, by key.
        file: Where they come from, for messages.

    Raises:
        CheckpointMismatchError: One of them holds NaN or infinity, or a number beyond the range of float32.
    """
    with np.errstate(over="ignore"):
        converted = {key: np.asarray(tensor, np.float32, order="C") for key, tensor in tensors.items()}
    for key, tensor in converted.items():
        if not np.isfinite(tensor).all():
            raise CheckpointMismatchError(
                f"{file}: the tensor {shortened(key)} contains NaN or infinity; the file is damaged.", path=file
            )
    return converted
