"""An engine that several threads may share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField
from midframe.engines.options import PairOptions
from midframe.engines.protocols import Engine, EngineFrame, Motion, MotionEngine, vary
from midframe.engines.wrapped import WrappedEngine


class LockedEngine(WrappedEngine[Engine[Any]]):
    """Passes every call on to an engine, one at a time. See `locked`."""

    def __init__(self, engine: Engine[Any]) -> None:
        super().__init__(engine)
        self._lock = threading.RLock()

    @property
    def strips(self) -> int:
        """See `Engine`."""
        return super().strips

    @strips.setter
    def strips(self, strips: int) -> None:
        with self._lock:
            self._engine.strips = strips

    def encode(self, frame: EngineFrame) -> Any:
        """See `Engine`."""
        with self._lock:
            return self._engine.encode(frame)

    def between(self, left: Any, right: Any, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `Engine`."""
        with self._lock:
            return self._engine.between(left, right, times)

    def release(self) -> None:
        """See `Engine`."""
        with self._lock:
            self._engine.release()

    def varied(self, options: PairOptions) -> LockedEngine:
        """See `midframe.engines.protocols.VariableEngine`; both take turns.

        Raises:
            OptionError: The engine inside has no such options.
        """
        with self._lock:
            other = locked(vary(self._engine, options))
        other._lock = self._lock
        return other


class LockedMotionEngine(LockedEngine):
    """The same for an engine that hands out motion."""

    def __init__(self, engine: MotionEngine[Any]) -> None:
        super().__init__(engine)
        self._motion_engine = engine

    def motion(self, left: Any, right: Any, time: float) -> Motion:
        """See `MotionEngine`."""
        with self._lock:
            return self._motion_engine.motion(left, right, time)

    def warp(self, left: Any, right: Any, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine`."""
        with self._lock:
            return self._motion_engine.warp(left, right, motion)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """See `MotionEngine`."""
        with self._lock:
            return self._motion_engine.field(motion, height, width)


def locked(engine: Engine[Any]) -> LockedEngine:
    """An engine that takes calls from several threads, one at a time; it hands out motion if `engine` does."""
    return LockedMotionEngine(engine) if isinstance(engine, MotionEngine) else LockedEngine(engine)
