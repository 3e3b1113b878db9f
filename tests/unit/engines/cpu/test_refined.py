"""Qualities around an engine by the kernels against the same in torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST, encode_pair, fast, model_of, random_model
from tests.support.random_weights import narrow, random_network

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import Kernels
from midframe.engines.cpu.refined import RefinedEngine, away_from_sides, confidence
from midframe.engines.protocols import EngineFrame, MotionEngine
from midframe.engines.torch import agreement
from midframe.engines.torch.engine import TorchEngine
from midframe.engines.torch.quality import QualityEngine


def frames(height: int, width: int) -> tuple[EngineFrame, EngineFrame]:
    """Two pictures that have their left half in common."""
    random = np.random.default_rng(0)
    left, right = random.random((2, height, width, 3), np.float32)
    right[:, : width // 2] = left[:, : width // 2]
    return EngineFrame(left, left), EngineFrame(right, right)


def weights(mask: Any) -> NDArray[np.float32]:
    return np.asarray(torch.sigmoid(torch.as_tensor(mask)))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 70), (33, 65), (130, 7), (101, 121)])
@pytest.mark.parametrize(("version", "flow_scale", "time"), [("4.25", 1.0, 0.2), ("4.6", 2.0, 0.5)])
@pytest.mark.parametrize("several", [False, True])
def test_the_same_as_with_torch(
    kernels: Kernels, height: int, width: int, time: float, version: str, flow_scale: float, several: bool
) -> None:
    model = random_model(narrow(version))
    options = fast(flow_scale=flow_scale)
    engines: tuple[MotionEngine[Any], ...] = (
        RefinedEngine(CpuEngine(model, kernels, options), kernels, several=several),
        QualityEngine(CpuEngine(model, kernels, options), several=several),
    )
    results, motions, fields = [], [], []
    for engine in engines:
        left, right = encode_pair(engine, frames(height, width))
        results.append(engine.between(left, right, [time])[0])
        motions.append(engine.motion(left, right, time))
        fields.append(engine.field(motions[-1], height, width))
    np.testing.assert_allclose(results[0], results[1], atol=2e-4)
    np.testing.assert_allclose(motions[0].flow, np.asarray(motions[1].flow), atol=2e-4)
    np.testing.assert_allclose(weights(motions[0].mask), weights(motions[1].mask), atol=1e-4)
    np.testing.assert_allclose(fields[0].to_right, fields[1].to_right, atol=2e-4)
    np.testing.assert_allclose(fields[0].left_share, fields[1].left_share, atol=1e-4)


def test_motions_of_another_library(kernels: Kernels) -> None:
    """Around an engine of torch, whose motions are tensors."""
    network = random_network(narrow("4.25"))
    results = []
    engines: tuple[MotionEngine[Any], ...] = (
        RefinedEngine(TorchEngine(network, torch.device("cpu"), FAST), kernels, several=False),
        CpuEngine(model_of(network), kernels, fast(quality="default")),
    )
    for engine in engines:
        left, right = encode_pair(engine, frames(64, 90))
        results.append(engine.between(left, right, [0.4])[0])
    np.testing.assert_allclose(results[0], results[1], atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (6, 9)])
def test_confidence(size: tuple[int, int]) -> None:
    squares = np.random.default_rng(0).random(size, np.float32) * np.float32(1e-3)
    means = agreement._neighbourhood(torch.from_numpy(squares)[None, None])
    np.testing.assert_allclose(confidence(squares), agreement.confidence(means)[0, 0].numpy(), rtol=1e-5)


@pytest.mark.parametrize("columns", [1, 2, 40])
def test_away_from_sides(columns: int) -> None:
    wanted = agreement.away_from_sides(torch.zeros(1, 1, 1, columns))
    np.testing.assert_allclose(away_from_sides(columns), wanted[0, 0, 0].numpy(), atol=1e-6)
