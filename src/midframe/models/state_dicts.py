"""What loading weights takes, whatever the architecture. Works on tensors without importing torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from midframe.errors import CheckpointMismatchError

if TYPE_CHECKING:
    from torch import Tensor


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor, by its key."""
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def finite_float32(tensors: Mapping[str, Tensor], file: Path) -> dict[str, Tensor]:
    """The same tensors as contiguous float32.

    Args:
        tensors: Tensors of any type, by key.
        file: Where they come from, for messages.

    Raises:
        CheckpointMismatchError: One of them holds NaN or infinity.
    """
    converted = {key: tensor.float().contiguous() for key, tensor in tensors.items()}
    for key, tensor in converted.items():
        if not bool(tensor.isfinite().all()):
            raise CheckpointMismatchError(
                f"{file}: the tensor {key} holds NaN or infinity; the file is damaged.", path=file
            )
    return converted
