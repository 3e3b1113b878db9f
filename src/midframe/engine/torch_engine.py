"""The engine for every device that torch has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from midframe.engine.base import EngineFrame, Motion, Precision
from midframe.engine.cpu.short import computes_in_bfloat16
from midframe.engine.devices import describe_device
from midframe.engine.restructured import RestructuredNetwork
from midframe.errors import EngineError, OptionError
from midframe.model.ifnet import IFNet, blend, warp
from midframe.model.spec import FLOW_SCALES, Spec


@dataclass(frozen=True, eq=False)
class TorchFrame:
    """An encoded frame: padded right and bottom with zeros, on the engine's device.

    Attributes:
        image: (1, 3, H, W) float32 in [0, 1].
        features: (1, features, H, W).
        samples: (1, channels, H, W) float32; the same tensor as `image` is never assumed.
        height: Rows before padding.
        width: Columns before padding.
    """

    image: Tensor
    features: Tensor
    samples: Tensor
    height: int
    width: int


Form = Literal["restructured", "reference"]
"""Of the network: `RestructuredNetwork`, which is faster, or `IFNet`, which it is held to."""


class TorchEngine:
    """Runs a network in float32 on one torch device."""

    def __init__(
        self,
        network: IFNet,
        device: torch.device,
        *,
        flow_scale: float = 1.0,
        precision: Precision = "exact",
        ensemble: bool = False,
        form: Form = "restructured",
    ) -> None:
        """Take a network and move it to the device.

        "fast" runs the convolutions of the restructured form in half precision on GPUs, and in bfloat16 on CPUs
        that compute in it; elsewhere it is the same as "exact".

        Raises:
            OptionError: A flow scale that is not allowed, or ensemble for a version that has none.
            EngineError: The network does not fit on the device.
        """
        check_options(network.spec, flow_scale, ensemble)
        self._device = device
        with mapped_errors(device):
            short = short_type(device) if precision == "fast" else None
            wanted = network if form == "reference" else RestructuredNetwork(network, short=short)
            self._network = wanted.to(device).eval()
        self._flow_scale = flow_scale
        self._ensemble = ensemble

    @property
    def device_name(self) -> str:
        """The device in words."""
        return describe_device(self._device)

    def encode(self, frame: EngineFrame) -> TorchFrame:
        """Upload, pad and encode."""
        height, width = frame.view.shape[:2]
        with torch.inference_mode(), mapped_errors(self._device):
            image = self._padded(frame.view)
            return TorchFrame(image, self._network.features(image), self._padded(frame.samples), height, width)

    def between(self, left: TorchFrame, right: TorchFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time."""
        return [self.draw(left, right, self.motion(left, right, time)) for time in times]

    def motion(self, left: TorchFrame, right: TorchFrame, time: float) -> Motion:
        """One pass of the network."""
        if (left.height, left.width) != (right.height, right.width):
            raise EngineError(f"The network failed on {self._device}: the two frames differ in size.")
        with torch.inference_mode(), mapped_errors(self._device):
            flow, mask = self._network.motion(
                left.image,
                right.image,
                left.features,
                right.features,
                time,
                flow_scale=self._flow_scale,
                ensemble=self._ensemble,
            )
        return Motion(flow, mask)

    def draw(self, left: TorchFrame, right: TorchFrame, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the samples as the network does with its images."""
        with torch.inference_mode(), mapped_errors(self._device):
            drawn = blend(
                warp(left.samples, motion.flow[:, 0:2]), warp(right.samples, motion.flow[:, 2:4]), motion.mask
            )
            cropped = drawn[0, :, : left.height, : left.width].permute(1, 2, 0)
            return np.ascontiguousarray(cropped.cpu().numpy())

    def _padded(self, pixels: NDArray[np.float32]) -> Tensor:
        """(H, W, C) to (1, C, padded H, padded W) on the device."""
        multiple = self._network.spec.pad_multiple(self._flow_scale)
        height, width = pixels.shape[:2]
        # torch warns about read-only arrays, though nothing here writes into them.
        writeable = np.require(pixels, requirements=("C", "W"))
        planes = torch.from_numpy(writeable).to(self._device).permute(2, 0, 1).unsqueeze(0)
        return F.pad(planes, (0, -width % multiple, 0, -height % multiple))


def short_type(device: torch.device) -> torch.dtype | None:
    """What "fast" computes convolutions in; None where nothing shorter than float32 is faster."""
    if device.type == "cpu":
        return torch.bfloat16 if computes_in_bfloat16() else None
    return torch.float16


def check_options(spec: Spec, flow_scale: float, ensemble: bool) -> None:
    """Refuse options that a network cannot be run with.

    Raises:
        OptionError: A flow scale that is not allowed, or ensemble for a version that has none.
    """
    if flow_scale not in FLOW_SCALES:
        allowed = ", ".join(f"{scale:g}" for scale in FLOW_SCALES)
        raise OptionError(f"The flow scale must be one of {allowed}, not {flow_scale:g}.")
    if ensemble and not spec.ensemble:
        raise OptionError(f"{spec.description} has no ensemble mode; it exists for RIFE 4.0 to 4.20 and 4.24.")


@contextmanager
def mapped_errors(device: torch.device) -> Iterator[None]:
    """Turn torch's errors of memory and driver into `EngineError` with advice."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EngineError(
            f"Out of memory on {device}: try --scale 0.5 (or 0.25), close other programs that use it, "
            "or use --device cpu."
        ) from error
    except RuntimeError as error:
        if "not enough memory" in str(error) or "can't allocate memory" in str(error):
            raise EngineError(f"Out of memory on {device}: try --scale 0.5 (or 0.25) or smaller frames.") from error
        raise EngineError(f"The network failed on {device}: {error}") from error
