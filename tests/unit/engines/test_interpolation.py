from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine
from tests.support.jobs import frame

from midframe.engines.interpolation import engine_frame, interpolate_steps
from midframe.engines.protocols import EngineFrame, Motion
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode, plan_steps
from midframe.timing.timeline import evenly_spaced


def three_channels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return samples / np.float32(100)


def ends() -> tuple[EngineFrame, EngineFrame]:
    """Brightness stands for time: what a linear mix draws at t has the value 100 t."""
    left, right = np.zeros((2, 3, 3), np.float32), np.full((2, 3, 3), 100, np.float32)
    return EngineFrame(three_channels(left), left), EngineFrame(three_channels(right), right)


class LinearFlowEngine(FakeEngine):
    """Knows the true motion: its flows are exact, and it remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[float, float, float]] = []
        self.drawn: list[Motion] = []
        self.batches = 0

    def between(self, left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        self.batches += 1
        return super().between(left, right, times)

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        start, end = float(left.samples[0, 0, 0]) / 100, float(right.samples[0, 0, 0]) / 100
        self.asked.append((start, end, time))
        found = super().motion(left, right, time)
        target = start + time * (end - start)
        # Everything moves by 60 pixels to the right and 20 up between the outer frames.
        flow = [60 * (start - target), -20 * (start - target), 60 * (end - target), -20 * (end - target)]
        return Motion(torch.tensor(flow).reshape(1, 4, 1, 1).expand(1, 4, 2, 3).clone(), found.mask)

    def warp(self, left: EngineFrame, right: EngineFrame, motion: Motion) -> NDArray[np.float32]:
        self.drawn.append(motion)
        start = float(left.samples[0, 0, 0]) / 100
        target = start - float(motion.flow[0, 0, 0, 0]) / 60
        return np.full_like(left.samples, 100 * target)


@pytest.mark.parametrize("mode", ["direct", "recursive", "bisect"])
@pytest.mark.parametrize("insert", [1, 2, 3, 4, 7, 8])
def test_all_times_are_drawn_and_stand_where_they_should(mode: Mode, insert: int) -> None:
    times = evenly_spaced(insert)
    drawn = dict(interpolate_steps(LinearFlowEngine(), *ends(), plan_steps(mode, times), three_channels))
    assert sorted(drawn) == list(times)
    for time, samples in drawn.items():
        np.testing.assert_allclose(samples, float(time) * 100, rtol=1e-4)


def test_direct_hands_the_engine_all_times_at_once() -> None:
    engine = LinearFlowEngine()
    drawn = list(interpolate_steps(engine, *ends(), plan_steps("direct", evenly_spaced(7)), three_channels))
    assert engine.batches == 1
    assert engine.encoded == 0
    assert [time for time, _ in drawn] == list(evenly_spaced(7))


@pytest.mark.parametrize("insert", [1, 2])
def test_recursive_equals_direct_for_one_and_two(insert: int) -> None:
    times = evenly_spaced(insert)
    results = [
        dict(interpolate_steps(FakeEngine(), *ends(), plan_steps(mode, times), three_channels))
        for mode in ("direct", "recursive")
    ]
    for time in times:
        np.testing.assert_array_equal(results[0][time], results[1][time])


def test_recursive_steps_start_from_drawn_frames() -> None:
    engine = LinearFlowEngine()
    list(interpolate_steps(engine, *ends(), plan_steps("recursive", evenly_spaced(3)), three_channels))
    assert engine.asked[:3] == [(0, 1, 0.25), (0, 1, 0.75), (0, 1, 0.5)]
    assert engine.asked[3][:2] == pytest.approx((0.25, 0.75))
    assert engine.asked[3][2] == 0.5
    assert engine.encoded == 2


def test_kept_flows_are_expressed_for_the_new_pair() -> None:
    """Where motion is linear, every kept estimate says the same as the new one, so their mean does too."""
    engine = LinearFlowEngine()
    list(interpolate_steps(engine, *ends(), plan_steps("recursive", evenly_spaced(5)), three_channels))
    last = engine.drawn[-1]
    wanted = [-60 / 6, 20 / 6, 60 / 6, -20 / 6]
    np.testing.assert_allclose(last.flow[0, :, 0, 0], wanted, rtol=1e-4)


def test_masks_are_averaged_by_age() -> None:
    class CountingMasks(LinearFlowEngine):
        def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
            found = super().motion(left, right, time)
            return Motion(found.flow, torch.full((1, 1, 2, 3), float(len(self.asked))))

    engine = CountingMasks()
    list(interpolate_steps(engine, *ends(), plan_steps("recursive", evenly_spaced(3)), three_channels))
    # The middle was estimated third, from the pair, and fourth, from the drawn frames.
    weight = math.exp(-2.5) / (1 + math.exp(-2.5))
    assert float(engine.drawn[-1].mask[0, 0, 0, 0]) == pytest.approx(3 * weight + 4 * (1 - weight), rel=1e-5)


@pytest.mark.parametrize("mode", ["recursive", "bisect"])
def test_drawn_frames_are_encoded_once_and_only_where_needed(mode: Mode) -> None:
    engine = FakeEngine()
    steps = plan_steps(mode, evenly_spaced(7))
    list(interpolate_steps(engine, *ends(), steps, three_channels))
    used = {end for step in steps for end in (step.left, step.right)} - {Fraction(0), Fraction(1)}
    assert engine.encoded == len(used)
    assert engine.estimated == len(steps)


def test_no_steps() -> None:
    assert list(interpolate_steps(FakeEngine(), *ends(), (), three_channels)) == []


def test_engine_frame_has_view_and_working_samples() -> None:
    source = frame(51)
    made = engine_frame(source, ViewTransform.fit([source]))
    assert made.view.max() == np.float32(51) / np.float32(255)
    assert made.samples.max() == 51
    assert made.samples.dtype == np.float32
