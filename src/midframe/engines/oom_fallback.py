"""An engine around an engine that goes on when memory runs out: fewer frames at a time, strips, a lower flow scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from midframe.engines.protocols import Engine, EngineFrame, Motion
from midframe.errors import OutOfMemoryError
from midframe.models.rife.spec import FLOW_SCALES

MOST_STRIPS = 16
"""Beyond that, strips save next to nothing: what is left is the frames and the network itself."""

Result = TypeVar("Result")


@dataclass(eq=False)
class SteppingFrame:
    """An encoded frame that can be encoded again.

    Attributes:
        shape: (height, width) of the view.
        encoded: What the engine made of it; None after a change of the flow scale until it is needed again.
        source: Kept only where the flow scale may change.
    """

    shape: tuple[int, int]
    encoded: Any
    source: EngineFrame | None


class SteppingEngine:
    """Does what the engine inside does; out of memory, it steps down, says so, and tries again.

    In turns: half as many frames in one call until it is one; twice the strips, up to `MOST_STRIPS`; and, only if that
    is allowed, because it changes the picture, half the flow scale. Every step lasts: a job that ran out of memory
    once would do so again.
    """

    def __init__(
        self,
        make: Callable[[float], Engine[Any]],
        flow_scale: float,
        *,
        tell: Callable[[str], None],
        allow_lower_scale: bool = False,
        strips: int = 1,
        batch: int | None = None,
    ) -> None:
        """Make the first engine.

        Args:
            make: Makes an engine for a flow scale.
            flow_scale: The first one, of `midframe.models.rife.spec.FLOW_SCALES`.
            tell: Is given one sentence for every step.
            allow_lower_scale: Whether the flow scale may be lowered. Frames then keep their views.
            strips: To begin with.
            batch: Frames drawn in one call at most; None for no limit.
        """
        self._make = make
        self._flow_scale = flow_scale
        self._tell = tell
        self._allow_lower_scale = allow_lower_scale
        self._batch = batch
        self._engine: Engine[Any] = make(flow_scale)
        self._engine.strips = strips
        self._frames: WeakSet[SteppingFrame] = WeakSet()

    @property
    def device_name(self) -> str:
        """That of the engine inside."""
        return self._engine.device_name

    @property
    def flow_scale(self) -> float:
        """The one in use now."""
        return self._flow_scale

    @property
    def strips(self) -> int:
        """See `Engine`."""
        return self._engine.strips

    @strips.setter
    def strips(self, strips: int) -> None:
        self._engine.strips = strips

    def release(self) -> None:
        """See `Engine`."""
        self._engine.release()

    def encode(self, frame: EngineFrame) -> SteppingFrame:
        """See `Engine`.

        Raises:
            OutOfMemoryError: There is nothing left to step down to.
            EngineError: The device failed.
        """
        height, width = frame.view.shape[:2]
        kept = SteppingFrame((height, width), None, frame)
        self._attempt(lambda: self._encoded(kept))
        if not self._allow_lower_scale:
            kept.source = None
        self._frames.add(kept)
        return kept

    def between(
        self, left: SteppingFrame, right: SteppingFrame, times: Sequence[float]
    ) -> Sequence[NDArray[np.float32]]:
        """See `Engine` and `encode`."""
        drawn: list[NDArray[np.float32]] = []

        def some() -> Sequence[NDArray[np.float32]]:
            part = times[len(drawn) : len(drawn) + (self._batch or len(times))]
            return self._engine.between(self._encoded(left), self._encoded(right), part)

        while len(drawn) < len(times):
            drawn += self._attempt(some, len(times) - len(drawn))
        return drawn

    def motion(self, left: SteppingFrame, right: SteppingFrame, time: float) -> Motion:
        """See `Engine` and `encode`."""
        motion = self._attempt(lambda: self._engine.motion(self._encoded(left), self._encoded(right), time))
        if not self._allow_lower_scale:
            return motion
        # Padding depends on the flow scale; without it, motions of two scales can be averaged.
        height, width = left.shape
        return Motion(motion.flow[..., :height, :width], motion.mask[..., :height, :width])

    def draw(self, left: SteppingFrame, right: SteppingFrame, motion: Motion) -> NDArray[np.float32]:
        """See `Engine` and `encode`."""
        return self._attempt(lambda: self._engine.draw(self._encoded(left), self._encoded(right), motion))

    def _encoded(self, frame: SteppingFrame) -> Any:
        if frame.encoded is None:
            assert frame.source is not None
            frame.encoded = self._engine.encode(frame.source)
        return frame.encoded

    def _attempt(self, call: Callable[[], Result], frames: int = 1) -> Result:
        """Call until it succeeds or nothing is left to step down to; `frames` are to be drawn."""
        while True:
            try:
                return call()
            except OutOfMemoryError as error:
                step = self._next_step(min(frames, self._batch or frames))
                if step is None:
                    raise OutOfMemoryError(f"{error} One frame in {self.strips} strips does not fit.") from error
            # Outside of the handler: until here, the traceback holds on to what the failed call had allocated.
            self._engine.release()
            self._tell(f"Out of memory: going on with {step()}.")

    def _next_step(self, batch: int) -> Callable[[], str] | None:
        """What to do next, as a function that does it and names it; None if nothing is left."""
        if batch > 1:
            return lambda: self._draw_at_once(batch // 2)
        if self.strips < MOST_STRIPS:
            return lambda: self._cut(min(2 * self.strips, MOST_STRIPS))
        if self._allow_lower_scale and self._flow_scale > min(FLOW_SCALES):
            return lambda: self._lower_scale(self._flow_scale / 2)
        return None

    def _draw_at_once(self, batch: int) -> str:
        self._batch = batch
        return f"{batch} frames at a time" if batch > 1 else "one frame at a time"

    def _cut(self, strips: int) -> str:
        self._engine.strips = strips
        return f"each frame in {strips} strips, which changes nothing in the picture"

    def _lower_scale(self, flow_scale: float) -> str:
        strips = self.strips
        for frame in self._frames:
            frame.encoded = None
        del self._engine
        self._flow_scale = flow_scale
        self._engine = self._make(flow_scale)
        self._engine.strips = strips
        return f"flow scale {flow_scale:g} instead of {2 * flow_scale:g}, which sees small movements less exactly"
