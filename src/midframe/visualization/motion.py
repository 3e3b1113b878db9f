"""The motion that a network sees between two pictures."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import Engine, EngineFrame, require_motion
from midframe.errors import SequenceError
from midframe.media.pixels import ViewTransform
from midframe.types import Frame


def estimate_motion(engine: Engine[Any], left: Frame, right: Frame, time: Fraction) -> MotionField:
    """Estimate, without drawing.

    Args:
        engine: One that hands out motion.
        left: The first picture.
        right: The second one, of the same size. If its format is another one, each is seen in its own range.
        time: Strictly inside (0, 1).

    Raises:
        OptionError: The engine does not hand out motion.
        SequenceError: The pictures differ in size.
        EngineError: The device failed.
    """
    warper = require_motion(engine, "Estimating motion")
    height, width = left.samples.shape[:2]
    if right.samples.shape[:2] != (height, width):
        raise SequenceError(
            f"{left.path} is {width}×{height} and {right.path} {right.format.width}×{right.format.height}; motion is "
            "estimated between pictures of one size. Scale one of them."
        )
    if left.format == right.format:
        transforms = [ViewTransform.fit([left, right])] * 2
    else:
        transforms = [ViewTransform.fit([frame]) for frame in (left, right)]
    views = [transform.view(frame.samples) for transform, frame in zip(transforms, (left, right), strict=True)]
    # Nothing is drawn, so the views may stand for the samples.
    encoded = [engine.encode(EngineFrame(view, view)) for view in views]
    return warper.field(warper.motion(encoded[0], encoded[1], float(time)), height, width)
