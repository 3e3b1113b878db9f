"""What a measure is, and the images that it compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.results import Metric

MetricImage = NDArray[np.floating[Any]]
"""(height, width, 3) R, G, B. On footage a view, float32 in [0, 1] (`midframe.media.pixels.View`); on benchmarks codes,
float64 in 0 … 255 (`midframe.evaluation.datasets.frames`)."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """An interpolated frame, the true frame, and the frame before each of them. All four have one shape and range.

    Attributes:
        truth: The frame that was dropped.
        interpolated: The frame in its place, rounded as a file of the source's kind holds it.
        previous_truth: The source frame before `truth`.
        previous_interpolated: The frame before `interpolated`: interpolated as well, or kept, and then the same as
            `previous_truth`.
    """

    truth: MetricImage
    interpolated: MetricImage
    previous_truth: MetricImage
    previous_interpolated: MetricImage

    def __post_init__(self) -> None:
        images = (self.truth, self.interpolated, self.previous_truth, self.previous_interpolated)
        shapes = {image.shape for image in images}
        if len(shapes) > 1 or self.truth.ndim != 3 or self.truth.shape[2] != 3:
            raise ValueError(f"images to compare are all of one shape (height, width, 3), not {shapes}")


@dataclass(frozen=True)
class Measure:
    """A metric and the function that computes it, which may be called from any thread.

    Attributes:
        metric: What the number is; `Metric.absent` gives the reason where it cannot be computed.
        function: Computes it; None where the metric is absent.
    """

    metric: Metric
    function: Callable[[Comparison], float] | None

    def score(self, comparison: Comparison) -> float:
        """The value of the metric.

        Raises:
            ValueError: The metric is absent.
        """
        if self.function is None:
            raise ValueError(f"{self.metric.label} is absent: {self.metric.absent}")
        return self.function(comparison)


def of_frame_pair(function: Callable[[Any, Any], float]) -> Callable[[Comparison], float]:
    """A function of the true and the interpolated image, as a function of a comparison."""
    return lambda comparison: function(comparison.truth, comparison.interpolated)
