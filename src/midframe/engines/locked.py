"""An engine that several threads may share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import Encoded, Engine, EngineFrame, Motion, MotionEngine


class LockedEngine(Generic[Encoded]):
    """Passes every call on to an engine, one at a time. See `locked`."""

    def __init__(self, engine: Engine[Encoded]) -> None:
        self._engine = engine
        self._lock = threading.RLock()

    @property
    def device_name(self) -> str:
        """The device in words."""
        return self._engine.device_name

    @property
    def strips(self) -> int:
        """See `Engine`."""
        return self._engine.strips

    @strips.setter
    def strips(self, strips: int) -> None:
        with self._lock:
            self._engine.strips = strips

    def encode(self, frame: EngineFrame) -> Encoded:
        """See `Engine`."""
        with self._lock:
            return self._engine.encode(frame)

    def between(self, left: Encoded, right: Encoded, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `Engine`."""
        with self._lock:
            return self._engine.between(left, right, times)

    def release(self) -> None:
        """See `Engine`."""
        with self._lock:
            self._engine.release()


class LockedMotionEngine(LockedEngine[Encoded]):
    """The same for an engine that hands out motion."""

    def __init__(self, engine: MotionEngine[Encoded]) -> None:
        super().__init__(engine)
        self._motion_engine = engine

    def motion(self, left: Encoded, right: Encoded, time: float) -> Motion:
        """See `MotionEngine`."""
        with self._lock:
            return self._motion_engine.motion(left, right, time)

    def warp(self, left: Encoded, right: Encoded, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine`."""
        with self._lock:
            return self._motion_engine.warp(left, right, motion)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """See `MotionEngine`."""
        with self._lock:
            return self._motion_engine.field(motion, height, width)


def locked(engine: Engine[Any]) -> LockedEngine[Any]:
    """An engine that takes calls from several threads, one at a time; it hands out motion if `engine` does."""
    return LockedMotionEngine(engine) if isinstance(engine, MotionEngine) else LockedEngine(engine)
