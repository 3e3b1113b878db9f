"""The weights after the golden outputs: a pure function of every tensor's key and shape."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from midframe.models.rife.network import IFNet, make_network
from midframe.models.rife.spec import ROWS, Spec, spec_for_version

CASES = [
    pytest.param(row, ensemble, id=row.name + "-ensemble" * ensemble)
    for row in ROWS
    for ensemble in (False, True)
    if row.ensemble or not ensemble
]
"""Every row of the table, with ensemble where the row has it."""


def random_tensor(key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The tensor of one key; magnitudes keep activations of the order of 1 through all layers."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little")
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    if key.endswith("beta"):
        noise = 1 + 0.1 * noise
    elif key.endswith("bias") or len(shape) == 1:
        noise = 0.02 * noise
    else:
        noise = noise * 0.7 / math.sqrt(math.prod(shape[1:]))
    return noise.astype(np.float32)


def random_tensors(spec: Spec) -> dict[str, NDArray[np.float32]]:
    """A complete checkpoint of a row."""
    return {key: random_tensor(key, shape) for key, shape in spec.state_shapes().items()}


def as_torch(tensors: Mapping[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    """The same tensors as torch has them, in the same memory."""
    return {key: torch.from_numpy(tensor) for key, tensor in tensors.items()}


def random_network(spec: Spec) -> IFNet:
    """A network of a row with these weights."""
    return make_network(spec, random_tensors(spec))


@lru_cache(maxsize=1)
def cached_network(spec: Spec) -> IFNet:
    """`random_network`, kept for the tests of the same row that follow."""
    return random_network(spec)


def narrow(version: str) -> Spec:
    """A version with few channels, some of them no multiple of a vector's length."""
    spec = spec_for_version(version)
    return replace(spec, widths=tuple([32, 24, 16, 24, 16][: len(spec.widths)]))
