"""An engine around an engine that falls back when memory runs out: fewer frames a call, strips, a lower flow scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from midframe.engines.entry import EngineEntry
from midframe.engines.flow_fields import MotionField
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.options import FLOW_SCALES, EngineOptions, PairOptions
from midframe.engines.protocols import Engine, EngineFrame, Motion, MotionEngine, Notify, vary
from midframe.engines.wrapped import Inner, WrappedEngine
from midframe.errors import OutOfMemoryError
from midframe.models.registry import NetworkModel

MOST_STRIPS = 16
"""Beyond that, strips save next to nothing: what remains is the frames and the network itself."""

CallResult = TypeVar("CallResult")


@dataclass(eq=False)
class FallbackFrame:
    """An encoded frame that can be encoded again.

    Attributes:
        shape: (height, width) of the view.
        encoded: What the engine made of it; None after a change of the flow scale until it is needed again.
        source: Kept only where the flow scale may change.
    """

    shape: tuple[int, int]
    encoded: Any
    source: EngineFrame | None


class OomFallbackEngine(WrappedEngine[Inner]):
    """Does what the engine inside does; out of memory, it falls back by one step, reports that, and tries again.

    In turns: half as many frames in one call until it is one; twice the strips, up to `most_strips`; and, only if that
    is allowed, because it changes the result, half the flow scale. Every step lasts: a job that ran out of memory once
    would do so again.

    Args:
        make: Makes an engine for a flow scale.
        flow_scale: The first one, of `midframe.engines.options.FLOW_SCALES`.
        notify: Called with one sentence for every step.
        allow_lower_scale: Whether the flow scale may be lowered. Frames then keep their views.
        strips: Number of strips to begin with.
        most_strips: 1 for engines that do not work in strips.
        batch: Frames interpolated in one call at most; None for no limit.
        vary: Makes such an engine with the options of single pairs; None to ask the engine inside.
    """

    def __init__(
        self,
        make: Callable[[float], Inner],
        flow_scale: float,
        *,
        notify: Notify,
        vary: Callable[[PairOptions], Engine[Any]] | None = None,
        allow_lower_scale: bool,
        strips: int = 1,
        most_strips: int = MOST_STRIPS,
        batch: int | None = None,
    ) -> None:
        super().__init__(make(flow_scale))
        self._make = make
        self._vary = vary
        self._flow_scale = flow_scale
        self._notify = notify
        self._allow_lower_scale = allow_lower_scale
        self._most_strips = most_strips
        self._batch = batch
        self.strips = strips
        self._frames: WeakSet[FallbackFrame] = WeakSet()

    @property
    def flow_scale(self) -> float:
        """The flow scale in use."""
        return self._flow_scale

    def varied(self, options: PairOptions) -> Engine[Any]:
        """See `midframe.engines.protocols.VariableEngine`."""
        return vary(self._engine, options) if self._vary is None else self._vary(options)

    def encode(self, frame: EngineFrame) -> FallbackFrame:
        """See `Engine`.

        Raises:
            OutOfMemoryError: There is nothing left to fall back to.
            EngineError: The device failed.
        """
        height, width = frame.view.shape[:2]
        kept = FallbackFrame((height, width), None, frame)
        self._attempt(lambda: self._encoded(kept))
        if not self._allow_lower_scale:
            kept.source = None
        self._frames.add(kept)
        return kept

    def between(
        self, left: FallbackFrame, right: FallbackFrame, times: Sequence[float]
    ) -> Sequence[NDArray[np.float32]]:
        """See `Engine` and `encode`."""
        results: list[NDArray[np.float32]] = []

        def next_batch() -> Sequence[NDArray[np.float32]]:
            part = times[len(results) : len(results) + (self._batch or len(times))]
            return self._engine.between(self._encoded(left), self._encoded(right), part)

        while len(results) < len(times):
            results += self._attempt(next_batch, len(times) - len(results))
        return results

    def _encoded(self, frame: FallbackFrame) -> Any:
        if frame.encoded is None:
            assert frame.source is not None
            frame.encoded = self._engine.encode(frame.source)
        return frame.encoded

    def _attempt(self, call: Callable[[], CallResult], frames: int = 1) -> CallResult:
        """Call until it succeeds or nothing is left to fall back to; `frames` are to be interpolated."""
        while True:
            try:
                return call()
            except OutOfMemoryError as error:
                step = self._next_step(min(frames, self._batch or frames))
                if step is None:
                    words = f"Even one frame in {self.strips} strips does not fit in memory." if self.strips > 1 else ""
                    raise OutOfMemoryError(f"{error} {words}".rstrip()) from error
            # Outside the handler: until here, the traceback holds on to what the failed call had allocated.
            self._engine.release()
            self._notify(f"Out of memory: continuing with {step()}.")

    def _next_step(self, batch: int) -> Callable[[], str] | None:
        """What to do next, as a function that does it and names it; None if nothing is left."""
        if batch > 1:
            return lambda: self._limit_batch(batch // 2)
        if self.strips < self._most_strips:
            return lambda: self._cut(min(2 * self.strips, self._most_strips))
        if self._allow_lower_scale and self._flow_scale > min(FLOW_SCALES):
            return lambda: self._lower_scale(self._flow_scale / 2)
        return None

    def _limit_batch(self, batch: int) -> str:
        self._batch = batch
        return f"{batch} frames at a time" if batch > 1 else "one frame at a time"

    def _cut(self, strips: int) -> str:
        self._engine.strips = strips
        return f"each frame in {strips} strips, which does not change the picture"

    def _lower_scale(self, flow_scale: float) -> str:
        strips = self.strips
        for frame in self._frames:
            frame.encoded = None
        del self._engine
        self._flow_scale = flow_scale
        self._engine = self._make(flow_scale)
        self._engine.strips = strips
        return f"flow scale {flow_scale:g} instead of {2 * flow_scale:g}, which is less exact for small movements"


class OomFallbackMotionEngine(OomFallbackEngine[MotionEngine[Any]]):
    """The same around an engine that hands out motion."""

    def motion(self, left: FallbackFrame, right: FallbackFrame, time: float) -> Motion:
        """See `MotionEngine` and `encode`."""
        motion = self._attempt(lambda: self._engine.motion(self._encoded(left), self._encoded(right), time))
        if not self._allow_lower_scale:
            return motion
        # Padding depends on the flow scale; without it, motions of two scales can be averaged.
        height, width = left.shape
        return Motion(motion.flow[..., :height, :width], motion.mask[..., :height, :width])

    def warp(self, left: FallbackFrame, right: FallbackFrame, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine` and `encode`."""
        return self._attempt(lambda: self._engine.warp(self._encoded(left), self._encoded(right), motion))

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """See `MotionEngine`."""
        return self._engine.field(motion, height, width)


def make_with_fallback(
    entry: EngineEntry, model: NetworkModel, options: EngineOptions, memory: MemoryPlan | None, notify: Notify
) -> Engine[Any]:
    """An engine that begins as planned and falls back when memory runs out.

    Args:
        entry: Entry of the engine inside.
        model: The network.
        options: Options for a single device.
        memory: How to begin; None to begin without strips and with all frames of a pair at once.
        notify: Called with one sentence for every step.

    Raises:
        EngineError: The network does not fit on the device.
    """
    capabilities = entry.capabilities(model)
    fallback: type[OomFallbackEngine[Any]] = OomFallbackMotionEngine if capabilities.motion else OomFallbackEngine
    return fallback(
        lambda flow_scale: entry.make(model, replace(options, flow_scale=flow_scale)),
        memory.flow_scale if memory else options.flow_scale,
        notify=notify,
        vary=lambda pair: make_with_fallback(
            entry, model, pair.applied_to(options), memory.of_pairs(pair) if memory else None, notify
        ),
        allow_lower_scale=options.allow_lower_scale,
        strips=memory.strips if memory else 1,
        most_strips=MOST_STRIPS if capabilities.strips else 1,
        batch=memory.batch if memory else None,
    )
