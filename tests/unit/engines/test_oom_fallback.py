"""Falling back on an engine that has as little memory as a test wants, and on a real one in a process that has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.engines import encode_pair
from tests.support.fake_engine import FakeEngine

from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.oom_fallback import MOST_STRIPS, OomFallbackEngine, OomFallbackMotionEngine
from midframe.engines.protocols import EngineFrame, Motion, WeightedMotion, average_motion
from midframe.errors import EngineError, OutOfMemoryError


class ScarceEngine(FakeEngine):
    """Runs out of memory above a limit: a frame costs 64 / strips, at a flow scale of 1; encoding costs half of it."""

    def __init__(self, scale: float, limit: float) -> None:
        super().__init__()
        self.scale = scale
        self.limit = limit
        self.released = 0
        self.calls: list[int] = []

    def require(self, frames: float) -> None:
        if frames * 64 / self.strips * self.scale**2 > self.limit:
            raise OutOfMemoryError("Out of memory on the moon.")

    def release(self) -> None:
        self.released += 1

    def encode(self, frame: EngineFrame) -> EngineFrame:
        self.require(0.5)
        return super().encode(frame)

    def between(self, left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        self.require(len(times))
        self.calls.append(len(times))
        return super().between(left, right, times)

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        self.require(1)
        motion = super().motion(left, right, time)
        # Padded, and by how much depends on the scale.
        extra = round(8 / self.scale)
        flow, mask = (np.pad(part, ((0, 0), (0, 0), (0, extra), (0, extra))) for part in (motion.flow, motion.mask))
        return Motion(flow, mask)

    def warp(self, left: EngineFrame, right: EngineFrame, motion: Motion) -> NDArray[np.float32]:
        height, width = left.view.shape[:2]
        assert motion.flow.shape[2] >= height
        return super().warp(left, right, Motion(motion.flow, motion.mask[..., :height, :width]))


class Noted:
    """A fallback engine around scarce ones, and its notices."""

    def __init__(self, limit: float, *, allow_lower_scale: bool = False, flow_scale: float = 1.0) -> None:
        self.sentences: list[str] = []
        self.made: list[ScarceEngine] = []
        self.limit = limit

        def make(scale: float) -> ScarceEngine:
            self.made.append(ScarceEngine(scale, self.limit))
            return self.made[-1]

        self.engine = OomFallbackMotionEngine(
            make, flow_scale, notify=self.sentences.append, allow_lower_scale=allow_lower_scale
        )

    def shrink(self, limit: float) -> None:
        self.limit = limit
        for engine in self.made:
            engine.limit = limit


TIMES = [0.1, 0.3, 0.5, 0.7, 0.9]


@pytest.fixture
def frames() -> tuple[EngineFrame, EngineFrame]:
    views = np.random.default_rng(0).random((2, 5, 7, 3), np.float32)
    return EngineFrame(views[0], views[0]), EngineFrame(views[1], views[1])


def test_nothing_is_said_while_all_fits(frames: tuple[EngineFrame, EngineFrame]) -> None:
    noted = Noted(1000)
    noted.engine.between(*encode_pair(noted.engine, frames), TIMES)
    assert noted.sentences == []
    assert noted.made[0].calls == [5]
    assert noted.made[0].released == 0


def test_first_the_batch_then_the_strips(frames: tuple[EngineFrame, EngineFrame]) -> None:
    wanted = FakeEngine().between(*frames, TIMES)
    noted = Noted(64)
    encoded = encode_pair(noted.engine, frames)
    np.testing.assert_array_equal(noted.engine.between(*encoded, TIMES), wanted)
    noted.shrink(10)
    np.testing.assert_array_equal(noted.engine.between(*encoded, TIMES), wanted)
    assert noted.sentences == [
        "Out of memory: continuing with 2 frames at a time.",
        "Out of memory: continuing with one frame at a time.",
        "Out of memory: continuing with each frame in 2 strips, which does not change the picture.",
        "Out of memory: continuing with each frame in 4 strips, which does not change the picture.",
        "Out of memory: continuing with each frame in 8 strips, which does not change the picture.",
    ]
    assert noted.made[0].released == 5
    assert noted.made[0].calls == [1] * 10
    noted.engine.between(*encoded, TIMES)
    assert len(noted.sentences) == 5, "a step lasts"


def test_encoding_steps_too(frames: tuple[EngineFrame, EngineFrame]) -> None:
    noted = Noted(16)
    noted.engine.encode(frames[0])
    assert noted.engine.strips == 2


def test_the_flow_scale_stays_unless_allowed(frames: tuple[EngineFrame, EngineFrame]) -> None:
    noted = Noted(1000)
    encoded = encode_pair(noted.engine, frames)
    noted.shrink(3)
    with pytest.raises(OutOfMemoryError, match=r"on the moon\. Even one frame in 16 strips does not fit") as caught:
        noted.engine.between(*encoded, [0.5])
    assert isinstance(caught.value.__cause__, OutOfMemoryError)
    assert noted.engine.strips == MOST_STRIPS
    assert noted.engine.flow_scale == 1
    assert len(noted.made) == 1


def test_the_flow_scale_goes_last(frames: tuple[EngineFrame, EngineFrame]) -> None:
    noted = Noted(1000, allow_lower_scale=True)
    encoded = encode_pair(noted.engine, frames)
    noted.shrink(0.3)
    np.testing.assert_array_equal(noted.engine.between(*encoded, TIMES), FakeEngine().between(*frames, TIMES))
    assert noted.sentences[-2:] == [
        f"Out of memory: continuing with flow scale {words}, which is less exact for small movements."
        for words in ("0.5 instead of 1", "0.25 instead of 0.5")
    ]
    assert [engine.scale for engine in noted.made] == [1, 0.5, 0.25]
    assert noted.made[-1].encoded == 2, "both frames were encoded again"
    assert noted.made[-1].strips == MOST_STRIPS
    noted.shrink(0.1)
    with pytest.raises(OutOfMemoryError):
        noted.engine.between(*encoded, [0.5])


def test_motions_of_two_scales_can_be_averaged_and_drawn(frames: tuple[EngineFrame, EngineFrame]) -> None:
    noted = Noted(1000, allow_lower_scale=True)
    left, right = map(noted.engine.encode, frames)
    first = noted.engine.motion(left, right, 0.5)
    noted.shrink(3)
    second = noted.engine.motion(left, right, 0.5)
    assert noted.engine.flow_scale == 0.5
    mean = average_motion([WeightedMotion(first, 0.5, 1, 1), WeightedMotion(second, 0.5, 1, 1)])
    np.testing.assert_allclose(noted.engine.warp(left, right, mean), FakeEngine().between(*frames, [0.5])[0], atol=1e-6)


def test_views_are_kept_only_where_they_may_be_needed(frames: tuple[EngineFrame, EngineFrame]) -> None:
    assert Noted(1000).engine.encode(frames[0]).source is None
    assert Noted(1000, allow_lower_scale=True).engine.encode(frames[0]).source is frames[0]


def test_other_failures_pass(frames: tuple[EngineFrame, EngineFrame]) -> None:
    class Broken(FakeEngine):
        def encode(self, frame: EngineFrame) -> EngineFrame:
            raise EngineError("The network failed on the moon: broken.")

    engine = OomFallbackEngine(lambda scale: Broken(), 1, notify=pytest.fail, allow_lower_scale=False)
    with pytest.raises(EngineError, match="broken"):
        engine.encode(frames[0])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of address space are enforced on Linux")
@pytest.mark.parametrize("form", ["fused", "restructured"])
def test_a_process_without_enough_memory_goes_on(form: str) -> None:
    """For real: a limit on the address space, at a size that does not fit in one strip."""
    if form == "fused" and load_kernels() is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    script = Path(__file__).with_name("limited_memory.py")
    # glibc would hold on to what was freed, and how much of it fits again is left to chance.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(script), form], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["sentences"]
    assert all("strips, which does not change" in sentence for sentence in result["sentences"])
    assert result["difference"] <= 1e-4


def test_an_engine_without_strips_is_not_cut(frames: tuple[EngineFrame, EngineFrame]) -> None:
    sentences: list[str] = []
    engine = OomFallbackEngine(
        lambda scale: ScarceEngine(scale, 40), 1, notify=sentences.append, allow_lower_scale=False, most_strips=1
    )
    encoded = encode_pair(engine, frames)
    with pytest.raises(OutOfMemoryError, match=r"on the moon\.$"):
        engine.between(*encoded, TIMES)
    assert sentences[-1] == "Out of memory: continuing with one frame at a time."
