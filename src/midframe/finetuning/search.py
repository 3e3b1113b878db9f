"""The search for better weights: train, validate on held-out frames, keep the best, stop in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.finetuning.acceptance import AcceptanceResult, StretchScores, check_acceptance
from midframe.finetuning.options import AcceptanceRules, TrainingBudget
from midframe.finetuning.scoring import InterpolateMiddle
from midframe.runtime.events import Reporter, StepTrained, WeightsValidated

VALIDATE_EVERY = 20
"""Steps from one validation to the next."""

PATIENCE = 5
"""Validations in a row without better weights after which training stops."""

RESERVED_VALIDATIONS = 2.0
"""Time kept free at the end, in durations of the last validation: for another one, and for the examples."""


class Trainable(Protocol):
    """A network in training; `midframe.finetuning.training.Trainer` is one."""

    def step(self, batch: NDArray[np.float32]) -> float:
        """Train on a batch and return the loss."""
        ...

    def averaged(self) -> Mapping[str, Any]:
        """A copy of the weights so far, averaged over the steps."""
        ...

    def interpolate_averaged(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        """The middle frames by the averaged weights; see `midframe.finetuning.scoring.InterpolateMiddle`."""
        ...


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The result of a search.

    Attributes:
        weights: The best weights that were accepted; None if there are none.
        acceptance: The acceptance test of these; without any, of the candidate that came nearest; None if no
            candidate was validated.
        best_step: Steps trained when they were reached; 0 without any.
        steps: Steps trained in all.
        interrupted: Whether the user stopped the search.
    """

    weights: Mapping[str, Any] | None
    acceptance: AcceptanceResult | None
    best_step: int
    steps: int
    interrupted: bool


def search_weights(
    trainable: Trainable,
    next_batch: Callable[[], NDArray[np.float32]],
    score: Callable[[InterpolateMiddle], Sequence[StretchScores]],
    base: Sequence[StretchScores],
    budget: TrainingBudget,
    reporter: Reporter,
    *,
    rules: AcceptanceRules | None = None,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
) -> SearchResult:
    """Train until the budget is used up, nothing improves any more, or the user interrupts.

    Args:
        trainable: The network in training.
        next_batch: Returns training batches.
        score: Scores an interpolation; see `midframe.finetuning.scoring.PatchScorer`.
        base: Scores of the base weights.
        budget: When to stop.
        reporter: Receives `StepTrained` and `WeightsValidated`.
        rules: When weights are accepted; the default rules if None.
        clock: Returns the time in seconds.
        started: Time by that clock when the budget's seconds began; now if None.
    """
    search = _Search(trainable, score, base, reporter, rules or AcceptanceRules())
    beginning = clock() if started is None else started
    interrupted = False
    reserved = 0.0
    try:
        while budget.share(clock() - beginning + reserved, search.steps) < 1 and search.without_progress < PATIENCE:
            trainable.step(next_batch())
            search.steps += 1
            seconds = clock() - beginning
            reporter(StepTrained(search.steps, seconds, budget.share(seconds, search.steps)))
            if search.steps % VALIDATE_EVERY == 0:
                started = clock()
                search.validate()
                reserved = RESERVED_VALIDATIONS * (clock() - started)
        if search.steps % VALIDATE_EVERY:
            search.validate()
    except KeyboardInterrupt:
        interrupted = True
    return SearchResult(search.weights, search.acceptance, search.best_step, search.steps, interrupted)


class _Search:
    """The state of a search: the best weights so far, and how long ago they were found."""

    def __init__(
        self,
        trainable: Trainable,
        score: Callable[[InterpolateMiddle], Sequence[StretchScores]],
        base: Sequence[StretchScores],
        reporter: Reporter,
        rules: AcceptanceRules,
    ) -> None:
        self._trainable = trainable
        self._score = score
        self._base = base
        self._reporter = reporter
        self._rules = rules
        self.weights: Mapping[str, Any] | None = None
        self.acceptance: AcceptanceResult | None = None
        self.best_step = 0
        self.steps = 0
        self.without_progress = 0

    def validate(self) -> None:
        """Score the current weights and keep them if they are the best."""
        scores = self._score(self._trainable.interpolate_averaged)
        result = check_acceptance(self._base, scores, self._rules)
        previous = self.acceptance
        is_best = previous is None or (result.better, result.gain) > (previous.better, previous.gain)
        if is_best:
            self.acceptance = result
            if result.better:
                self.weights, self.best_step = self._trainable.averaged(), self.steps
        self.without_progress = 0 if is_best else self.without_progress + 1
        accepted = is_best and result.better
        self._reporter(WeightsValidated(self.steps, result.gain, result.gains, result.better, accepted, result.reason))
