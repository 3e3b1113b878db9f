"""Whether the rebuilt row of frames moves as the true one does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.metrics.protocol import Comparison, Picture
from midframe.evaluation.results import Metric


class MotionError:
    """tOF: mean of |u − u′| + |v − v′| over all pixels, between the motion into the true frame and into the drawn one.

    Motion is optical flow from the frame before. The measure is that of M. Chu, Y. Xie, J. Mayer, L. Leal-Taixé,
    N. Thuerey, "Learning temporal coherence via self-supervision for GAN-based video generation", ACM Transactions on
    Graphics 39(4), 2020, with the flow of Farnebäck on grey pictures of 8 bits as there, in pixels. Temporal
    consistency: frames that are held or come too early jerk, and score high.
    """

    metric = Metric("tof", "tOF", "px", higher_is_better=False)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`."""
        true_motion = _motion(comparison.truth_before, comparison.truth)
        motion = _motion(comparison.drawn_before, comparison.drawn)
        return float(np.abs(motion - true_motion).sum(axis=2, dtype=np.float64).mean())


def _motion(before: Picture, here: Picture) -> NDArray[np.float32]:
    """(height, width, 2) in pixels, with the parameters of OpenCV's own example, which the authors use."""
    flow = np.zeros((*here.shape[:2], 2), np.float32)
    cv2.calcOpticalFlowFarneback(
        _grey(before),
        _grey(here),
        flow,
        pyr_scale=0.5,
        levels=3,
        winsize=15,
        iterations=3,
        poly_n=5,
        poly_sigma=1.2,
        flags=0,
    )
    return flow


def _grey(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(np.rint(picture * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY), np.uint8)
