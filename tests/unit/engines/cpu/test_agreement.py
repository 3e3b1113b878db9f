"""The blend by agreement in the kernels against the same in torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST, encode_pair, fast, random_model
from tests.support.random_weights import narrow

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import (
    Kernels,
    address,
)
from midframe.engines.protocols import Engine, EngineFrame, MotionEngine
from midframe.engines.torch.agreement import small_view
from midframe.engines.torch.quality import QualityEngine
from midframe.errors import EngineError


def frames(height: int, width: int) -> tuple[EngineFrame, EngineFrame]:
    """Something that partly agrees: one picture, shifted and brightened at one side, with a little noise."""
    random = np.random.default_rng(0)
    coarse = random.random((height // 8 + 2, width // 8 + 2, 3), dtype=np.float32)
    still = np.kron(coarse, np.ones((8, 8, 1), np.float32))[:height, :width]
    moved: NDArray[np.float32] = np.roll(still, 3, axis=1)
    moved[:, width // 2 :] += 0.1
    noise = random.normal(0, 0.02, (2, height, width, 3)).astype(np.float32)
    left, right = still + noise[0], moved + noise[1]
    return EngineFrame(left, left), EngineFrame(right, right)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 9), (4, 4), (5, 8), (64, 96), (101, 67)])
def test_cells(kernels: Kernels, height: int, width: int) -> None:
    view = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)
    wanted = small_view(view)[0].permute(1, 2, 0).numpy()
    cells = np.full((*wanted.shape[:2], 4), -1, np.float32)
    kernels.cell_means(view.ctypes.data, height, width, address(cells), 2)
    np.testing.assert_allclose(cells[..., :3], wanted, atol=1e-6, rtol=0)
    assert not cells[..., 3].any()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 70), (33, 65), (130, 7), (200, 180)])
@pytest.mark.parametrize("strips", [1, 4])
@pytest.mark.parametrize("time", [0.5, 0.2])
def test_the_same_as_around_an_engine(kernels: Kernels, height: int, width: int, strips: int, time: float) -> None:
    model = random_model(narrow("4.25"))
    inside = CpuEngine(model, kernels, fast(quality="default"))
    around = QualityEngine(CpuEngine(model, kernels, FAST), several=False)
    inside.strips = around.strips = strips
    drawn, motions = [], []
    engines: tuple[MotionEngine[Any], ...] = (inside, around)
    for engine in engines:
        left, right = map(engine.encode, frames(height, width))
        drawn.append(engine.between(left, right, [time])[0])
        motions.append(engine.motion(left, right, time))
    np.testing.assert_allclose(drawn[0], drawn[1], atol=1e-5)
    np.testing.assert_array_equal(motions[0].flow, np.asarray(motions[1].flow))
    weights = [torch.sigmoid(torch.as_tensor(motion.mask)) for motion in motions]
    torch.testing.assert_close(weights[0], weights[1], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("version", "ensemble"), [("4.0", True), ("4.6", False), ("4.22.lite", False), ("4.26", False)]
)
@pytest.mark.parametrize("flow_scale", [0.5, 2.0])
def test_the_same_for_other_versions(kernels: Kernels, version: str, ensemble: bool, flow_scale: float) -> None:
    model = random_model(narrow(version))
    options = fast(ensemble=ensemble, flow_scale=flow_scale)
    inside = CpuEngine(model, kernels, replace(options, quality="default"))
    around = QualityEngine(CpuEngine(model, kernels, options), several=False)
    engines: tuple[Engine[Any], ...] = (inside, around)
    drawn = [engine.between(*encode_pair(engine, frames(90, 121)), [0.5])[0] for engine in engines]
    np.testing.assert_allclose(drawn[0], drawn[1], atol=1e-5)


def test_it_makes_a_difference(kernels: Kernels) -> None:
    model = random_model(narrow("4.25"))
    drawn = []
    for quality in ("fast", "default"):
        engine = CpuEngine(model, kernels, fast(quality=quality))
        drawn.append(engine.between(*encode_pair(engine, frames(64, 96)), [0.5])[0])
    assert np.abs(drawn[0] - drawn[1]).max() > 1e-3


def test_frames_of_an_engine_without_it_are_refused(kernels: Kernels) -> None:
    model = random_model(narrow("4.25"))
    plain, balanced = (CpuEngine(model, kernels, fast(quality=quality)) for quality in ("fast", "default"))
    left, right = map(plain.encode, frames(64, 64))
    with pytest.raises(EngineError, match="another kind"):
        balanced.between(left, right, [0.5])
