"""Interpolating the frames of a pair with an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField
from midframe.engines.kept_channels import KeptPair, KeptSamples, kept_samples
from midframe.engines.options import PairOptions
from midframe.engines.pair_engines import AS_THE_JOB, PairEngines
from midframe.engines.planes import separate_planes
from midframe.engines.protocols import (
    Encoded,
    Engine,
    EngineFrame,
    Motion,
    MotionEngine,
    WeightedMotion,
    average_motion,
    require_motion,
)
from midframe.media.pixels import ViewTransform, to_working
from midframe.timing.steps import Mode, Step, plan_steps
from midframe.types import INTEGERS_AND_FLOATS, Frame, Samples

CHECK_SECONDS = 0.2
"""How long an interpolator that can be stopped works without looking whether it is."""

LEFT, RIGHT = Fraction(0), Fraction(1)


@dataclass(frozen=True, eq=False)
class EncodedFrame(Generic[Encoded]):
    """A frame as a `PairInterpolator` keeps it.

    Attributes:
        encoded: What the engine made of it.
        kept: What is not blended.
    """

    encoded: Encoded
    kept: KeptSamples


def engine_frame(frame: Frame, transform: ViewTransform) -> EngineFrame:
    """A frame as engines take it: its view, and the working samples of the channels that are blended."""
    view, working = transform.view(frame.samples), to_working(frame.samples, transform.format)
    use = transform.use
    if use.kept:
        # Engines need something to warp.
        working = np.ascontiguousarray(working[..., list(use.blended)]) if use.blended else view
    return EngineFrame(view, working)


def interpolate_steps(
    engine: Engine[Encoded],
    left: Encoded,
    right: Encoded,
    steps: Sequence[Step],
    view: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    kept: KeptPair | None = None,
) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Interpolate the frames of a plan.

    Args:
        engine: Hands out motion, unless all steps start from the pair itself.
        left: The pair's left frame, encoded.
        right: The pair's right frame.
        steps: Steps from `midframe.timing.steps.plan_steps`.
        view: Makes (height, width, 3) in [0, 1] of working samples, for frames that later steps start from.
        kept: Samples that are not blended; None if all are.

    Yields:
        Time and working samples of every interpolated frame, in the order of the steps.

    Raises:
        OptionError: Motion is needed, and the engine does not hand it out.
    """
    takes = kept is not None and kept.needs_motion and isinstance(engine, MotionEngine)
    if not takes and all(
        step.interpolate and (step.left, step.right) == (LEFT, RIGHT) and not step.priors for step in steps
    ):
        # Nothing depends on anything: the engine may batch.
        times = [step.target for step in steps]
        for time, samples in zip(times, engine.between(left, right, [float(time) for time in times]), strict=True):
            yield time, samples if kept is None else kept.complete(samples, None, time)
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
        blended = warper.warp(frames[step.left], frames[step.right], motion)
        samples, reused = blended, last_use.get(step.target, -1) > position
        if kept is not None:
            field = warper.field(motion, *blended.shape[:2]) if kept.needs_motion else None
            samples = kept.complete(blended, field, step.target, (step.left, step.right), reused=reused)
        # Not to be held while the next one is estimated: at 8K it takes 0.7 GB.
        del motion
        yield step.target, samples
        if reused:
            mended = kept.blended_at(step.target) if kept is not None else None
            frames[step.target] = engine.encode(EngineFrame(view(samples), blended if mended is None else mended))
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
        self._engines = PairEngines(engine)
        self.options = AS_THE_JOB
        self.engine: Engine[Encoded] = separate_planes(engine, transform.format.planes)
        self.transform = transform
        self.mode: Mode = mode
        self._seconds_per_frame: float | None = None

    def fitted_to(
        self, transform: ViewTransform | None, options: PairOptions = AS_THE_JOB
    ) -> PairInterpolator[Encoded]:
        """The same for a pair: itself where it is the right one. Frames that one has encoded are for that one only.

        Args:
            transform: Makes the views; None for the one that there is.
            options: Options of the engine.

        Raises:
            OptionError: The engine has no such options.
        """
        transform = transform or self.transform
        if (transform, options) == (self.transform, self.options):
            return self
        other: PairInterpolator[Encoded] = PairInterpolator(self._engines.of(options), transform, self.mode)
        other._engines, other.options = self._engines, options
        if options == self.options:
            other._seconds_per_frame = self._seconds_per_frame
        return other

    def encode(self, frame: Frame, prepared: EngineFrame | None = None) -> EncodedFrame[Encoded]:
        """A frame as the engine keeps it.

        Args:
            frame: Of the transform's format.
            prepared: What `engine_frame` made of it, if that is there already.
        """
        taken = prepared or engine_frame(frame, self.transform)
        kept = kept_samples(frame.samples, taken.samples, self.transform.use, self.transform.format.no_data)
        return EncodedFrame(self.engine.encode(taken), kept)

    def interpolate(
        self,
        left: EncodedFrame[Encoded],
        right: EncodedFrame[Encoded],
        times: Sequence[Fraction],
        check: Callable[[], None] | None = None,
    ) -> dict[Fraction, NDArray[np.float32]]:
        """Interpolate the frames of a pair.

        Args:
            left: The pair's left frame, encoded.
            right: The pair's right frame.
            times: Strictly inside (0, 1), ascending.
            check: Called every `CHECK_SECONDS` or after each frame, whichever is later; may raise to stop.

        Returns:
            Working samples by time, for `ViewTransform.samples_of_working`: channels that are not blended hold samples
            as files have them.
        """
        steps = plan_steps(self.mode, times)
        kept = self._kept(left, right)
        interpolated: dict[Fraction, NDArray[np.float32]] = {}
        if check is None or self.mode != "direct":
            for time, samples in self._steps(left, right, steps, kept):
                interpolated[time] = samples
                if check is not None:
                    check()
            return interpolated
        while len(interpolated) < len(steps):
            check()
            part = steps[len(interpolated) : len(interpolated) + self._frames_at_once()]
            started = perf_counter()
            interpolated |= self._steps(left, right, part, kept)
            self._seconds_per_frame = (perf_counter() - started) / len(part)
        return interpolated

    def interpolate_with_motion(
        self, left: EncodedFrame[Encoded], right: EncodedFrame[Encoded], times: Sequence[Fraction]
    ) -> tuple[tuple[NDArray[np.float32], ...], tuple[MotionField, ...]]:
        """Interpolate frames directly, and keep their motion.

        Args:
            left: The pair's left frame, encoded.
            right: The pair's right frame.
            times: Strictly inside (0, 1).

        Returns:
            Working samples, see `interpolate`, and motion for each of the times.

        Raises:
            OptionError: The engine does not hand out motion.
        """
        warper = require_motion(self.engine, "Flow output", "flow_folder")
        kept = self._kept(left, right)
        frames, fields = [], []
        for time in times:
            motion = warper.motion(left.encoded, right.encoded, float(time))
            samples = warper.warp(left.encoded, right.encoded, motion)
            field = warper.field(motion, *samples.shape[:2])
            frames.append(samples if kept is None else kept.complete(samples, field, time))
            fields.append(field)
        return tuple(frames), tuple(fields)

    def samples(
        self, left: EncodedFrame[Encoded], right: EncodedFrame[Encoded], times: Sequence[Fraction]
    ) -> list[Samples]:
        """Interpolate the frames of a pair, in the type and range of the frames.

        Args:
            left: The pair's left frame, encoded.
            right: The pair's right frame.
            times: Strictly inside (0, 1), in any order; a time may come more than once.

        Returns:
            For each time, (height, width, channels).
        """
        interpolated = self.interpolate(left, right, sorted(set(times)))
        return [self.transform.samples_of_working(interpolated[time]) for time in times]

    def _kept(self, left: EncodedFrame[Encoded], right: EncodedFrame[Encoded]) -> KeptPair | None:
        """What is not blended of a pair; None if all is."""
        exact = self.transform.format.dtype == INTEGERS_AND_FLOATS
        kept = KeptPair(self.transform.use, left.kept, right.kept, exact=exact)
        return None if kept.is_plain else kept

    def _steps(
        self, left: EncodedFrame[Encoded], right: EncodedFrame[Encoded], steps: Sequence[Step], kept: KeptPair | None
    ) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
        view = self.transform.view_of_working
        return interpolate_steps(self.engine, left.encoded, right.encoded, steps, view, kept)

    def _frames_at_once(self) -> int:
        """As many as take `CHECK_SECONDS`; a single one to find out how long it takes."""
        return 1 if self._seconds_per_frame is None else max(1, int(CHECK_SECONDS / self._seconds_per_frame))
