"""Training, validation and stopping, with a stand-in for training that only counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.jobs import Recorder

from midframe.finetuning.acceptance import StretchScores
from midframe.finetuning.options import TrainingBudget
from midframe.finetuning.search import PATIENCE, VALIDATE_EVERY, SearchResult, search_weights
from midframe.runtime.events import Reporter, StepTrained, WeightsValidated

BASE = {"psnr": 30.0, "near_psnr": 30.0, "ssim": 0.9, "near_ssim": 0.9, "sharpness": 0.8, "gradient_error": 0.3}


class CountingTrainable:
    """Its weights are the number of its steps."""

    def __init__(self, on_step: Callable[[int], None] = lambda step: None) -> None:
        self.steps = 0
        self._on_step = on_step

    def step(self, batch: NDArray[np.float32]) -> float:
        self._on_step(self.steps + 1)
        self.steps += 1
        return 0.0

    def averaged(self) -> dict[str, int]:
        return {"steps": self.steps}

    def interpolate_averaged(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
        return left


def found(
    gains: Callable[[int], float],
    budget: TrainingBudget,
    listener: Recorder | None = None,
    on_step: Callable[[int], None] = lambda step: None,
    clock: Callable[[], float] = lambda: 0.0,
) -> SearchResult:
    """A search in which the weights after n steps gain `gains(n)` dB."""
    trainable = CountingTrainable(on_step)

    def score(draw: object) -> Sequence[StretchScores]:
        gain = gains(trainable.steps)
        return [{**BASE, "psnr": 30.0 + gain, "near_psnr": 30.0 + gain}]

    batch = np.zeros((3, 1, 8, 8, 3), np.float32)
    return search_weights(
        trainable, lambda: batch, score, [BASE], budget, Reporter([listener or Recorder()]), clock=clock
    )


def test_the_best_weights_are_kept_not_the_last() -> None:
    best = 2 * VALIDATE_EVERY
    result = found(lambda step: 0.5 if step == best else 0.2, TrainingBudget(None, 4 * VALIDATE_EVERY))
    assert result.weights == {"steps": best}
    assert (result.best_step, result.steps) == (best, 4 * VALIDATE_EVERY)
    assert result.acceptance is not None
    assert result.acceptance.gain == pytest.approx(0.5)


def test_nothing_better_leaves_nothing() -> None:
    result = found(lambda step: -0.3, TrainingBudget(None, 2 * VALIDATE_EVERY))
    assert result.weights is None
    assert result.best_step == 0
    assert result.acceptance is not None
    assert "lost 0.30 dB" in result.acceptance.reason


def test_a_later_candidate_that_gains_more_but_fails_does_not_replace_one_that_passes() -> None:
    trainable = CountingTrainable()

    def score(draw: object) -> Sequence[StretchScores]:
        late = trainable.steps > VALIDATE_EVERY
        return [{**BASE, "psnr": 31.0 + late, "near_psnr": 31.0 + late, "ssim": 0.5 if late else 0.9}]

    result = search_weights(
        trainable,
        lambda: np.zeros((3, 1, 8, 8, 3), np.float32),
        score,
        [BASE],
        TrainingBudget(None, 3 * VALIDATE_EVERY),
        Reporter(),
    )
    assert result.weights == {"steps": VALIDATE_EVERY}


def test_it_stops_when_nothing_gets_better_any_more() -> None:
    result = found(lambda step: -step / 1000, TrainingBudget(None, 10_000))
    assert result.steps == (1 + PATIENCE) * VALIDATE_EVERY


def test_it_stops_when_the_time_is_up_and_measures_what_there_is() -> None:
    ticks = iter(range(10_000))
    listener = Recorder()
    result = found(lambda step: 0.3, TrainingBudget(seconds=15.0), listener, clock=lambda: float(next(ticks)))
    assert 0 < result.steps < VALIDATE_EVERY
    assert result.weights == {"steps": result.steps}
    assert sum(isinstance(event, WeightsValidated) for event in listener.events) == 1


def test_ctrl_c_keeps_the_best_so_far() -> None:
    def interrupt(step: int) -> None:
        if step == VALIDATE_EVERY + 3:
            raise KeyboardInterrupt

    result = found(lambda step: 0.4, TrainingBudget(None, 1000), on_step=interrupt)
    assert result.interrupted
    assert result.weights == {"steps": VALIDATE_EVERY}


def test_ctrl_c_before_anything_was_measured() -> None:
    def interrupt(step: int) -> None:
        raise KeyboardInterrupt

    result = found(lambda step: 0.4, TrainingBudget(None, 1000), on_step=interrupt)
    assert result.interrupted
    assert result.weights is None
    assert result.acceptance is None


def test_events_tell_steps_and_gains() -> None:
    listener = Recorder()
    found(lambda step: 0.1, TrainingBudget(None, VALIDATE_EVERY), listener)
    steps = [event for event in listener.events if isinstance(event, StepTrained)]
    assert [event.step for event in steps] == list(range(1, VALIDATE_EVERY + 1))
    assert steps[-1].share == 1.0
    (validated,) = (event for event in listener.events if isinstance(event, WeightsValidated))
    assert validated.best
    assert validated.gain == pytest.approx(0.1)
