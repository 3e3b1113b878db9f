"""The engine for networks that make the frame in between themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from midframe.engines.failures import mapped_errors
from midframe.engines.protocols import EngineFrame
from midframe.engines.torch.tensors import device_in_words, padded, release_cached
from midframe.errors import EngineError
from midframe.models.synthesis import SynthesisModel


@dataclass(frozen=True, eq=False)
class SynthesisFrame:
    """A frame on the engine's device, padded right and bottom.

    Attributes:
        view: (1, 3, H, W) float32 in [0, 1]; padding is zero.
        samples: (1, channels, H, W) float32; padding repeats the nearest pixel, as warps may reach it.
        height: Rows before padding.
        width: Columns before padding.
    """

    view: Tensor
    samples: Tensor
    height: int
    width: int


class SynthesisEngine:
    """Runs a network of any architecture as a function of two frames and a time. Estimates no motion.

    The network is moved to the device.

    Attributes:
        strips: Kept, and of no effect.

    Raises:
        EngineError: It does not fit there.
    """

    strips = 1

    def __init__(self, model: SynthesisModel, device: torch.device) -> None:
        self._device = device
        self._pad_multiple = model.pad_multiple
        with mapped_errors(device):
            self._network = model.network().to(device).eval()

    @property
    def device_name(self) -> str:
        """The device in words."""
        return device_in_words(self._device)

    def release(self) -> None:
        """Give the memory that torch keeps for later back to the device."""
        release_cached(self._device)

    def encode(self, frame: EngineFrame) -> SynthesisFrame:
        """Upload and pad."""
        height, width = frame.view.shape[:2]
        with torch.inference_mode(), mapped_errors(self._device):
            view = padded(frame.view, self._pad_multiple, self._device)
            height_missing, width_missing = view.shape[2] - height, view.shape[3] - width
            samples = F.pad(
                padded(frame.samples, 1, self._device), (0, width_missing, 0, height_missing), mode="replicate"
            )
        return SynthesisFrame(view, samples, height, width)

    def between(
        self, left: SynthesisFrame, right: SynthesisFrame, times: Sequence[float]
    ) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time."""
        if (left.height, left.width) != (right.height, right.width) or left.samples.shape != right.samples.shape:
            raise EngineError(f"The network failed on {self._device}: the two frames differ in size or channels.")
        results = []
        with torch.inference_mode(), mapped_errors(self._device):
            views, samples = torch.cat((left.view, right.view)), torch.cat((left.samples, right.samples))
            for time in times:
                output: Tensor = self._network(views, samples, time)[0, :, : left.height, : left.width]
                results.append(np.ascontiguousarray(output.permute(1, 2, 0).float().cpu().numpy()))
        return results
