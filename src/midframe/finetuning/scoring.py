"""Scores of a network on held-out patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.metrics.protocol import Comparison, Measure
from midframe.evaluation.metrics.registry import make_measures
from midframe.evaluation.metrics.sharpness import gradient_energy
from midframe.finetuning.acceptance import StretchScores
from midframe.finetuning.options import ADAPTING_METRICS
from midframe.finetuning.patches import Patch, decode_view, downscale_by_two

InterpolateMiddle = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""From left and right frames (N, height, width, 3) in [0, 1] to the middle frames, of the same shape."""

MEASURES = ADAPTING_METRICS
"""Measures at full size; the frames are twice as far apart as those between which a user wants new ones."""

NEAR_MEASURES = ("psnr", "ssim")
"""Measures at half size, where motion in pixels is that between neighbouring frames."""

MOST_DECIBELS = 60.0
"""Upper limit of PSNR: equal frames, which score infinity, must not decide an average."""


class PatchScorer:
    """Scores networks on the same held-out patches.

    Args:
        stretches: Patches of each held-out stretch.

    Raises:
        OptionError: The libraries that measure are not installed.
    """

    def __init__(self, stretches: Sequence[Sequence[Patch]]) -> None:
        self._stretches = stretches
        sizes = [patch.size for patches in stretches for patch in patches]
        # Clips may differ in size; a measure that is undefined for the smallest one is left out for all.
        height, width = (min(size[axis] for size in sizes) for axis in (0, 1))
        self._measures = _defined_measures(MEASURES, height, width)
        self._near_measures = _defined_measures(NEAR_MEASURES, height // 2, width // 2)

    def __call__(self, interpolate: InterpolateMiddle) -> list[StretchScores]:
        """Mean scores of each stretch by measure; names that begin with "near_" are those of patches at half size."""
        return [self._score_stretch(patches, interpolate) for patches in self._stretches]

    def _score_stretch(self, patches: Sequence[Patch], interpolate: InterpolateMiddle) -> StretchScores:
        scores: dict[str, list[float]] = {"gradient_error": []}
        for patch in patches:
            full = decode_view(patch.planes)
            for prefix, frames, measures in (
                ("", full, self._measures),
                ("near_", downscale_by_two(full), self._near_measures),
            ):
                comparison = _interpolate_again(frames, interpolate)
                if not prefix:
                    scores["gradient_error"].append(gradient_error(comparison.truth, comparison.interpolated))
                for measure in measures:
                    value = min(MOST_DECIBELS, measure.score(comparison))
                    scores.setdefault(prefix + measure.metric.name, []).append(value)
        return {name: fmean(values) for name, values in scores.items()}


def gradient_error(truth: NDArray[np.float32], interpolated: NDArray[np.float32]) -> float:
    """Gradient energy of the difference over that of the true frame: 0 for equal frames, 1 for a flat frame.

    Lost or misplaced detail raises it, and so does noise that the true frame does not have.
    """
    energy = gradient_energy(truth)
    return gradient_energy(interpolated - truth) / energy if energy else 0.0


def _defined_measures(names: Sequence[str], height: int, width: int) -> list[Measure]:
    """The measures that are defined for frames of this size."""
    return [measure for measure in make_measures(names, height, width) if not measure.metric.absent]


def _interpolate_again(frames: NDArray[np.float32], interpolate: InterpolateMiddle) -> Comparison:
    """The middle frame of three and its interpolation, rounded to 8 bits: finer differences are invisible."""
    left, truth, right = frames
    interpolated = np.rint(interpolate(left[None], right[None])[0] * 255) / np.float32(255)
    return Comparison(truth, interpolated, truth, truth)
