"""Pictures that lie below each other in a frame."""

from __future__ import annotations

import numpy as np
from tests.support.fake_engine import FakeEngine

from midframe.engines.planes import PlanesEngine, separate_planes
from midframe.engines.protocols import Engine, EngineFrame, MotionEngine


def frame(*values: float) -> EngineFrame:
    view = np.concatenate([np.full((4, 6, 3), value, np.float32) for value in values])
    return EngineFrame(view, view[..., :1])


def test_each_picture_is_interpolated_by_itself() -> None:
    inner = FakeEngine()
    engine = separate_planes(inner, 2)
    left, right = engine.encode(frame(0.0, 0.5)), engine.encode(frame(1.0, 0.7))
    (middle,) = engine.between(left, right, [0.5])
    expected = [
        inner.between(inner.encode(frame(low)), inner.encode(frame(high)), [0.5])[0]
        for low, high in ((0.0, 1.0), (0.5, 0.7))
    ]
    np.testing.assert_array_equal(middle, np.concatenate(expected))


def test_a_single_picture_needs_nothing() -> None:
    engine = FakeEngine()
    assert separate_planes(engine, 1) is engine
    assert isinstance(PlanesEngine(engine, 2), Engine)
    assert not isinstance(PlanesEngine(engine, 2), MotionEngine)
