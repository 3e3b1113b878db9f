"""Preparing source frames, and comparing two of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.detection.static_pairs import static_score
from midframe.engines.interpolation import engine_frame
from midframe.engines.protocols import EngineFrame
from midframe.executors.base import PreparedFrame
from midframe.media.pixels import FrameValues, ViewTransform, alpha_share
from midframe.runtime.other_layers import likeness_of_other_layers
from midframe.types import Frame, Samples


def prepare(frame: Frame, transform: ViewTransform, values: FrameValues | None = None) -> PreparedFrame:
    """Make what engines take."""
    return PreparedFrame(frame, engine_frame(frame, transform), transform, values)


def seen_alike(prepared: PreparedFrame, transform: ViewTransform) -> PreparedFrame:
    """A frame as `transform` makes it; what is there already is used again."""
    if prepared.engine_frame is None or prepared.transform is None:
        return prepare(prepared.frame, transform, prepared.values)
    if prepared.transform == transform:
        return prepared
    if prepared.transform.format != transform.format:
        return prepare(prepared.frame, transform, prepared.values)
    seen = EngineFrame(transform.view(prepared.frame.samples), prepared.engine_frame.samples)
    return PreparedFrame(prepared.frame, seen, transform, prepared.values)


def static_likeness(left: PreparedFrame, right: PreparedFrame, threshold: float | None) -> float:
    """How little moves between two frames.

    Args:
        left: Left frame.
        right: Right frame, prepared with the same transform.
        threshold: Below it the exact score does not matter; None where only identical frames count.

    Returns:
        1 for identical frames. Else the score of `midframe.detection.static_pairs.static_score`, or an upper
        bound of it below the threshold; 0 where `threshold` is None.
    """
    if np.array_equal(_bits(left.frame.samples), _bits(right.frame.samples)):
        return 1.0
    if threshold is None:
        return 0.0
    score = static_score(_everything_seen(left), _everything_seen(right), enough=threshold)
    if score >= threshold and left.transform is not None:
        score = min(score, likeness_of_other_layers(left.frame, right.frame, left.transform.use, threshold))
    return score


def _bits(samples: Samples) -> NDArray[Any]:
    """Samples as integers of their size: NaN equals itself."""
    return samples.view(f"u{samples.itemsize}")


def _everything_seen(prepared: PreparedFrame) -> NDArray[np.float32]:
    """The view, and alpha as a fourth channel: a shape may move in it alone."""
    view, alpha = view_of(prepared), alpha_of(prepared)
    return view if alpha is None else np.concatenate((view, alpha), axis=-1)


def alpha_of(prepared: PreparedFrame) -> NDArray[np.float32] | None:
    """Alpha of a frame, (height, width, 1) in [0, 1]; None where it has none."""
    frame = prepared.frame
    if frame.format.alpha is None:
        return None
    return np.nan_to_num(alpha_share(frame.samples, frame.format), nan=0.0).clip(0.0, 1.0).astype(np.float32)


def view_of(prepared: PreparedFrame) -> NDArray[np.float32]:
    """The view of a frame that was prepared for the network."""
    seen: EngineFrame | None = prepared.engine_frame
    assert seen is not None
    return seen.view
