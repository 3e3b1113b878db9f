"""The search for better weights: train, measure on held-out frames, keep the best, know when to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.finetuning.acceptance import GateRules, Scores, Verdict, judge
from midframe.finetuning.events import AdaptListener, Training, Validated

VALIDATE_EVERY = 20
"""Steps from one validation to the next."""

PATIENCE = 5
"""Validations in a row without a better one after which training stops."""

SLACK = 2.0
"""Times the last validation: what is kept back for another one and for the pictures that are shown at the end."""


class Learner(Protocol):
    """What is trained; `midframe.finetuning.training.Trainer` is one."""

    def step(self, batch: NDArray[np.float32]) -> float:
        """Learn from a batch and return the loss."""
        ...

    def averaged(self) -> Mapping[str, Any]:
        """The weights so far, averaged over the steps: a copy."""
        ...

    def draw_averaged(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        """The middle of frames, by these weights."""
        ...


@dataclass(frozen=True)
class Budget:
    """How long training goes on: whichever comes first.

    Attributes:
        seconds: From the beginning; None for no limit.
        steps: At most; None for no limit. The same steps give the same weights, the same seconds do not.
    """

    seconds: float | None = 60.0
    steps: int | None = None

    def share(self, seconds: float, steps: int) -> float:
        """How much of it is used up, 0 … 1."""
        used = [1.0] if self.seconds is None and self.steps is None else []
        used += [seconds / self.seconds] if self.seconds else []
        used += [steps / self.steps] if self.steps else []
        return min(1.0, max(used))


@dataclass(frozen=True, eq=False)
class Found:
    """What a search has come to.

    Attributes:
        weights: The best ones; None if none are better than the base.
        verdict: On these; if there are none, on the candidate that came nearest, or None without any.
        best_step: After how many steps they were reached; 0 without any.
        steps: Taken in all.
        interrupted: Whether the user stopped it.
    """

    weights: Mapping[str, Any] | None
    verdict: Verdict | None
    best_step: int
    steps: int
    interrupted: bool


def search(
    learner: Learner,
    next_batch: Callable[[], NDArray[np.float32]],
    score: Callable[[Callable[..., NDArray[np.float32]]], Sequence[Scores]],
    base: Sequence[Scores],
    budget: Budget,
    listener: AdaptListener,
    *,
    rules: GateRules | None = None,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
) -> Found:
    """Train until the budget is used up, nothing gets better any more, or the user interrupts.

    Args:
        learner: What is trained.
        next_batch: Makes training batches.
        score: Measures what a function draws; see `midframe.finetuning.scoring.Scorer`.
        base: The scores of the base.
        budget: When to stop.
        listener: Hears of steps and validations.
        rules: What makes weights better; the usual ones if None.
        clock: Seconds.
        started: When the budget's seconds began, by that clock; now if None.
    """
    state = _Search(learner, score, base, listener, rules or GateRules())
    began = clock() if started is None else started
    interrupted = False
    kept_back = 0.0
    try:
        while budget.share(clock() - began + kept_back, state.steps) < 1 and state.waiting < PATIENCE:
            learner.step(next_batch())
            state.steps += 1
            seconds = clock() - began
            listener(Training(state.steps, seconds, budget.share(seconds, state.steps)))
            if state.steps % VALIDATE_EVERY == 0:
                before = clock()
                state.validate()
                kept_back = SLACK * (clock() - before)
        if state.steps % VALIDATE_EVERY:
            state.validate()
    except KeyboardInterrupt:
        interrupted = True
    return Found(state.weights, state.verdict, state.best_step, state.steps, interrupted)


class _Search:
    """The best so far."""

    def __init__(
        self,
        learner: Learner,
        score: Callable[[Callable[..., NDArray[np.float32]]], Sequence[Scores]],
        base: Sequence[Scores],
        listener: AdaptListener,
        rules: GateRules,
    ) -> None:
        self._learner = learner
        self._score = score
        self._base = base
        self._listener = listener
        self._rules = rules
        self.weights: Mapping[str, Any] | None = None
        self.verdict: Verdict | None = None
        self.best_step = 0
        self.steps = 0
        self.waiting = 0

    def validate(self) -> None:
        """Measure the weights so far and keep them if they are the best."""
        verdict = judge(self._base, self._score(self._learner.draw_averaged), self._rules)
        kept = self.verdict
        best = kept is None or (verdict.better, verdict.gain) > (kept.better, kept.gain)
        if best:
            self.verdict = verdict
            if verdict.better:
                self.weights, self.best_step = self._learner.averaged(), self.steps
        self.waiting = 0 if best else self.waiting + 1
        kept_now = best and verdict.better
        self._listener(Validated(self.steps, verdict.gain, verdict.gains, verdict.better, kept_now, verdict.reason))
