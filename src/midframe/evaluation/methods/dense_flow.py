"""Frames drawn along dense optical flow without a trained network: OpenCV's DIS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.methods.protocol import Interval, PlainDrawer
from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Contender


class DisDrawer(PlainDrawer):
    """Flow by dense inverse search in both directions; both frames are warped by it and mixed.

    T. Kroeger, R. Timofte, D. Dai, L. Van Gool: "Fast optical flow using dense inverse search", ECCV 2016, with the
    preset "medium" on grey pictures of 8 bits. The drawn frame at t is (1 − t) · left(x − t·F(x)) + t · right(x −
    (1−t)·B(x)), where F is the flow from left to right, B that from right to left, both read at x itself; samples are
    bilinear, and edges are repeated.
    """

    contender = Contender(
        "dis",
        "DIS optical flow",
        {"opencv": cv2.__version__, "preset": "medium", "rule": "both frames warped by their own flow and mixed by t"},
    )

    def __init__(self) -> None:
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def draw(self, interval: Interval) -> Sequence[Picture]:
        """See `Drawer`."""
        left, right = (interval.picture(frame) for frame in (interval.left, interval.right))
        forward, backward = self._motion(left, right), self._motion(right, left)
        eight_bits = interval.transform.format.dtype == np.uint8
        ends: Sequence[NDArray[Any]] = [_codes(left), _codes(right)] if eight_bits else [left, right]
        drawn: list[Picture] = []
        for time in interval.times:
            before = _moved(ends[0], forward * np.float32(-time)).astype(np.float32)
            behind = _moved(ends[1], backward * np.float32(time - 1)).astype(np.float32)
            mixed = before * np.float32(1 - time) + behind * np.float32(time)
            drawn.append((np.rint(mixed) / 255 if eight_bits else mixed).astype(np.float32))
        return drawn

    def _motion(self, here: Picture, there: Picture) -> NDArray[np.float32]:
        """(height, width, 2) in pixels."""
        first, second = (cv2.cvtColor(_codes(picture), cv2.COLOR_RGB2GRAY) for picture in (here, there))
        # Nothing to start from: an array here, even of zeros, would be taken as a first guess.
        return np.asarray(self._flow.calc(first, second, None), np.float32)


def _codes(picture: Picture) -> NDArray[np.uint8]:
    return np.rint(picture * 255).astype(np.uint8)


def _moved(picture: NDArray[Any], offsets: NDArray[np.float32]) -> NDArray[Any]:
    """The picture read at every place plus its offset; pictures of 8 bits are rounded, as OpenCV does it."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return cv2.remap(
        picture,
        columns + offsets[..., 0],
        rows + offsets[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
