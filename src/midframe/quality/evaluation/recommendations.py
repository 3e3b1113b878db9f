"""What to make of an evaluation, in sentences that are computed from its figures."""

from __future__ import annotations

from midframe.quality.evaluation.results import Evaluation


def recommendations_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Sentences."""
    return ()
