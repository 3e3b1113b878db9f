"""torch tensors as arrays and back, for callers that may not import torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_array(tensor: Tensor) -> NDArray[Any]:
    """(channels, height, width) of any device as (height, width, channels) in memory; bfloat16 becomes float32."""
    plain = tensor.detach().cpu()
    if plain.dtype == torch.bfloat16:
        plain = plain.float()
    return np.ascontiguousarray(plain.permute(1, 2, 0).numpy())


def from_array(array: NDArray[Any], like: Tensor) -> Tensor:
    """The way back: layout, type and device of `like`."""
    tensor = torch.from_numpy(np.ascontiguousarray(array)).permute(2, 0, 1).contiguous()
    return tensor.to(device=like.device, dtype=like.dtype)
