"""Interpolating the frames of a pair with an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from time import perf_counter
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField
from midframe.engines.planes import separate_planes
from midframe.engines.protocols import (
    Encoded,
    Engine,
    EngineFrame,
    Motion,
    WeightedMotion,
    average_motion,
    require_motion,
)
from midframe.media.pixels import ViewTransform, from_working, to_working
from midframe.timing.steps import Mode, Step, plan_steps
from midframe.types import Frame, Samples

CHECK_SECONDS = 0.2
"""How long an interpolator that can be stopped works without looking whether it is."""

LEFT, RIGHT = Fraction(0), Fraction(1)


def engine_frame(frame: Frame, transform: ViewTransform) -> EngineFrame:
    """A frame as engines take it: its view and its working samples."""
    return EngineFrame(transform.view(frame.samples), to_working(frame.samples, frame.format))


def interpolate_steps(
    engine: Engine[Encoded],
    left: Encoded,
    right: Encoded,
    steps: Sequence[Step],
    view: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Interpolate the frames of a plan.

    Args:
        engine: Hands out motion, unless all steps start from the pair itself.
        left: The pair's left frame, encoded.
        right: The pair's right frame.
        steps: Steps from `midframe.timing.steps.plan_steps`.
        view: Makes (height, width, 3) in [0, 1] of working samples, for frames that later steps start from.

    Yields:
        Time and working samples of every interpolated frame, in the order of the steps.

    Raises:
        OptionError: Motion is needed, and the engine does not hand it out.
    """
    if all(step.interpolate and (step.left, step.right) == (LEFT, RIGHT) and not step.priors for step in steps):
        # Nothing depends on anything: the engine may batch.
        times = [step.target for step in steps]
        yield from zip(times, engine.between(left, right, [float(time) for time in times]), strict=True)
        return
    warper = require_motion(engine, "Interpolating frames from interpolated frames", "mode")
    last_use = {end: position for position, step in enumerate(steps) for end in (step.left, step.right)}
    frames = {LEFT: left, RIGHT: right}
    estimates: dict[tuple[Fraction, Fraction, Fraction], Motion] = {}
    for position, step in enumerate(steps):
        motion = warper.motion(frames[step.left], frames[step.right], float(step.time))
        if not step.interpolate:
            estimates[step.target, step.left, step.right] = motion
            continue
        if step.priors:
            motion = _with_kept(motion, step, estimates)
        samples = warper.warp(frames[step.left], frames[step.right], motion)
        # Not to be held while the next one is estimated: at 8K it takes 0.7 GB.
        del motion
        yield step.target, samples
        if last_use.get(step.target, -1) > position:
            frames[step.target] = engine.encode(EngineFrame(view(samples), samples))
        for end in [end for end in frames if last_use.get(end, -1) <= position]:
            del frames[end]


def _with_kept(motion: Motion, step: Step, estimates: dict[tuple[Fraction, Fraction, Fraction], Motion]) -> Motion:
    """The mean of an estimate and the earlier ones of the same frame, which are not needed any more."""
    parts = [WeightedMotion(motion, step.own_weight, 1.0, 1.0)]
    parts += [
        WeightedMotion(
            estimates.pop((step.target, prior.left, prior.right)),
            prior.weight,
            float(step.left_gain(prior)),
            float(step.right_gain(prior)),
        )
        for prior in step.priors
    ]
    return average_motion(parts)


class PairInterpolator(Generic[Encoded]):
    """Interpolates between frames that share a view: encodes them, carries out the steps, and converts back.

    Args:
        engine: Hands out motion, unless the mode is "direct".
        transform: Makes the views; of the whole sequence where there is one.
        mode: How several frames in a pair are interpolated.
    """

    def __init__(self, engine: Engine[Encoded], transform: ViewTransform, mode: Mode = "direct") -> None:
        self.engine: Engine[Encoded] = separate_planes(engine, transform.format.planes)
        self.transform = transform
        self.mode: Mode = mode
        self._seconds_per_frame: float | None = None

    def encode(self, frame: Frame) -> Encoded:
        """A frame as the engine keeps it."""
        return self.engine.encode(engine_frame(frame, self.transform))

    def interpolate(
        self, left: Encoded, right: Encoded, times: Sequence[Fraction], check: Callable[[], None] | None = None
    ) -> dict[Fraction, NDArray[np.float32]]:
        """Interpolate the frames of a pair.

        Args:
            left: The pair's left frame, encoded.
            right: The pair's right frame.
            times: Strictly inside (0, 1), ascending.
            check: Called every `CHECK_SECONDS` or after each frame, whichever is later; may raise to stop.

        Returns:
            Working samples by time.
        """
        steps = plan_steps(self.mode, times)
        interpolated: dict[Fraction, NDArray[np.float32]] = {}
        if check is None or self.mode != "direct":
            for time, samples in interpolate_steps(self.engine, left, right, steps, self.transform.view_of_working):
                interpolated[time] = samples
                if check is not None:
                    check()
            return interpolated
        while len(interpolated) < len(steps):
            check()
            part = steps[len(interpolated) : len(interpolated) + self._frames_at_once()]
            started = perf_counter()
            interpolated |= interpolate_steps(self.engine, left, right, part, self.transform.view_of_working)
            self._seconds_per_frame = (perf_counter() - started) / len(part)
        return interpolated

    def samples(self, left: Encoded, right: Encoded, times: Sequence[Fraction]) -> list[Samples]:
        """Interpolate the frames of a pair, in the type and range of the frames.

        Args:
            left: The pair's left frame, encoded.
            right: The pair's right frame.
            times: Strictly inside (0, 1), in any order; a time may come more than once.

        Returns:
            For each time, (height, width, channels).
        """
        interpolated = self.interpolate(left, right, sorted(set(times)))
        return [from_working(interpolated[time], self.transform.format) for time in times]

    def _frames_at_once(self) -> int:
        """As many as take `CHECK_SECONDS`; a single one to find out how long it takes."""
        return 1 if self._seconds_per_frame is None else max(1, int(CHECK_SECONDS / self._seconds_per_frame))


def interpolate_with_motion(
    engine: Engine[Encoded], left: Encoded, right: Encoded, times: Sequence[Fraction]
) -> tuple[tuple[NDArray[np.float32], ...], tuple[MotionField, ...]]:
    """Interpolate frames directly, and keep their motion.

    Args:
        engine: Hands out motion.
        left: The pair's left frame, encoded.
        right: The pair's right frame.
        times: Strictly inside (0, 1).

    Returns:
        Working samples and motion for each of the times.

    Raises:
        OptionError: The engine does not hand out motion.
    """
    warper = require_motion(engine, "Flow output", "flow_folder")
    frames, fields = [], []
    for time in times:
        motion = warper.motion(left, right, float(time))
        samples = warper.warp(left, right, motion)
        frames.append(samples)
        fields.append(warper.field(motion, *samples.shape[:2]))
    return tuple(frames), tuple(fields)
