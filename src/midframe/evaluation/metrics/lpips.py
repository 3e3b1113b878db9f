"""Learned perceptual distance, with weights that the user has.

R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang: "The unreasonable effectiveness of deep features as a perceptual
metric", CVPR 2018, version 0.1: features of a classification network after five of its layers, each scaled to unit
length at every place; their squared differences, weighted by channel; mean over places, sum over the layers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.errors import WeightsError
from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.results import Metric

LPIPS = Metric("lpips", "LPIPS", "", higher_is_better=False)

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of R, G and B in [-1, 1]: what the classification networks were trained with."""

LEAST_LENGTH = 1e-10
"""Added to lengths of features, so that zero can be divided by."""


@dataclass(frozen=True)
class _Layout:
    """Where the layers of a network stand in the list that its weights are numbered by.

    Attributes:
        name: Name of the network.
        convolutions: Number of each convolution, with its stride and padding.
        pools: Numbers of the poolings.
        pool_side: Side of a pooling window; all have stride 2.
        compared: Numbers of the convolutions after which features are compared, after their rectifier.
        first_kernel: Side of the first kernel, by which the network is recognised.
        smallest_side: Least height and width of an image in pixels.
    """

    name: str
    convolutions: Mapping[int, tuple[int, int]]
    pools: tuple[int, ...]
    pool_side: int
    compared: tuple[int, ...]
    first_kernel: int
    smallest_side: int


ALEXNET = _Layout(
    "AlexNet",
    {0: (4, 2), 3: (1, 2), 6: (1, 1), 8: (1, 1), 10: (1, 1)},
    pools=(2, 5),
    pool_side=3,
    compared=(0, 3, 6, 8, 10),
    first_kernel=11,
    smallest_side=31,
)
VGG16 = _Layout(
    "VGG16",
    dict.fromkeys((0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28), (1, 1)),
    pools=(4, 9, 16, 23),
    pool_side=2,
    compared=(2, 7, 14, 21, 28),
    first_kernel=3,
    smallest_side=16,
)

_FEATURE = re.compile(r"(?:.*\.)?(?:slice\d+|features)\.(\d+)\.(weight|bias)")
_LINEAR = re.compile(r"(?:.*\.)?lin(\d)\.model\.1\.weight")


class PerceptualDistance:
    """LPIPS of two images, on AlexNet or VGG16. May be called from any thread.

    Args:
        files: One file with everything, as `lpips.LPIPS(net="alex").state_dict()` has it; or the weights of the
            network as torchvision publishes them, and the linear layers as the package lpips has them.

    Raises:
        WeightsError: A file cannot be read, or something is missing in them.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        features: dict[int, dict[str, Tensor]] = {}
        linear: dict[int, Tensor] = {}
        for file in files:
            for key, value in _tensors_of(file).items():
                if match := _FEATURE.fullmatch(key):
                    features.setdefault(int(match.group(1)), {})[match.group(2)] = value.float()
                elif match := _LINEAR.fullmatch(key):
                    linear[int(match.group(1))] = value.float()
        names = " and ".join(file.name for file in files)
        layout = _recognised(features, names, files[0])
        self._layout = layout
        self._features = [_layer(number, features, layout, names, files[0]) for number in layout.convolutions]
        self._linear = [linear.get(number) for number in range(len(layout.compared))]
        channels = [self._features[list(layout.convolutions).index(number)][0].shape[0] for number in layout.compared]
        if [None if each is None else each.numel() for each in self._linear] != channels:
            raise WeightsError(
                f"{names} holds {layout.name}, but not the linear layers of LPIPS for it (lin0.model.1.weight and so "
                "on). Give them as a second file.",
                path=files[0],
            )

    @property
    def smallest_side(self) -> int:
        """Least height and width of an image in pixels."""
        return self._layout.smallest_side

    def __call__(self, truth: MetricImage, other: MetricImage) -> float:
        """The distance of two views (height, width, 3) in [0, 1]; 0 for equal ones."""
        with torch.inference_mode():
            distance = 0.0
            for one, two, weight in zip(self._levels(truth), self._levels(other), self._linear, strict=True):
                assert weight is not None
                distance += float(((one - two).square() * weight.reshape(1, -1, 1, 1)).sum(1).mean())
            return distance

    def _levels(self, image: MetricImage) -> list[Tensor]:
        """Features of unit length, layer by layer."""
        image = np.ascontiguousarray(image.transpose(2, 0, 1), np.float32)
        values = torch.from_numpy(image).unsqueeze(0) * 2 - 1
        shift, scale = (torch.tensor(each).reshape(1, 3, 1, 1) for each in (SHIFT, SCALE))
        values = (values - shift) / scale
        levels = []
        convolutions = dict(zip(self._layout.convolutions, self._features, strict=True))
        for number in sorted((*convolutions, *self._layout.pools)):
            if number in self._layout.pools:
                values = F.max_pool2d(values, self._layout.pool_side, 2)
                continue
            stride, padding = self._layout.convolutions[number]
            values = F.relu(F.conv2d(values, *convolutions[number], stride=stride, padding=padding))
            if number in self._layout.compared:
                length = values.square().sum(1, keepdim=True).sqrt()
                levels.append(values / (length + LEAST_LENGTH))
        return levels


def _tensors_of(file: Path) -> dict[str, Tensor]:
    """The named tensors of a file of torch; anything else that it might hold is refused, and no code in it is run."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, UnpicklingError) as error:
        raise WeightsError(
            f"{file} cannot be read as a file of weights that torch has written. Save a state dictionary with "
            "torch.save.",
            path=file,
        ) from error
    if not isinstance(content, dict):
        raise WeightsError(f"{file} holds no state dictionary, but something else.", path=file)
    return {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _recognised(features: Mapping[int, Mapping[str, Tensor]], names: str, path: Path) -> _Layout:
    first = features.get(0, {}).get("weight")
    for layout in (ALEXNET, VGG16):
        if first is not None and first.shape == (64, 3, layout.first_kernel, layout.first_kernel):
            return layout
    raise WeightsError(
        f"{names} holds no features of AlexNet or VGG16 (features.0.weight and so on, or net.slice1.0.weight and so "
        "on). Give the weights of one of these networks.",
        path=path,
    )


def _layer(
    number: int, features: Mapping[int, Mapping[str, Tensor]], layout: _Layout, names: str, path: Path
) -> tuple[Tensor, Tensor]:
    layer = features.get(number, {})
    if "weight" not in layer or "bias" not in layer:
        raise WeightsError(f"{names} lacks layer {number} of {layout.name}.", path=path)
    return layer["weight"], layer["bias"]
