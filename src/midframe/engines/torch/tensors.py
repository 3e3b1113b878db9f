"""torch tensors as arrays and back, for callers that may not import torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from midframe.engines.devices import describe_device
from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import Motion
from midframe.engines.threads import describe_cpu, thread_count


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


def padded(pixels: NDArray[np.float32], multiple: int, device: torch.device) -> Tensor:
    """(H, W, C) as (1, C, padded H, padded W) on a device: zeros right and bottom, up to multiples of `multiple`."""
    height, width = pixels.shape[:2]
    # torch warns about read-only arrays, though nothing here writes into them.
    writeable = np.require(pixels, requirements=("C", "W"))
    planes = torch.from_numpy(writeable).to(device).permute(2, 0, 1).unsqueeze(0)
    return F.pad(planes, (0, -width % multiple, 0, -height % multiple))


def torch_device(name: str) -> torch.device:
    """A device by its name; torch gets as many threads as engines are to use."""
    torch.set_num_threads(thread_count())
    return torch.device(name)


def device_in_words(device: torch.device) -> str:
    """A device for summaries."""
    return describe_cpu() if device.type == "cpu" else describe_device(str(device))


def release_cached(device: torch.device) -> None:
    """Give the memory that torch keeps for later back to a device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def as_tensor(array: Any, device: torch.device) -> Tensor:
    """An array of any library that has DLPack as a tensor on a device; without a copy where that is possible."""
    tensor = array if isinstance(array, Tensor) else from_dlpack(array)
    return tensor.to(device)


def as_tensors(motion: Motion, device: torch.device) -> tuple[Tensor, Tensor]:
    """Flow and mask logit of a motion as tensors on a device."""
    return as_tensor(motion.flow, device), as_tensor(motion.mask, device)


def motion_field(motion: Motion, height: int, width: int) -> MotionField:
    """See `midframe.engines.protocols.MotionEngine.field`; for motions that are tensors."""
    flow = to_array(motion.flow[0, :, :height, :width])
    share = to_array(motion.mask[0, :, :height, :width].sigmoid())[..., 0]
    return MotionField(np.ascontiguousarray(flow[..., :2]), np.ascontiguousarray(flow[..., 2:]), share)
