"""Frames that are several pictures below each other: each is interpolated by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.wrapped import WrappedEngine


class PlanesEngine(WrappedEngine[Engine[Any]]):
    """Passes the pictures of a frame on one by one, so that none has an influence on another. It hands out no motion.

    Args:
        engine: Interpolates.
        planes: How many pictures of equal height a frame has.
    """

    def __init__(self, engine: Engine[Any], planes: int) -> None:
        super().__init__(engine)
        self._planes = planes

    def encode(self, frame: EngineFrame) -> list[Any]:
        """See `Engine`."""
        parts = zip(np.split(frame.view, self._planes), np.split(frame.samples, self._planes), strict=True)
        return [self._engine.encode(EngineFrame(view, samples)) for view, samples in parts]

    def between(self, left: list[Any], right: list[Any], times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `Engine`."""
        by_plane = [self._engine.between(*ends, times) for ends in zip(left, right, strict=True)]
        return [np.concatenate(planes) for planes in zip(*by_plane, strict=True)]


def separate_planes(engine: Engine[Any], planes: int) -> Engine[Any]:
    """An engine for frames of that many pictures; the engine itself for one."""
    return engine if planes == 1 else PlanesEngine(engine, planes)
