"""Whether the sequence with interpolated frames moves as the true one does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.metrics.protocol import Comparison, MetricImage
from midframe.evaluation.results import Metric

MOTION_ERROR = Metric("tof", "tOF", "px", higher_is_better=False)


def motion_error(comparison: Comparison) -> float:
    """tOF: mean of |u − u′| + |v − v′| over all pixels, between the motion into the true and the interpolated frame.

    Motion is optical flow from the frame before. The measure is that of M. Chu, Y. Xie, J. Mayer, L. Leal-Taixé,
    N. Thuerey, "Learning temporal coherence via self-supervision for GAN-based video generation", ACM Transactions on
    Graphics 39(4), 2020, with the flow of Farnebäck on grey images of 8 bits as there, in pixels. Temporal
    consistency: frames that are held or come too early jerk, and score high.
    """
    true_motion = _farneback(comparison.previous_truth, comparison.truth)
    motion = _farneback(comparison.previous_interpolated, comparison.interpolated)
    return float(np.abs(motion - true_motion).sum(axis=2, dtype=np.float64).mean())


def _farneback(first: MetricImage, second: MetricImage) -> NDArray[np.float32]:
    """(height, width, 2) in pixels, with the parameters of OpenCV's own example, which the authors use."""
    flow = np.zeros((*second.shape[:2], 2), np.float32)
    cv2.calcOpticalFlowFarneback(
        _grey(first),
        _grey(second),
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


def _grey(image: MetricImage) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(np.rint(image * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY), np.uint8)
