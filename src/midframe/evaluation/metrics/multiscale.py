"""Structural similarity over several sizes of the picture.

Z. Wang, E. P. Simoncelli, A. C. Bovik: "Multiscale structural similarity for image quality assessment", Asilomar
Conference on Signals, Systems and Computers, 2003.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_msssim import ms_ssim
from torch import Tensor

from midframe.evaluation.metrics.protocol import Comparison
from midframe.evaluation.results import Metric

SMALLEST_SIDE = 161
"""Pixels: at the coarsest of five scales, a sixteenth, the window of 11 pixels must still fit."""


class MultiscaleSsim:
    """MS-SSIM with the five weights of the paper, mean over the three channels; the window is that of SSIM."""

    def __init__(self, height: int, width: int) -> None:
        absent = ""
        if min(height, width) < SMALLEST_SIDE:
            absent = f"frames must be at least {SMALLEST_SIDE} pixels high and wide"
        self.metric = Metric("ms_ssim", "MS-SSIM", "", higher_is_better=True, absent=absent)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`."""
        with torch.inference_mode():
            return float(ms_ssim(_tensor(comparison.truth), _tensor(comparison.drawn), data_range=1.0))


def _tensor(picture: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).unsqueeze(0)
