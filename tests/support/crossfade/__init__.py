"""A toy architecture: one tensor, and a cross-fade of the two frames for a network.

This is all that a network without motion takes to join: the package, and ``ARCHITECTURES.add(CROSSFADE)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from midframe.errors import CheckpointMismatchError, OptionError
from midframe.models.registry import Architecture
from midframe.models.state_dicts import finite_float32


class CrossfadeNetwork(nn.Module):
    """The mean of both frames, weighted by the time to the power of `gamma`."""

    def __init__(self, gamma: Tensor) -> None:
        super().__init__()
        self.gamma = nn.Parameter(gamma, requires_grad=False)

    def forward(self, views: Tensor, samples: Tensor, time: float) -> Tensor:
        assert views.shape[-2:] == samples.shape[-2:]
        weight = time**self.gamma
        return samples[0:1] * (1 - weight) + samples[1:2] * weight


@dataclass(frozen=True, eq=False)
class CrossfadeModel:
    """A `midframe.models.synthesis.SynthesisModel`."""

    tensors: Mapping[str, NDArray[np.float32]]
    architecture: str = "crossfade"
    row: str = "1.0"
    description: str = "Crossfade 1.0"
    parameters: int = 1
    pad_multiple: int = 4
    floats_per_pixel: float = 8.0

    def check(self, *, flow_scale: float, ensemble: bool) -> None:
        if flow_scale != 1 or ensemble:
            option = "ensemble" if ensemble else "flow_scale"
            raise OptionError(f"{self.description} has no `{option}`.", option=option)

    def network(self) -> nn.Module:
        return CrossfadeNetwork(torch.tensor(self.tensors["gamma"])).eval()


def detect(tensors: Mapping[str, NDArray[Any]]) -> bool:
    return "gamma" in tensors


def load(tensors: Mapping[str, NDArray[Any]], file: Path) -> CrossfadeModel:
    if tensors["gamma"].shape != (1,):
        raise CheckpointMismatchError(f"{file}: gamma must be a single number.", path=file)
    return CrossfadeModel(finite_float32(tensors, file))


CROSSFADE = Architecture("crossfade", "Crossfade", ("1.0",), detect, load)
