"""Engines, models and their options as tests make them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.support.random_weights import random_tensors

from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Encoded, Engine, EngineFrame
from midframe.models.checkpoints import LoadedCheckpoint
from midframe.models.registry import ARCHITECTURES, NetworkModel
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.network import IFNet
from midframe.models.rife.spec import Spec

FAST = EngineOptions(device="cpu", quality="fast")
"""The network alone, on the CPU."""


def fast(**changes: Any) -> EngineOptions:
    """`FAST` with some options changed."""
    return replace(FAST, **changes)


def encode_pair(engine: Engine[Encoded], frames: Iterable[EngineFrame]) -> tuple[Encoded, Encoded]:
    """Both frames of a pair, encoded by an engine."""
    left, right = map(engine.encode, frames)
    return left, right


def random_model(spec: Spec) -> RifeModel:
    """A model of a row with random weights."""
    return RifeModel(spec, random_tensors(spec))


def model_of(network: IFNet) -> RifeModel:
    """A model of what a network has learned so far."""
    tensors = {key: np.ascontiguousarray(value.detach().numpy()) for key, value in network.state_dict().items()}
    return RifeModel(network.spec, tensors)


def checkpoint_of(model: NetworkModel, path: Path = Path("none")) -> LoadedCheckpoint:
    """A checkpoint that was never a file."""
    return LoadedCheckpoint(path, "0" * 64, ARCHITECTURES[model.architecture], model)
