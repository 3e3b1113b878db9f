"""IFNet, the network of every RIFE 4 version, written to be read.

This is the reference that faster engines are compared with. It follows the published inference path: flow and mask
are refined block by block at full resolution, and the result is a blend of the two warped frames.

Tensors are (batch, channels, height, width), float32. Images are RGB in [0, 1]. A flow has four channels, in
pixels: x and y from the requested frame to where its content lies in frame 0, then the same for frame 1. The mask
is a logit: sigmoid(mask) is the weight of the warped frame 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from midframe.models.rife.spec import NEGATIVE_SLOPE, RETRY_THRESHOLD, TRUNK_LAYERS, Head, Spec


def warp(image: Tensor, flow: Tensor) -> Tensor:
    """Fetch every pixel of the result from where `flow` points to in `image`, bilinearly.

    Positions outside take the nearest border pixel. Computed in float32 whatever the input: half-precision
    coordinates cannot address single pixels beyond about 2,000.

    Args:
        image: (N, C, H, W).
        flow: (N, 2, H, W), x and y offsets in pixels.

    Returns:
        (N, C, H, W), float32.
    """
    height, width = image.shape[-2:]
    columns = torch.linspace(-1.0, 1.0, width, device=image.device, dtype=torch.float32)
    rows = torch.linspace(-1.0, 1.0, height, device=image.device, dtype=torch.float32).unsqueeze(1)
    # The grid spans pixel centres, so align_corners must be True: with False a zero flow would shift the picture.
    # A single row or column has no extent to normalise by; any finite divisor does.
    x = columns + flow[:, 0].float() / (max(width - 1, 1) / 2)
    y = rows + flow[:, 1].float() / (max(height - 1, 1) / 2)
    # Clamping the grid equals border padding and also works where a device has no border padding (MPS).
    grid = torch.stack((x, y), dim=-1).clamp(-1.0, 1.0)
    return F.grid_sample(image.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=True)


def resize(planes: Tensor, factor: float) -> Tensor:
    """Resize by a power of two, bilinearly, without antialiasing, with pixel areas (not centres) aligned."""
    if factor == 1:
        return planes
    return F.interpolate(planes, scale_factor=factor, mode="bilinear", align_corners=False)


def swap_frames(flow: Tensor) -> Tensor:
    """The same flow as seen with frame 0 and frame 1 exchanged."""
    return torch.cat((flow[:, 2:4], flow[:, 0:2]), dim=1)


def blend(warped0: Tensor, warped1: Tensor, mask: Tensor) -> Tensor:
    """Mix two warped frames by the sigmoid of the mask logit."""
    weight = torch.sigmoid(mask)
    return warped0 * weight + warped1 * (1 - weight)


def _leaky() -> nn.Module:
    return nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True)


class ResidualConvolution(nn.Module):
    """LeakyReLU(convolution(x) × beta + x)."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, groups=groups)
        self.beta = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) in and out."""
        return F.leaky_relu(self.conv(x) * self.beta + x, NEGATIVE_SLOPE)


class NamedHead(nn.Module):
    """The encoder of 4.13 and later; its layers have names instead of numbers."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        hidden = head.hidden_channels
        self.cnn0 = nn.Conv2d(3, hidden, 3, stride=2, padding=1)
        self.cnn1 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.cnn2 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.cnn3 = nn.ConvTranspose2d(hidden, head.features, 4, stride=2, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, features, H, W)."""
        x = image
        for layer in (self.cnn0, self.cnn1, self.cnn2):
            x = F.leaky_relu(layer(x), NEGATIVE_SLOPE)
        return cast(Tensor, self.cnn3(x))


def _make_head(head: Head) -> nn.Module:
    hidden = head.hidden_channels
    if head.layout == "named":
        return NamedHead(head)
    first = nn.Conv2d(3, hidden, 3, stride=2, padding=1)
    last = nn.ConvTranspose2d(hidden, head.features, 4, stride=2, padding=1)
    if head.layout == "pair":
        return nn.Sequential(first, last)
    second, third = (nn.Conv2d(hidden, hidden, 3, padding=1) for _ in range(2))
    return nn.Sequential(first, _leaky(), second, _leaky(), third, _leaky(), last)


class Block(nn.Module):
    """One refinement step: shrink the input, convolve, enlarge what comes out."""

    def __init__(self, spec: Spec, index: int) -> None:
        super().__init__()
        self.spec = spec
        width = spec.widths[index]

        def activation(channels: int) -> nn.Module:
            return nn.PReLU(channels) if spec.trunk == "prelu" else _leaky()

        def strided(inputs: int, outputs: int) -> nn.Module:
            return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), activation(outputs))

        def layer() -> nn.Module:
            if spec.trunk == "residual":
                return ResidualConvolution(width, spec.groups)
            return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), activation(width))

        self.conv0 = nn.Sequential(strided(spec.input_channels(index), width // 2), strided(width // 2, width))
        self.convblock = nn.Sequential(*(layer() for _ in range(TRUNK_LAYERS)))
        if spec.shuffle:
            last = nn.ConvTranspose2d(width, 4 * spec.planes, 4, stride=2, padding=1)
            self.lastconv: nn.Module = nn.Sequential(last, nn.PixelShuffle(2))
        else:
            self.lastconv = nn.ConvTranspose2d(width, spec.planes, 4, stride=2, padding=1)

    def forward(self, inputs: Tensor, flow: Tensor | None, scale: float) -> tuple[Tensor, Tensor, Tensor]:
        """Estimate a flow residual, a mask, and planes for the next block.

        Args:
            inputs: (N, input channels without flow, H, W).
            flow: (N, 4, H, W) so far, in pixels, or None for the first block.
            scale: The block works at 1/scale of the resolution.

        Returns:
            Flow residual (N, 4, H, W) in pixels, mask logit (N, 1, H, W), (N, feature planes, H, W).
        """
        x = resize(inputs, 1 / scale)
        if flow is not None:
            x = torch.cat((x, resize(flow, 1 / scale) / scale), dim=1)
        x = self.conv0(x)
        x = self.convblock(x) + x if self.spec.trunk == "prelu" else self.convblock(x)
        enlargement = scale if self.spec.shuffle else 2 * scale
        height, width = inputs.shape[-2:]
        # Cropped because a retry at doubled scales can meet sizes that its strides do not divide.
        planes = resize(self.lastconv(x), enlargement)[..., :height, :width]
        residual = planes[:, 0:4] * enlargement
        return residual, planes[:, 4:5], planes[:, 5 : 5 + self.spec.feature_planes]


class _Pair(NamedTuple):
    """Two frames, each with its encoded features, and the time between them as a plane."""

    side0: Tensor
    side1: Tensor
    time: Tensor

    def exchanged(self) -> _Pair:
        """The same moment seen from the other side."""
        return _Pair(self.side1, self.side0, 1 - self.time)


class IFNet(nn.Module):
    """The network of one `Spec`. Inputs must be padded to `spec.pad_multiple(flow_scale)`."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        for index in range(len(spec.widths)):
            # Blocks are attributes, not a ModuleList, because checkpoints name them block0, block1, ...
            self.add_module(f"block{index}", Block(spec, index))
        self.encode = _make_head(spec.head) if spec.head else None

    @property
    def blocks(self) -> Sequence[Block]:
        """Coarse to fine."""
        return [cast(Block, self.get_submodule(f"block{index}")) for index in range(len(self.spec.widths))]

    def features(self, image: Tensor) -> Tensor:
        """What the blocks get of one frame besides its pixels; depends on no other frame.

        Args:
            image: (N, 3, H, W) in [0, 1].

        Returns:
            (N, spec.features, H, W); no channels for versions without a head.
        """
        if self.encode is None:
            return image[:, :0]
        return cast(Tensor, self.encode(image))

    def motion(
        self,
        image0: Tensor,
        image1: Tensor,
        features0: Tensor,
        features1: Tensor,
        time: float,
        *,
        flow_scale: float = 1.0,
        ensemble: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """Estimate where the pixels of the frame at `time` come from.

        Args:
            image0: Frame 0, (N, 3, H, W) in [0, 1].
            image1: Frame 1, of the same shape.
            features0: `features(image0)`.
            features1: `features(image1)`.
            time: Position between the frames, 0 … 1.
            flow_scale: Resolution that motion is estimated at, as a factor.
            ensemble: Also run every block with the frames exchanged, and average.

        Returns:
            Flow (N, 4, H, W) in pixels and mask logit (N, 1, H, W).
        """
        pair = _Pair(
            torch.cat((image0, features0), dim=1),
            torch.cat((image1, features1), dim=1),
            torch.full_like(image0[:, :1], time),
        )
        scales = [scale / flow_scale for scale in self.spec.scales]
        flow: Tensor | None = None
        mask: Tensor | None = None
        planes: Tensor | None = None
        for index in range(len(scales)):
            residual, new_mask, new_planes = self._run_block(index, scales[index], pair, flow, mask, planes)
            if index == 1 and self.spec.retry and _is_huge(residual):
                scales = [2 * scale for scale in scales]
                # As published, the repeated first block has no ensemble half; the second one gets it below.
                flow, mask, planes = self._run_block(0, scales[0], pair, None, None, None)
                residual, new_mask, new_planes = self._run_block(1, scales[1], pair, flow, mask, planes)
            if ensemble:
                other_residual, other_mask, _ = self._run_block(
                    index,
                    scales[index],
                    pair.exchanged(),
                    None if flow is None else swap_frames(flow),
                    None if mask is None else -mask,
                    planes,
                )
                residual = (residual + swap_frames(other_residual)) / 2
                new_mask = (new_mask - other_mask) / 2
            flow = residual if flow is None else flow + residual
            mask = mask + new_mask if self.spec.mask == "add" and mask is not None else new_mask
            planes = new_planes
        assert flow is not None
        assert mask is not None
        return flow, mask

    def _run_block(
        self,
        index: int,
        scale: float,
        pair: _Pair,
        flow: Tensor | None,
        mask: Tensor | None,
        planes: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run one block on the pair as warped by what is known so far (nothing, before the first block)."""
        side0, side1 = pair.side0, pair.side1
        if flow is not None:
            side0, side1 = warp(side0, flow[:, 0:2]), warp(side1, flow[:, 2:4])
        known = [extra for extra in (mask, planes) if extra is not None]
        # The order of the channels is that of the published weights.
        inputs = torch.cat((side0[:, :3], side1[:, :3], side0[:, 3:], side1[:, 3:], pair.time, *known), dim=1)
        return cast("tuple[Tensor, Tensor, Tensor]", self.blocks[index](inputs, flow, scale))

    def forward(
        self, image0: Tensor, image1: Tensor, time: float, *, flow_scale: float = 1.0, ensemble: bool = False
    ) -> Tensor:
        """Interpolate the frame at `time`: (N, 3, H, W), from the same inputs as `motion`."""
        flow, mask = self.motion(
            image0,
            image1,
            self.features(image0),
            self.features(image1),
            time,
            flow_scale=flow_scale,
            ensemble=ensemble,
        )
        return blend(warp(image0, flow[:, 0:2]), warp(image1, flow[:, 2:4]), mask)


def make_network(spec: Spec, tensors: Mapping[str, NDArray[np.float32]]) -> IFNet:
    """The network of a row with a copy of its weights, in evaluation mode and without gradients.

    Args:
        spec: The row.
        tensors: Exactly the keys and shapes of `spec.state_shapes()`.
    """
    # Whatever the caller has set as default device and dtype.
    with torch.device("cpu"):
        network = IFNet(spec).float()
        network.load_state_dict({key: torch.tensor(tensor) for key, tensor in tensors.items()}, strict=True)
    return network.eval().requires_grad_(False)


def _is_huge(residual: Tensor) -> bool:
    """Whether both halves of a flow residual hold motion beyond `RETRY_THRESHOLD`."""
    return bool((residual[:, 0:2].abs().amax() > RETRY_THRESHOLD) & (residual[:, 2:4].abs().amax() > RETRY_THRESHOLD))
