from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine

from midframe.engines.locked import locked
from midframe.engines.protocols import EngineFrame, MotionEngine

FRAME = EngineFrame(np.zeros((4, 5, 3), np.float32), np.ones((4, 5, 3), np.float32))


class CountingEngine(FakeEngine):
    """Knows how many threads are inside at once."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = 0
        self.most = 0

    def between(self, left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.002)
        self.inside -= 1
        return super().between(left, right, times)


def test_calls_of_several_threads_take_turns() -> None:
    engine = CountingEngine()
    shared = locked(engine)
    barrier = threading.Barrier(4)

    def work(_: int) -> None:
        barrier.wait()
        for _ in range(5):
            shared.between(FRAME, FRAME, [0.5])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert (engine.most, engine.estimated) == (1, 20)


def test_everything_is_passed_on() -> None:
    engine = FakeEngine()
    shared = locked(engine)
    assert shared.device_name == "fake"
    shared.strips = 4
    assert (engine.strips, shared.strips) == (4, 4)
    shared.release()
    assert engine.released == 1
    np.testing.assert_array_equal(shared.between(shared.encode(FRAME), shared.encode(FRAME), [0.5])[0], FRAME.samples)


def test_motion_is_handed_out_where_the_engine_does() -> None:
    shared = locked(FakeEngine())
    assert isinstance(shared, MotionEngine)
    motion = shared.motion(FRAME, FRAME, 0.25)
    np.testing.assert_allclose(shared.warp(FRAME, FRAME, motion), FRAME.samples)
    assert shared.field(motion, 4, 5).to_left.shape == (4, 5, 2)

    class WithoutMotion:
        strips = 1
        device_name = "simple"

        def encode(self, frame: EngineFrame) -> EngineFrame:
            return frame

        def between(
            self, left: EngineFrame, right: EngineFrame, times: Sequence[float]
        ) -> Sequence[NDArray[np.float32]]:
            return [left.samples for _ in times]

        def release(self) -> None:
            pass

    assert not isinstance(locked(WithoutMotion()), MotionEngine)
