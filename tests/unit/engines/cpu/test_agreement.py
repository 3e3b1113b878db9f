"""The blend by agreement in the kernels against the same in torch."""

from __future__ import annotations

from ctypes import byref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST, encode_pair, fast, random_model
from tests.support.random_weights import narrow

from midframe.engines.agreement import LEAST_CONTRAST, LIGHT
from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import (
    AgreementStruct,
    Kernels,
    address,
)
from midframe.engines.protocols import Engine, EngineFrame, MotionEngine
from midframe.engines.threads import set_threads, thread_count
from midframe.engines.torch.agreement import small_view
from midframe.engines.torch.light import light_around
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
    np.testing.assert_allclose(cells[..., 3], np.square(cells[..., :3]).mean(axis=-1), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 9), (64, 96), (101, 67)])
def test_light(kernels: Kernels, height: int, width: int) -> None:
    view = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)
    view[: height // 2, : width // 2] = 0.3
    small = small_view(view)
    wanted = light_around(small, torch.ones_like(small[:, :1]))
    cells = np.empty((*small.shape[2:], 4), np.float32)
    kernels.cell_means(view.ctypes.data, height, width, address(cells), 2)
    light = np.empty_like(cells)
    rows, columns, _ = cells.shape
    struct = AgreementStruct(
        left=address(cells), rows=rows, columns=columns, window=LIGHT, least_contrast=LEAST_CONTRAST
    )
    kernels.light(byref(struct), address(light), 2)
    np.testing.assert_allclose(light[..., :3], wanted.mean[0].permute(1, 2, 0), atol=1e-6, rtol=0)
    np.testing.assert_allclose(light[..., 3], wanted.contrast[0, 0], atol=1e-5, rtol=0)


def faded(height: int, width: int, gain: float) -> tuple[EngineFrame, EngineFrame]:
    """Of two frames, the second one darker in its left half."""
    left, right = frames(height, width)
    dark = right.view.copy()
    dark[:, : width // 2] *= np.float32(gain)
    return left, EngineFrame(dark, dark)


@pytest.mark.parametrize("gain", [0.8, 0.2, 0.0])
@pytest.mark.parametrize(("height", "width"), [(101, 67), (200, 180)])
def test_changes_of_light_as_around_an_engine(kernels: Kernels, height: int, width: int, gain: float) -> None:
    model = random_model(narrow("4.25"))
    inside = CpuEngine(model, kernels, fast(quality="default"))
    around = QualityEngine(CpuEngine(model, kernels, FAST), several=False)
    drawn, motions = [], []
    engines: tuple[MotionEngine[Any], ...] = (inside, around)
    for engine in engines:
        left, right = map(engine.encode, faded(height, width, gain))
        drawn.append(engine.between(left, right, [0.4])[0])
        motions.append(engine.motion(left, right, 0.4))
    np.testing.assert_allclose(drawn[0], drawn[1], atol=1e-4)
    np.testing.assert_allclose(motions[0].flow, np.asarray(motions[1].flow), atol=1e-3)


def test_nothing_moves_where_one_frame_is_black(kernels: Kernels) -> None:
    engine = CpuEngine(random_model(narrow("4.25")), kernels, fast(quality="default"))
    left, right = faded(200, 180, 0.0)
    encoded = encode_pair(engine, (left, right))
    flow = engine.motion(*encoded, 0.25).flow[0, :, :200]
    assert np.abs(flow[..., :40]).max() < 0.01 < np.abs(flow[..., 140:180]).max()
    (drawn,) = engine.between(*encoded, [0.25])
    np.testing.assert_allclose(drawn[:, :40], left.samples[:, :40] * 0.75, atol=1e-2)


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_change_a_bit(kernels: Kernels, threads: int) -> None:
    engine = CpuEngine(random_model(narrow("4.25")), kernels, fast(quality="default"))
    drawn = []
    before = thread_count()
    try:
        for count in (2, threads):
            set_threads(count)
            drawn.append(engine.between(*encode_pair(engine, faded(200, 180, 0.2)), [0.4])[0])
    finally:
        set_threads(before)
    np.testing.assert_array_equal(drawn[0], drawn[1])


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
    np.testing.assert_allclose(motions[0].flow, np.asarray(motions[1].flow), atol=1e-5)
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
    with pytest.raises(EngineError, match="a different kind"):
        balanced.between(left, right, [0.5])
