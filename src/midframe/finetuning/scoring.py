"""Measuring what a network draws on held-out patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.metrics.protocol import Comparison, Measure
from midframe.evaluation.metrics.registry import make_measures
from midframe.evaluation.metrics.sharpness import gradient_energy
from midframe.finetuning.acceptance import Scores
from midframe.finetuning.patches import Patch, floats, halved

Draw = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Left and right frames (N, height, width, 3) in [0, 1] to the frames in the middle."""

MEASURES = ("psnr", "ssim", "ms_ssim", "sharpness")
"""Of frames as they are: they stand twice as far apart as those between which a user wants new ones."""

NEAR_MEASURES = ("psnr", "ssim")
"""Of the same frames at half the size, where what moves moves as far as between neighbouring frames."""

MOST_DECIBELS = 60.0
"""PSNR counts up to here: equal pictures, which score infinity, must not decide an average."""


class Scorer:
    """Measures networks on the same held-out patches, so that they can be compared."""

    def __init__(self, stretches: Sequence[Sequence[Patch]]) -> None:
        """Choose.

        Raises:
            OptionError: The libraries that measure are not installed.
        """
        self._stretches = stretches
        sizes = [patch.size for patches in stretches for patch in patches]
        # Clips may differ in size; a measure that one of them is too small for is left out for all.
        height, width = (min(size[axis] for size in sizes) for axis in (0, 1))
        self._measures = _present(MEASURES, height, width)
        self._near_measures = _present(NEAR_MEASURES, height // 2, width // 2)

    def __call__(self, draw: Draw) -> list[Scores]:
        """Means for each stretch, by name of the measure; those that begin with "near_" are of patches at half size."""
        return [self._stretch(patches, draw) for patches in self._stretches]

    def _stretch(self, patches: Sequence[Patch], draw: Draw) -> Scores:
        scores: dict[str, list[float]] = {"gradient_error": []}
        for patch in patches:
            planes = floats(patch.planes)
            for prefix, pictures, measures in (
                ("", planes, self._measures),
                ("near_", halved(planes), self._near_measures),
            ):
                comparison = _drawn_again(pictures, draw)
                if not prefix:
                    scores["gradient_error"].append(gradient_error(comparison.truth, comparison.interpolated))
                for measure in measures:
                    value = min(MOST_DECIBELS, measure.score(comparison))
                    scores.setdefault(prefix + measure.metric.name, []).append(value)
        return {name: fmean(values) for name, values in scores.items()}


def gradient_error(truth: NDArray[np.float32], drawn: NDArray[np.float32]) -> float:
    """Gradient energy of the difference over that of the true picture: 0 is right, 1 is as wrong as a flat picture.

    Detail that is lost or in the wrong place raises it, and so does noise that the true picture does not have.
    """
    energy = gradient_energy(truth)
    return gradient_energy(drawn - truth) / energy if energy else 0.0


def _present(names: Sequence[str], height: int, width: int) -> list[Measure]:
    """The measures that pictures of this size have."""
    return [measure for measure in make_measures(names, height, width) if not measure.metric.absent]


def _drawn_again(pictures: NDArray[np.float32], draw: Draw) -> Comparison:
    """The middle one of three pictures, and what stands for it; rounded as an 8-bit file would, as finer is unseen."""
    left, truth, right = pictures
    drawn = np.rint(draw(left[None], right[None])[0] * 255) / np.float32(255)
    return Comparison(truth, drawn, truth, truth)
