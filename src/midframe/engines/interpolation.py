"""Carrying out steps with an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField, field_of
from midframe.engines.protocols import Engine, EngineFrame, Motion, WeightedMotion, average_motion
from midframe.media.pixels import ViewTransform, to_working
from midframe.timing.steps import Mode, Step, plan_steps
from midframe.types import Frame

Encoded = TypeVar("Encoded")

LEFT, RIGHT = Fraction(0), Fraction(1)


def engine_frame(frame: Frame, transform: ViewTransform) -> EngineFrame:
    """A frame as engines take it: its view and its working samples."""
    return EngineFrame(transform.view(frame.samples), to_working(frame.samples, frame.format))


def draw_steps(
    engine: Engine[Encoded],
    left: Encoded,
    right: Encoded,
    steps: Sequence[Step],
    view: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Draw the frames of a plan.

    Args:
        engine: Estimates and draws.
        left: The pair's left frame, encoded.
        right: The pair's right frame.
        steps: From `midframe.timing.steps.plan_steps`.
        view: Makes (height, width, 3) in [0, 1] of working samples, for frames that later steps start from.

    Yields:
        Time and working samples of every drawn frame, in the order of the steps.
    """
    if all(step.interpolate and (step.left, step.right) == (LEFT, RIGHT) and not step.priors for step in steps):
        # Nothing depends on anything: the engine may batch.
        times = [step.target for step in steps]
        yield from zip(times, engine.between(left, right, [float(time) for time in times]), strict=True)
        return
    last_use = {end: position for position, step in enumerate(steps) for end in (step.left, step.right)}
    frames = {LEFT: left, RIGHT: right}
    estimates: dict[tuple[Fraction, Fraction, Fraction], Motion] = {}
    for position, step in enumerate(steps):
        motion = engine.motion(frames[step.left], frames[step.right], float(step.time))
        if not step.interpolate:
            estimates[step.target, step.left, step.right] = motion
            continue
        if step.priors:
            motion = _with_kept(motion, step, estimates)
        drawn = engine.draw(frames[step.left], frames[step.right], motion)
        # Not to be held while the next one is estimated: at 8K it takes 0.7 GB.
        del motion
        yield step.target, drawn
        if last_use.get(step.target, -1) > position:
            frames[step.target] = engine.encode(EngineFrame(view(drawn), drawn))
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


def draw_times(
    engine: Engine[Encoded],
    left: Encoded,
    right: Encoded,
    mode: Mode,
    times: Sequence[Fraction],
    view: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> dict[Fraction, NDArray[np.float32]]:
    """Plan and draw the frames of a pair.

    Args:
        engine: Estimates and draws.
        left: The pair's left frame, encoded.
        right: The pair's right frame.
        mode: How several frames are drawn.
        times: Strictly inside (0, 1), ascending.
        view: See `draw_steps`.

    Returns:
        Working samples by time.
    """
    return dict(draw_steps(engine, left, right, plan_steps(mode, times), view))


def draw_with_motion(
    engine: Engine[Encoded], left: Encoded, right: Encoded, times: Sequence[Fraction]
) -> tuple[tuple[NDArray[np.float32], ...], tuple[MotionField, ...]]:
    """Draw frames directly, and keep what moves them.

    Args:
        engine: Estimates and draws.
        left: The pair's left frame, encoded.
        right: The pair's right frame.
        times: Strictly inside (0, 1).

    Returns:
        Working samples and motion for each of the times.
    """
    drawn, fields = [], []
    for time in times:
        motion = engine.motion(left, right, float(time))
        samples = engine.draw(left, right, motion)
        drawn.append(samples)
        fields.append(field_of(motion, *samples.shape[:2]))
    return tuple(drawn), tuple(fields)
