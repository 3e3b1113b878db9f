"""Preparing source frames, and comparing two of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.detection.static_pairs import static_score
from midframe.engines.interpolation import engine_frame
from midframe.engines.protocols import EngineFrame
from midframe.executors.base import PreparedFrame
from midframe.media.pixels import ViewTransform, alpha_share
from midframe.runtime.other_layers import likeness_of_other_layers
from midframe.types import Frame, Samples


def prepare(frame: Frame, transform: ViewTransform) -> PreparedFrame:
    """Make what engines take."""
    return PreparedFrame(frame, engine_frame(frame, transform))


def static_likeness(
    left: PreparedFrame, right: PreparedFrame, transform: ViewTransform, threshold: float | None
) -> float:
    """How little moves between two frames.

    Args:
        left: Left frame, prepared with `transform`.
        right: Right frame, prepared in the same way.
        transform: The view of both frames.
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
    if score >= threshold:
        score = min(score, likeness_of_other_layers(left.frame, right.frame, transform.use, threshold))
    if score < threshold or not any(transform.clips(prepared.frame.samples) for prepared in (left, right)):
        return score
    # Where the view is all white or all black, anything may move unseen: look again with the pair's own range.
    own = ViewTransform.fit([left.frame, right.frame])
    again = [_everything_seen(prepare(prepared.frame, own)) for prepared in (left, right)]
    return min(score, static_score(again[0], again[1], enough=threshold))


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
