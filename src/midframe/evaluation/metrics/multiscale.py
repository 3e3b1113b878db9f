"""Structural similarity over several sizes of the image.

Z. Wang, E. P. Simoncelli, A. C. Bovik: "Multiscale structural similarity for image quality assessment", Asilomar
Conference on Signals, Systems and Computers, 2003.
"""

from __future__ import annotations

import numpy as np
import torch
from pytorch_msssim import ms_ssim
from torch import Tensor

from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.results import Metric

MULTISCALE_SSIM = Metric("ms_ssim", "MS-SSIM", "", higher_is_better=True)

SMALLEST_SIDE = 161
"""Pixels: at the coarsest of five scales, a sixteenth, the window of 11 pixels must still fit."""


def multiscale_ssim(truth: MetricImage, other: MetricImage) -> float:
    """MS-SSIM of views with the five weights of the paper, mean over the channels; the window is that of `ssim`."""
    with torch.inference_mode():
        return float(ms_ssim(_tensor(truth), _tensor(other), data_range=1.0))


def _tensor(image: MetricImage) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).unsqueeze(0)
