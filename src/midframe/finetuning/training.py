"""Training the network, with torch: one step after the other, and an average of the weights over the steps."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pytorch_msssim import ssim
from torch import Tensor

from midframe.engines.agreement import balanced_weights, disagreement, mask_share, small_views
from midframe.engines.failures import mapped_errors
from midframe.engines.restructured import RestructuredNetwork
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.network import Block, IFNet, blend, warp

MIDDLE = 0.5
"""Where the frame to be drawn stands between the other two."""

CHARBONNIER = 1e-3
"""Difference below which the loss is quadratic; P. Charbonnier et al., "Two deterministic half-quadratic
regularization algorithms for computed imaging", ICIP 1994."""

SSIM_WINDOW = 11


@dataclass(frozen=True)
class TrainingSettings:
    """How the network is trained. docs/adapt.md tells what else was tried.

    Attributes:
        learning_rate: Of AdamW, after the warm-up.
        warm_up: Steps over which the learning rate rises from nothing.
        batch: Crops in a step.
        averaging: Share of the average that a step leaves as it is, once there have been some steps.
        way: Share of the way from the base's weights to the averaged ones that is gone in the end. What is learnt at
            twice the distance only holds in part at the distance that is wanted, and in scenes that were not seen;
            between both, most of the gain is kept and most of the harm is not (M. Wortsman et al., "Robust fine-tuning
            of zero-shot models", CVPR 2022).
        structure: Weight of 1 − SSIM in the loss, beside Charbonnier's.
        frozen_blocks: Blocks that stay as they are, the coarse ones first; and the encoder with them. They find large
            motion, know it better than a short clip can teach it, and hold most of the weights.
    """

    learning_rate: float = 2e-5
    warm_up: int = 10
    batch: int = 2
    averaging: float = 0.95
    way: float = 0.5
    structure: float = 0.2
    frozen_blocks: int = 2


class Trainer:
    """Trains a copy of a network. Not thread-safe."""

    def __init__(
        self, model: RifeModel, device: torch.device, settings: TrainingSettings, *, balanced: bool = True
    ) -> None:
        """Begin with the weights of a model.

        It learns by its own mask in any case: what it learns so is worth as much where frames are blended by agreement
        (docs/adapt.md), and holds for other programs, too. `balanced` is for `draw_averaged`, see `draw`.

        Raises:
            EngineError: The network does not fit on the device.
        """
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
        """Learn from a batch.

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
            left, middle, right = (_planes(each, self._device) for each in batch)
            for group in self._optimizer.param_groups:
                group["lr"] = settings.learning_rate * min(1.0, (self.steps + 1) / settings.warm_up)
            drawn = draw(self._network, left, right, balanced=False, trainable=True)
            loss = _charbonnier(drawn - middle) + settings.structure * _dissimilarity(drawn, middle)
            self._optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
            self.steps += 1
            # Early on the average must not hang on to the weights that it began with.
            share = min(settings.averaging, (1 + self.steps) / (10 + self.steps))
            with torch.no_grad():
                for kept, new in zip(self._averages, self._parameters, strict=True):
                    kept.lerp_(new, 1 - share)
            return float(loss.detach())

    def averaged(self) -> dict[str, Tensor]:
        """A copy of the weights so far, averaged and between the base's: the state of an `IFNet`, on the CPU."""
        return {name: tensor.detach().cpu().clone() for name, tensor in self._settled().state_dict().items()}

    def draw_averaged(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        """What these weights draw between frames (N, height, width, 3); see `Drawer`."""
        return Drawer(self._settled(), self._device, balanced=self._balanced)(left, right)

    def _settled(self) -> IFNet:
        with torch.no_grad():
            for result, base, average in zip(self._results, self._bases, self._averages, strict=True):
                torch.lerp(base, average, self._settings.way, out=result)
        return self._result


class Drawer:
    """Draws the middle of views, for validation."""

    def __init__(self, network: IFNet, device: torch.device, *, balanced: bool) -> None:
        """With a network that is on the device already; see `draw` about `balanced`."""
        self._network = network
        self._device = device
        self._balanced = balanced

    @staticmethod
    def of(model: RifeModel, device: torch.device, *, balanced: bool) -> Drawer:
        """With the weights of a model."""
        with mapped_errors(device):
            return Drawer(model.network().to(device), device, balanced=balanced)

    @staticmethod
    def of_state(model: RifeModel, state: Mapping[str, Tensor], device: torch.device, *, balanced: bool) -> Drawer:
        """With other weights of the same network."""
        return Drawer.of(replace(model, tensors=dict(state)), device, balanced=balanced)

    def __call__(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        """The frames in the middle.

        Args:
            left: (N, height, width, 3) in [0, 1].
            right: Likewise.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        with torch.inference_mode(), mapped_errors(self._device):
            planes = _planes(left, self._device), _planes(right, self._device)
            drawn = draw(self._network, *planes, balanced=self._balanced)
            found: NDArray[np.float32] = drawn.clamp(0.0, 1.0).permute(0, 2, 3, 1).cpu().numpy()
            return found


def draw(network: IFNet, left: Tensor, right: Tensor, *, balanced: bool, trainable: bool = False) -> Tensor:
    """The middle of two frames, (N, 3, H, W) of any size, by the restructured form of a network.

    Args:
        network: Whose weights.
        left: In [0, 1].
        right: Likewise.
        balanced: Whether it is blended by where both frames agree, as engines do by default (see
            `midframe.engines.agreement`), or by the network's mask alone.
        trainable: See `RestructuredNetwork`.
    """
    height, width = left.shape[-2:]
    multiple = network.spec.pad_multiple(1.0)
    padding = (0, -width % multiple, 0, -height % multiple)
    views = left, right
    left, right = F.pad(left, padding), F.pad(right, padding)
    form = RestructuredNetwork(network, trainable=trainable)
    features = form.features(torch.cat((left, right)))
    count = left.shape[0]
    flow, mask = form.motion(left, right, features[:count], features[count:], MIDDLE)
    warped = warp(left, flow[:, 0:2]), warp(right, flow[:, 2:4])
    if balanced:
        share = mask_share(flow, disagreement(small_views(views[0]), small_views(views[1]), flow))
        weights = balanced_weights(mask, MIDDLE, share)
        drawn = warped[0] * weights + warped[1] * (1 - weights)
    else:
        drawn = blend(*warped, mask)
    return drawn[..., :height, :width]


def _parameters(blocks: Sequence[Block]) -> list[Tensor]:
    return [parameter for block in blocks for parameter in block.parameters()]


def _charbonnier(difference: Tensor) -> Tensor:
    return torch.sqrt(difference * difference + CHARBONNIER**2).mean()


def _dissimilarity(drawn: Tensor, truth: Tensor) -> Tensor:
    """1 − SSIM, with the constants and the window of the paper; 0 for pictures that the window does not fit into."""
    if min(truth.shape[-2:]) < SSIM_WINDOW:
        return truth.new_zeros(())
    similarity: Tensor = ssim(drawn, truth, data_range=1.0, win_size=SSIM_WINDOW)
    return 1 - similarity


def _planes(pictures: NDArray[np.float32], device: torch.device) -> Tensor:
    """(N, H, W, 3) to (N, 3, H, W) on the device."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).to(device)
