"""Training of the network with torch, step by step, with an average of the weights over the steps."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pytorch_msssim import ssim
from torch import Tensor

from midframe.engines.failures import mapped_errors
from midframe.engines.torch.agreement import agreement, balanced_weights, enlarged, mask_share, small_views
from midframe.engines.torch.restructured import RestructuredNetwork
from midframe.errors import OutOfMemoryError
from midframe.finetuning.options import TrainingSettings
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.network import Block, IFNet, warp

MIDDLE = 0.5
"""Time of the interpolated frame between the other two."""

CHARBONNIER = 1e-3
"""Difference below which the loss is quadratic; P. Charbonnier et al., "Two deterministic half-quadratic
regularization algorithms for computed imaging", ICIP 1994."""

SSIM_WINDOW = 11


FIXED_BYTES = 900 << 20
"""Bytes of memory for the program (260 MB), weights, their average and the optimiser's two moments (150 MB), patches
(at most 300 MB) and the frames that are being read; measured with 4.25, rounded up."""

CROP_BYTES = 100 << 20
"""Bytes of memory for a training crop of 192×192 pixels, forward and backward; 4.25 took 35 to 55 MB."""


def fit_batch_to_memory(settings: TrainingSettings, memory: int | None) -> TrainingSettings:
    """The settings with a batch that fits into a memory budget.

    Args:
        settings: The settings; their batch is the largest one.
        memory: The budget in bytes; None for no limit.

    Raises:
        OutOfMemoryError: Not even one crop fits.
    """
    if memory is None:
        return settings
    crops = (memory - FIXED_BYTES) // CROP_BYTES
    if crops < 1:
        raise OutOfMemoryError(
            f"Adapting needs {(FIXED_BYTES + CROP_BYTES) / 1e9:.1f} GB; raise `memory` to that.", option="memory"
        )
    return replace(settings, batch=min(settings.batch, int(crops)))


class Trainer:
    """Trains a copy of a network. Not thread-safe.

    Training always uses the network's own mask: what is learnt so is worth as much where frames are blended by
    agreement (docs/adapt.md), and holds for other programs, too.

    Args:
        model: The base weights.
        device: Where to train.
        settings: How to train.
        balanced: Whether `interpolate_averaged` blends by agreement, see `interpolate_middle`.

    Raises:
        EngineError: The network does not fit on the device.
    """

    def __init__(
        self, model: RifeModel, device: torch.device, settings: TrainingSettings, *, balanced: bool = True
    ) -> None:
        self._settings = settings
        self._device = device
        self._balanced = balanced
        with mapped_errors(device):
            self._network = model.network().to(device)
            self._result = copy.deepcopy(self._network)
        trained = slice(settings.frozen_blocks, None)
        self._parameters = _parameters(self._network.blocks[trained])
        self._results = _parameters(self._result.blocks[trained])
        self._bases = [parameter.detach().clone() for parameter in self._parameters]
        self._averages = [base.clone() for base in self._bases]
        for parameter in self._parameters:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.AdamW(self._parameters, lr=settings.learning_rate, weight_decay=0.0, foreach=True)
        self.steps = 0

    def step(self, batch: NDArray[np.float32]) -> float:
        """Train on a batch.

        Args:
            batch: (3, N, height, width, 3) in [0, 1]: left, middle and right frames.

        Returns:
            The loss.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        settings = self._settings
        with mapped_errors(self._device):
            left, middle, right = (_planes(frames, self._device) for frames in batch)
            for group in self._optimizer.param_groups:
                group["lr"] = settings.learning_rate * min(1.0, (self.steps + 1) / settings.warm_up)
            interpolated = interpolate_middle(self._network, left, right, balanced=False, trainable=True)
            loss = _charbonnier(interpolated - middle) + settings.structure * _dissimilarity(interpolated, middle)
            self._optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
            self.steps += 1
            # Early on, the average must not depend on the base weights for long.
            decay = min(settings.averaging, (1 + self.steps) / (10 + self.steps))
            with torch.no_grad():
                for average, parameter in zip(self._averages, self._parameters, strict=True):
                    average.lerp_(parameter, 1 - decay)
            return float(loss.detach())

    def averaged(self) -> dict[str, NDArray[np.float32]]:
        """A copy of the averaged weights, interpolated with the base weights: the tensors of a `RifeModel`."""
        state = self._interpolated_weights().state_dict()
        return {name: tensor.detach().cpu().contiguous().numpy().copy() for name, tensor in state.items()}

    def interpolate_averaged(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        """The middle frames by these weights; see `MiddleInterpolator`."""
        interpolate = MiddleInterpolator(self._interpolated_weights(), self._device, balanced=self._balanced)
        return interpolate(left, right)

    def _interpolated_weights(self) -> IFNet:
        with torch.no_grad():
            for result, base, average in zip(self._results, self._bases, self._averages, strict=True):
                torch.lerp(base, average, self._settings.interpolation_weight, out=result)
        return self._result


class MiddleInterpolator:
    """Interpolates the middle frames of views, for validation.

    Args:
        network: A network that is on the device.
        device: The device.
        balanced: See `interpolate_middle`.
    """

    def __init__(self, network: IFNet, device: torch.device, *, balanced: bool) -> None:
        self._network = network
        self._device = device
        self._balanced = balanced

    @staticmethod
    def of(model: RifeModel, device: torch.device, *, balanced: bool) -> MiddleInterpolator:
        """An interpolator with the weights of a model."""
        with mapped_errors(device):
            return MiddleInterpolator(model.network().to(device), device, balanced=balanced)

    @staticmethod
    def of_state(
        model: RifeModel, tensors: Mapping[str, NDArray[np.float32]], device: torch.device, *, balanced: bool
    ) -> MiddleInterpolator:
        """An interpolator with other weights of the same network."""
        return MiddleInterpolator.of(replace(model, tensors=dict(tensors)), device, balanced=balanced)

    def __call__(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        """The middle frames.

        Args:
            left: (N, height, width, 3) in [0, 1].
            right: Frames of the same shape and range.

        Returns:
            Frames of the same shape and range.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        with torch.inference_mode(), mapped_errors(self._device):
            planes = _planes(left, self._device), _planes(right, self._device)
            interpolated = interpolate_middle(self._network, *planes, balanced=self._balanced)
            frames: NDArray[np.float32] = interpolated.clamp(0.0, 1.0).permute(0, 2, 3, 1).cpu().numpy()
            return frames


def interpolate_middle(
    network: IFNet, left: Tensor, right: Tensor, *, balanced: bool, trainable: bool = False
) -> Tensor:
    """The middle frames by the restructured form of a network.

    Args:
        network: The network.
        left: (N, 3, height, width) in [0, 1], of any height and width.
        right: Frames of the same shape and range.
        balanced: Whether frames are blended by agreement, as engines do by default (see `midframe.engines.agreement`),
            or by the network's mask alone.
        trainable: See `RestructuredNetwork`.
    """
    height, width = left.shape[-2:]
    multiple = network.spec.pad_multiple(1.0)
    padding = (0, -width % multiple, 0, -height % multiple)
    padded = F.pad(left, padding), F.pad(right, padding)
    form = RestructuredNetwork(network, trainable=trainable)
    features = form.features(torch.cat(padded))
    count = left.shape[0]
    motion = form.motion(*padded, features[:count], features[count:], MIDDLE)
    flow, mask = (planes[..., :height, :width] for planes in motion)
    if balanced:
        found = agreement(small_views(left), small_views(right), flow)
        weights = balanced_weights(mask, MIDDLE, mask_share(flow, found))
        flow = flow * (1 - enlarged(found.stillness, flow.shape[-2:]))
    else:
        weights = torch.sigmoid(mask)
    # Not of the padded frames: outside a frame, its nearest pixel counts.
    return warp(left, flow[:, 0:2]) * weights + warp(right, flow[:, 2:4]) * (1 - weights)


def _parameters(blocks: Sequence[Block]) -> list[Tensor]:
    return [parameter for block in blocks for parameter in block.parameters()]


def _charbonnier(difference: Tensor) -> Tensor:
    return torch.sqrt(difference * difference + CHARBONNIER**2).mean()


def _dissimilarity(interpolated: Tensor, truth: Tensor) -> Tensor:
    """1 − SSIM, with the constants and the window of the paper; 0 for frames smaller than the window."""
    if min(truth.shape[-2:]) < SSIM_WINDOW:
        return truth.new_zeros(())
    similarity: Tensor = ssim(interpolated, truth, data_range=1.0, win_size=SSIM_WINDOW)
    return 1 - similarity


def _planes(frames: NDArray[np.float32], device: torch.device) -> Tensor:
    """(N, H, W, 3) to (N, 3, H, W) on the device."""
    return torch.from_numpy(np.ascontiguousarray(frames.transpose(0, 3, 1, 2))).to(device)
