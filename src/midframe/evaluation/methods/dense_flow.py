"""Interpolation along dense optical flow without a trained network: OpenCV's DIS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.intervals import Interval
from midframe.evaluation.methods.names import BASELINE_LABELS
from midframe.evaluation.methods.protocol import Baseline
from midframe.evaluation.results import MethodInfo
from midframe.media.pixels import ViewSamples
from midframe.visualization.image_files import to_pixels


class DisFlow(Baseline):
    """Flow by dense inverse search in both directions; both frames are warped by it and mixed.

    T. Kroeger, R. Timofte, D. Dai, L. Van Gool: "Fast optical flow using dense inverse search", ECCV 2016, with the
    preset "medium" on grey images of 8 bits. The interpolated frame at t is (1 − t) · left(x − t·F(x)) + t · right(x −
    (1−t)·B(x)), where F is the flow from left to right, B that from right to left, both read at x itself; samples are
    bilinear, and edges are repeated.
    """

    info = MethodInfo(
        "dis",
        BASELINE_LABELS["dis"],
        {"opencv": cv2.__version__, "preset": "medium", "rule": "both frames warped by their flow and mixed by t"},
    )

    def __init__(self) -> None:
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        """See `Method`."""
        left, right = (interval.view(frame) for frame in (interval.left, interval.right))
        forward, backward = self._estimate(left, right), self._estimate(right, left)
        has_eight_bits = interval.transform.format.dtype == np.uint8
        ends: Sequence[NDArray[Any]] = [to_pixels(left), to_pixels(right)] if has_eight_bits else [left, right]
        frames: list[ViewSamples] = []
        for time in interval.times:
            from_left = _remapped(ends[0], forward * np.float32(-time)).astype(np.float32)
            from_right = _remapped(ends[1], backward * np.float32(time - 1)).astype(np.float32)
            mixed = from_left * np.float32(1 - time) + from_right * np.float32(time)
            frames.append((np.rint(mixed) / 255 if has_eight_bits else mixed).astype(np.float32))
        return frames

    def _estimate(self, source: ViewSamples, target: ViewSamples) -> NDArray[np.float32]:
        """Flow from one view to another: (height, width, 2) in pixels."""
        grey = [cv2.cvtColor(to_pixels(view), cv2.COLOR_RGB2GRAY) for view in (source, target)]
        # No initial flow: an array here, even of zeros, would be taken as a first guess.
        return np.asarray(self._flow.calc(grey[0], grey[1], None), np.float32)


def _remapped(image: NDArray[Any], offsets: NDArray[np.float32]) -> NDArray[Any]:
    """The image read at every place plus its offset; images of 8 bits are rounded, as OpenCV does it."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return cv2.remap(
        image,
        columns + offsets[..., 0],
        rows + offsets[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
