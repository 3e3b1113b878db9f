"""The engine for every device that torch has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame, Motion, require_motion_for
from midframe.engines.torch.bfloat16 import computes_in_bfloat16
from midframe.engines.torch.resampling import Grid
from midframe.engines.torch.restructured import Estimate, RestructuredNetwork, Sides
from midframe.engines.torch.tensors import as_tensors, device_in_words, motion_field, padded, release_cached
from midframe.engines.torch.tiling import features_in_strips, row_grid, strip_bounds, warp_rows
from midframe.errors import EngineError
from midframe.models.rife.architecture import check_ensemble
from midframe.models.rife.network import IFNet, blend


@dataclass(frozen=True, eq=False)
class TorchFrame:
    """An encoded frame, on the engine's device.

    Attributes:
        side: (1, 3 + features, H, W) float32: the view in [0, 1] and its features, padded right and bottom with zeros.
        samples: (1, channels, height, width) float32, without padding.
        limits: (2, 1, channels, 1, 1): the lowest and the highest sample of each channel.
    """

    side: Tensor
    samples: Tensor
    limits: Tensor

    @property
    def height(self) -> int:
        """Rows before padding."""
        return self.samples.shape[2]

    @property
    def width(self) -> int:
        """Columns before padding."""
        return self.samples.shape[3]

    @property
    def image(self) -> Tensor:
        """(1, 3, H, W) in [0, 1]."""
        return self.side[:, :3]

    @property
    def features(self) -> Tensor:
        """(1, features, H, W)."""
        return self.side[:, 3:]


Form = Literal["restructured", "reference"]
"""Form of the network: `RestructuredNetwork`, which is faster, or `IFNet`, which it is compared with."""


class TorchEngine:
    """Runs a network in float32 on one torch device. The network is moved to the device.

    Flow scale, precision and ensemble of the options are used. The precision "fast" runs the convolutions of the
    restructured form in half precision on GPUs, and in bfloat16 on CPUs that compute in it; elsewhere it is the same as
    "exact".

    Raises:
        OptionError: Ensemble for a version that has none.
        EngineError: The network does not fit on the device.
    """

    def __init__(
        self,
        network: IFNet,
        device: torch.device,
        options: EngineOptions,
        *,
        form: Form = "restructured",
    ) -> None:
        check_ensemble(network.spec, ensemble=options.ensemble)
        self._device = device
        with mapped_errors(device):
            short = short_type(device) if options.precision == "fast" else None
            module: IFNet | RestructuredNetwork = network
            if form == "restructured":
                module = RestructuredNetwork(network, short=short)
            self._network = module.to(device).eval()
        self._flow_scale = options.flow_scale
        self._ensemble = options.ensemble
        self.strips = 1

    @property
    def device_name(self) -> str:
        """The device in words."""
        return device_in_words(self._device)

    def release(self) -> None:
        """Give the memory that torch keeps for later back to the device."""
        release_cached(self._device)

    def encode(self, frame: EngineFrame) -> TorchFrame:
        """Upload, pad and encode."""
        height, width = frame.view.shape[:2]
        with torch.inference_mode(), mapped_errors(self._device):
            side = image = padded(frame.view, self._network.spec.pad_multiple(self._flow_scale), self._device)
            if frame.samples is frame.view:
                samples = image[:, :, :height, :width]
            else:
                samples = padded(frame.samples, 1, self._device)
            if self._network.spec.head:
                features = features_in_strips(self._network.features, image, self.strips)
                side = torch.cat((image, features), dim=1)
            return TorchFrame(side, samples, channel_limits(samples))

    def between(self, left: TorchFrame, right: TorchFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time; with strips, flow and mask never reach full resolution as a whole."""
        network = self._network
        if self.strips == 1 or isinstance(network, IFNet):
            return [self.warp(left, right, self.motion(left, right, time)) for time in times]
        self._require_pair(left, right)
        results = []
        for time in times:
            with torch.inference_mode(), mapped_errors(self._device):
                known = network.estimate(
                    Sides(left.side, right.side, time), flow_scale=self._flow_scale, ensemble=self._ensemble
                )

                def motion_of(first: int, last: int, known: Estimate = known) -> tuple[Tensor, Tensor]:
                    return known.at(row_grid(first, last, left.width, self._device))

                results.append(self._warped(left, right, motion_of))
        return results

    def motion(self, left: TorchFrame, right: TorchFrame, time: float) -> Motion:
        """One pass of the network."""
        self._require_pair(left, right)
        network = self._network
        with torch.inference_mode(), mapped_errors(self._device):
            if isinstance(network, IFNet):
                flow, mask = network.motion(
                    left.image,
                    right.image,
                    left.features,
                    right.features,
                    time,
                    flow_scale=self._flow_scale,
                    ensemble=self._ensemble,
                )
            else:
                known = network.estimate(
                    Sides(left.side, right.side, time), flow_scale=self._flow_scale, ensemble=self._ensemble
                )
                height, width = left.side.shape[-2:]
                flow, mask = known.at(Grid.of(height, width, 1, self._device))
        return Motion(flow, mask)

    def warp(self, left: TorchFrame, right: TorchFrame, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the samples as the network does with its images."""
        self._require_pair(left, right)
        require_motion_for(motion, (left.height, left.width), str(self._device))
        with torch.inference_mode(), mapped_errors(self._device):
            flow, mask = as_tensors(motion, self._device)

            def motion_of(first: int, last: int) -> tuple[Tensor, Tensor]:
                return flow[:, :, first:last, : left.width], mask[:, :, first:last, : left.width]

            return self._warped(left, right, motion_of)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """Download, without padding."""
        return motion_field(motion, height, width)

    def _warped(
        self, left: TorchFrame, right: TorchFrame, motion_of: Callable[[int, int], tuple[Tensor, Tensor]]
    ) -> NDArray[np.float32]:
        """Warp and blend strip by strip; `motion_of` yields flow and mask logit of rows, without padded columns.

        Nothing is lower or higher than everything in both frames, so that a channel that is the same throughout stays
        that to the last bit.
        """
        lowest = torch.fmin(left.limits[0], right.limits[0])
        highest = torch.fmax(left.limits[1], right.limits[1])
        output = np.empty((left.height, left.width, left.samples.shape[1]), np.float32)
        for first, last in strip_bounds(left.height, self.strips):
            flow, mask = motion_of(first, last)
            blended = blend(
                warp_rows(left.samples, flow[:, 0:2], first), warp_rows(right.samples, flow[:, 2:4], first), mask
            )
            blended = torch.clamp(blended, lowest, highest)
            output[first:last] = blended[0].permute(1, 2, 0).cpu().numpy()
        return output

    def _require_pair(self, left: TorchFrame, right: TorchFrame) -> None:
        if (left.height, left.width) != (right.height, right.width) or left.samples.shape != right.samples.shape:
            raise EngineError(f"The network failed on {self._device}: the two frames differ in size or channels.")


def channel_limits(samples: Tensor) -> Tensor:
    """The lowest and the highest number of each channel, (2, 1, C, 1, 1) of (1, C, H, W)."""
    unknown = samples.isnan()
    lowest = samples.masked_fill(unknown, torch.inf).amin(dim=(2, 3), keepdim=True)
    highest = samples.masked_fill(unknown, -torch.inf).amax(dim=(2, 3), keepdim=True)
    return torch.stack((lowest, highest))


def short_type(device: torch.device) -> torch.dtype | None:
    """What "fast" computes convolutions in; None where nothing shorter than float32 is faster."""
    if device.type == "cpu":
        return torch.bfloat16 if computes_in_bfloat16() else None
    return torch.float16
