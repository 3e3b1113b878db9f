from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine

from midframe.engines.protocols import (
    Engine,
    EngineFrame,
    Motion,
    MotionEngine,
    WeightedMotion,
    average_motion,
    require_motion,
)
from midframe.errors import OptionError


class PlainEngine:
    """All that `Engine` asks for."""

    strips = 1
    device_name = "plain"

    def encode(self, frame: EngineFrame) -> EngineFrame:
        return frame

    def between(self, left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        return [left.samples for _ in times]

    def release(self) -> None:
        pass


def test_motion_is_required_where_it_is_needed() -> None:
    plain, fake = PlainEngine(), FakeEngine()
    assert isinstance(plain, Engine)
    assert not isinstance(plain, MotionEngine)
    assert require_motion(fake, "Flow output") is fake
    with pytest.raises(OptionError, match=r"^Flow output needs a network that estimates motion; .* plain") as caught:
        require_motion(plain, "Flow output", "flow_folder")
    assert caught.value.option == "flow_folder"


def parts(seed: int, library: Any) -> list[WeightedMotion]:
    random = np.random.default_rng(seed)
    made = []
    for weight, left_gain, right_gain in ((0.5, 0.3, 1.7), (0.3, 2.0, 0.1), (0.2, 1.0, 1.0)):
        flow = (random.normal(size=(1, 4, 8, 9)) * 30).astype(np.float32)
        flow[0, :, 0, :3] = np.float32(-0.0), np.float32(np.inf), np.float32(np.nan)
        mask = random.normal(size=(1, 1, 8, 9)).astype(np.float32)
        made.append(WeightedMotion(Motion(library(flow), library(mask)), weight, left_gain, right_gain))
    return made


def sum_from_zeros(motions: list[WeightedMotion]) -> tuple[torch.Tensor, torch.Tensor]:
    """The same average, as a sum that begins with zeros."""
    flow, mask = torch.zeros(1, 4, 8, 9), torch.zeros(1, 1, 8, 9)
    for motion, weight, left_gain, right_gain in motions:
        flow[:, 0:2] += motion.flow[:, 0:2] * (weight * left_gain)
        flow[:, 2:4] += motion.flow[:, 2:4] * (weight * right_gain)
        mask += motion.mask * weight
    return flow, mask


@pytest.mark.parametrize("library", [torch.from_numpy, np.array], ids=["torch", "numpy"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_averages_of_any_library_are_the_same_to_the_last_bit(library: Any, count: int) -> None:
    wanted = sum_from_zeros(parts(count, torch.from_numpy)[:count])
    given = parts(count, library)[:count]
    before = np.asarray(given[0].motion.flow).copy()
    found = average_motion(given)
    assert type(found.flow) is type(given[0].motion.flow)
    for got, expected in zip((found.flow, found.mask), wanted, strict=True):
        np.testing.assert_array_equal(np.asarray(got).view(np.uint32), expected.numpy().view(np.uint32))
    np.testing.assert_array_equal(np.asarray(given[0].motion.flow), before)


def test_motions_of_inference_mode_are_averaged_outside_it() -> None:
    with torch.inference_mode():
        motion = Motion(torch.ones(1, 4, 2, 2), torch.ones(1, 1, 2, 2))
    mean = average_motion([WeightedMotion(motion, 0.5, 1, 1), WeightedMotion(motion, 0.5, 1, 1)])
    assert mean.flow.tolist() == torch.ones(1, 4, 2, 2).tolist()
