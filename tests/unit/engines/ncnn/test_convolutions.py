"""The convolutions of a device in the place of the kernels': everything else is the same code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.engines import encode_pair, fast, random_model
from tests.support.vulkan import vulkan_device
from tests.unit.engines.test_parity import moving_pair, narrow

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import Kernels, load_kernels
from midframe.engines.cpu.refined import RefinedEngine
from midframe.engines.ncnn.entry import NcnnEntry
from midframe.engines.protocols import MotionEngine
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import RETRY_THRESHOLD, spec_for_version

FLOW_TOLERANCE = 2e-5
"""Pixels. Seen: up to 5e-6, with flows of some pixels."""

FRAME_TOLERANCE = 2e-6
"""Of [0, 1]."""


def kernels() -> Kernels:
    found = load_kernels()
    assert found is not None
    return found


def both(model: RifeModel, **changes: Any) -> tuple[CpuEngine, MotionEngine[Any]]:
    """The engine of the kernels, and the same on a device."""
    device = vulkan_device().name
    engine = NcnnEntry().make(model, fast(device=device, **changes))
    assert isinstance(engine, MotionEngine)
    return CpuEngine(model, kernels(), fast(**{**changes, "precision": "exact"})), engine


@pytest.mark.parametrize(
    ("version", "ensemble", "flow_scale"),
    [
        ("4.0", True, 1.0),
        ("4.4", False, 0.5),
        ("4.6", False, 1.0),
        ("4.7", False, 1.0),
        ("4.14.lite", False, 1.0),
        ("4.25", False, 2.0),
        ("4.26.heavy", False, 1.0),
    ],
)
def test_networks_of_all_kinds(version: str, ensemble: bool, flow_scale: float) -> None:
    model = random_model(narrow(spec_for_version(version)))
    wanted, engine = both(model, ensemble=ensemble, flow_scale=flow_scale)
    frames = moving_pair(70, 90)
    first, second = encode_pair(wanted, frames), encode_pair(engine, frames)
    motions = wanted.motion(*first, 0.4), engine.motion(*second, 0.4)
    assert np.abs(motions[0].flow).max() > 0.01
    np.testing.assert_allclose(motions[1].flow, motions[0].flow, atol=FLOW_TOLERANCE, rtol=0)
    np.testing.assert_allclose(
        engine.between(*second, [0.4])[0], wanted.between(*first, [0.4])[0], atol=FRAME_TOLERANCE, rtol=0
    )
    # Samples are warped by the same code.
    np.testing.assert_array_equal(engine.warp(*second, motions[0]), wanted.warp(*first, motions[0]))


def test_retry_at_doubled_scales() -> None:
    model = random_model(narrow(spec_for_version("4.0")))
    bias = model.tensors["block1.lastconv.bias"].copy()
    bias[0:4] += (RETRY_THRESHOLD + 2) / 8
    model = RifeModel(model.spec, {**model.tensors, "block1.lastconv.bias": bias})
    wanted, engine = both(model)
    frames = moving_pair(32, 32)
    motions = [each.motion(*encode_pair(each, frames), 0.4).flow for each in (wanted, engine)]
    np.testing.assert_allclose(motions[1], motions[0], atol=2e-4, rtol=0)


def test_the_precision_fast_rounds_convolutions_only() -> None:
    model = random_model(narrow(spec_for_version("4.25")))
    wanted, engine = both(model, precision="fast")
    frames = moving_pair(70, 90)
    first, second = encode_pair(wanted, frames), encode_pair(engine, frames)
    difference = np.abs(engine.between(*second, [0.4])[0] - wanted.between(*first, [0.4])[0])
    assert 1e-6 < difference.max() < 1e-3
    # All blocks are computed everywhere, and warps are exact.
    motion = wanted.motion(*first, 0.4)
    np.testing.assert_array_equal(engine.warp(*second, motion), wanted.warp(*first, motion))


@pytest.mark.parametrize("quality", ["default", "best"])
def test_qualities(quality: Any) -> None:
    model = random_model(narrow(spec_for_version("4.25")))
    plain, engine = both(model)
    refined: MotionEngine[Any] = RefinedEngine(plain, kernels(), several=quality == "best")
    engine = NcnnEntry().make(model, fast(device=vulkan_device().name, quality=quality))  # type: ignore[assignment]
    frames = moving_pair(70, 90)
    results = [each.between(*encode_pair(each, frames), [0.4])[0] for each in (refined, engine)]
    np.testing.assert_allclose(results[1], results[0], atol=1e-5, rtol=0)


def test_the_device_is_named() -> None:
    device = vulkan_device()
    engine = NcnnEntry().make(random_model(narrow(spec_for_version("4.25"))), fast(device=device.name))
    assert engine.device_name == f"{device.name} ({device.model})"
