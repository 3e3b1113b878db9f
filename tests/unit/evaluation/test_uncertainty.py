from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from midframe.evaluation.uncertainty import interval_over_clips, interval_over_frames


def test_clips_have_the_interval_of_student() -> None:
    values = [31.0, 35.5, 28.2, 40.1]

    found = interval_over_clips(values)

    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.half_width == pytest.approx((high - low) / 2)
    assert found.count == 4


def test_too_few_values_have_no_interval() -> None:
    assert not interval_over_clips([1.0, 2.0]).is_known
    assert not interval_over_frames([1.0]).is_known
    assert interval_over_clips([1.0, 2.0]).half_width is None
    assert not interval_over_frames([1.0]).excludes_zero


def test_the_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    """Neighbouring frames are alike: a plain interval would miss the mean a third of the time."""
    random = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        noise, value = random.normal(size=80), 0.0
        values = []
        for step in noise:
            value = 0.6 * value + step
            values.append(value)
        found = interval_over_frames(values)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert 0.88 < held / 400 < 0.98


def test_values_without_spread_are_sure() -> None:
    found = interval_over_frames([0.3] * 9)

    assert found.excludes_zero
    assert found.lies_within(0.29, 0.31)
