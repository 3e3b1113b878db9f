"""Networks of LPIPS with random weights: what is learnt is nowhere to be had without a download."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

ALEXNET_CHANNELS = (64, 192, 384, 256, 256)
"""Of the five layers that are compared."""


def alexnet() -> nn.Sequential:
    """The layers before the classifier, as torchvision has them."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
    )  # fmt: skip


def vgg16() -> nn.Sequential:
    """Likewise."""
    layers: list[nn.Module] = []
    channels = 3
    for count, wide in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(count):
            layers += [nn.Conv2d(channels, wide, 3, padding=1), nn.ReLU()]
            channels = wide
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers)


def write_alexnet(path: Path) -> None:
    """A file with everything that LPIPS needs."""
    torch.manual_seed(7)
    weights = {f"features.{key}": value for key, value in alexnet().state_dict().items()}
    for number, channels in enumerate(ALEXNET_CHANNELS):
        weights[f"lin{number}.model.1.weight"] = torch.rand(1, channels, 1, 1)
    torch.save(weights, path)
