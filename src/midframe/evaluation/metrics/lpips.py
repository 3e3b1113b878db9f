"""Learned perceptual distance, which cannot be had from packages alone."""

from __future__ import annotations

from midframe.evaluation.metrics.protocol import Comparison
from midframe.evaluation.results import Metric


class Lpips:
    """LPIPS (Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", CVPR 2018).

    Listed so that everyone sees that it was not measured, and why.
    """

    metric = Metric(
        "lpips",
        "LPIPS",
        "",
        higher_is_better=False,
        absent="packages hold its last layers only; the network below them would have to be downloaded from elsewhere",
    )

    def score(self, comparison: Comparison) -> float:
        """Never called: the metric is absent."""
        raise NotImplementedError
