"""Single pairs of frames: what a network interpolates between them, and the motion that it estimates."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from midframe.engines.flow_fields import MotionField
from midframe.engines.interpolation import PairInterpolator
from midframe.engines.protocols import Engine, EngineFrame, require_motion
from midframe.errors import SequenceError
from midframe.media.pixels import ViewTransform
from midframe.types import Frame
from midframe.visualization.contact_sheet import SheetCell


def interpolate_cells(engine: Engine[Any], left: Frame, right: Frame, times: Sequence[Fraction]) -> list[SheetCell]:
    """Both frames and the frames interpolated between them, as a contact sheet shows them.

    Args:
        engine: Any.
        left: At time 0.
        right: At time 1, of the same format.
        times: Strictly inside (0, 1), ascending.

    Raises:
        EngineError: The device failed.
    """
    transform = ViewTransform.fit_pair(left, right)
    interpolator = PairInterpolator(engine, transform)
    frames = interpolator.samples(interpolator.encode(left), interpolator.encode(right), times)
    cells = [SheetCell(Fraction(0), transform.view(left.samples))]
    cells += [SheetCell(time, transform.view(samples)) for time, samples in zip(times, frames, strict=True)]
    cells.append(SheetCell(Fraction(1), transform.view(right.samples)))
    return cells


def estimate_motion(engine: Engine[Any], left: Frame, right: Frame, time: Fraction) -> MotionField:
    """Estimate the motion between two frames without interpolating.

    Args:
        engine: Any.
        left: The first frame.
        right: The second frame, of the same size. If its format is another one, each is viewed in its own range.
        time: Strictly inside (0, 1).

    Raises:
        OptionError: The engine does not hand out motion.
        SequenceError: The frames differ in size.
        EngineError: The device failed.
    """
    engine = require_motion(engine, "Estimating motion")
    height, width = left.samples.shape[:2]
    if right.samples.shape[:2] != (height, width):
        raise SequenceError(
            f"{left.path} is {width}×{height} and {right.path} {right.format.width}×{right.format.height}; motion is "
            "estimated between pictures of one size. Scale one of them.",
            path=right.path,
        )
    if left.format == right.format:
        transforms = [ViewTransform.fit_pair(left, right)] * 2
    else:
        transforms = [ViewTransform.fit([frame]) for frame in (left, right)]
    views = [transform.view(frame.samples) for transform, frame in zip(transforms, (left, right), strict=True)]
    # Nothing is interpolated, so the views may stand for the samples.
    encoded = [engine.encode(EngineFrame(view, view)) for view in views]
    return engine.field(engine.motion(encoded[0], encoded[1], float(time)), height, width)
