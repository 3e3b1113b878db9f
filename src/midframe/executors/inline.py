"""The executor in the calling thread."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import Generic

from midframe.engines.flow_fields import MotionField
from midframe.engines.interpolation import EncodedFrame, PairInterpolator
from midframe.engines.options import PairOptions
from midframe.engines.protocols import Encoded, Engine, require_motion
from midframe.executors.base import PairResult, PairTask, PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.signals import CancelToken
from midframe.timing.steps import Mode


class InlineExecutor(Generic[Encoded]):
    """One engine in the calling thread. A frame is encoded once and serves both of its pairs, if they see it alike.

    Args:
        engine: Interpolates.
        transform: Makes the views of pairs that do not name their own.
        mode: How several frames in a pair are interpolated.
        keep_motion: Whether results carry motion too; needs the direct mode.
    """

    def __init__(
        self, engine: Engine[Encoded], transform: ViewTransform, mode: Mode, *, keep_motion: bool = False
    ) -> None:
        assert mode == "direct" or not keep_motion
        if keep_motion:
            require_motion(engine, "Flow output", "flow_folder")
        self._keep_motion = keep_motion
        self._engine = engine
        self._interpolator = PairInterpolator(engine, transform, mode)
        self._encoded: dict[tuple[int, ViewTransform, PairOptions], EncodedFrame[Encoded]] = {}
        self._engine_seconds = 0.0

    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside the engine so far, in seconds."""
        return self._engine_seconds

    @property
    def device_name(self) -> str:
        """The engine's device."""
        return self._engine.device_name

    @property
    def notes(self) -> tuple[str, ...]:
        """Always empty: problems in this process are raised."""
        return ()

    def run(self, tasks: Iterable[PairTask], *, cancel: CancelToken | None = None) -> Generator[PairResult, None, None]:
        """Interpolate pair by pair. See `midframe.executors.base.Executor`."""
        for task in tasks:
            if cancel is not None:
                cancel.raise_if_cancelled()
            if not task.times:
                yield PairResult(task, ())
                continue
            started = time.perf_counter()
            self._interpolator = self._interpolator.fitted_to(task.pair.transform, task.pair.options)
            left, right = self._encode(task.pair.left), self._encode(task.pair.right)
            result = self._interpolate(task, left, right, cancel)
            # Only the right frame can be needed again, as the left one of the next pair.
            self._encoded = {self._place(task.pair.right): right}
            self._engine_seconds += time.perf_counter() - started
            yield result

    def _interpolate(
        self, task: PairTask, left: EncodedFrame[Encoded], right: EncodedFrame[Encoded], cancel: CancelToken | None
    ) -> PairResult:
        motions: tuple[MotionField, ...] = ()
        if self._keep_motion:
            frames, motions = self._interpolator.interpolate_with_motion(left, right, task.times)
        else:
            check = cancel.raise_if_cancelled if cancel is not None else None
            by_time = self._interpolator.interpolate(left, right, task.times, check)
            frames = tuple(by_time[when] for when in task.times)
        transform = self._interpolator.transform
        if transform.use.kept:
            return PairResult(task, tuple(map(transform.samples_of_working, frames)), finished=True, motions=motions)
        return PairResult(task, frames, motions=motions)

    def _place(self, prepared: PreparedFrame) -> tuple[int, ViewTransform, PairOptions]:
        return prepared.frame.index, self._interpolator.transform, self._interpolator.options

    def _encode(self, prepared: PreparedFrame) -> EncodedFrame[Encoded]:
        place = self._place(prepared)
        known = self._encoded.get(place)
        if known is not None:
            return known
        # The frames of jobs that are short of memory come without; see `midframe.runtime.classification`.
        encoded = self._interpolator.encode(prepared.frame, prepared.engine_frame)
        self._encoded[place] = encoded
        return encoded
