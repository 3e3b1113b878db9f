"""Computing metrics of several frames at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from midframe.evaluation.metrics.protocol import Comparison, Measure

MOST_THREADS = 16


class MetricPool:
    """Computes metrics in threads of its own, as the libraries that measure leave the other cores idle.

    A context manager; leaving it ends the threads.

    Args:
        measures: What to measure; those whose metric is absent are left out.
        threads: None for one per core, at most `MOST_THREADS`.
    """

    def __init__(self, measures: Sequence[Measure], threads: int | None = None) -> None:
        self._measures = tuple(measure for measure in measures if not measure.metric.absent)
        self._pool = ThreadPoolExecutor(threads or min(MOST_THREADS, os.cpu_count() or 1), "midframe-measure")

    def __enter__(self) -> MetricPool:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def scores(self, comparisons: Sequence[Comparison]) -> list[Mapping[str, float]]:
        """All measures of each comparison, by name of the metric."""
        pending: list[dict[str, Future[float]]] = [
            {measure.metric.name: self._pool.submit(measure.score, comparison) for measure in self._measures}
            for comparison in comparisons
        ]
        return [{name: future.result() for name, future in futures.items()} for futures in pending]
