"""Plans draw every frame once, in an order in which each has what it needs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.timing.steps import Mode, plan_steps

times_inside = st.sets(
    st.fractions(min_value=Fraction(1, 500), max_value=Fraction(499, 500), max_denominator=500), max_size=14
).map(lambda times: tuple(sorted(times)))
modes = st.sampled_from(["direct", "recursive", "bisect"])


@given(modes, times_inside)
def test_all_are_drawn_once_and_before_they_are_used(mode: Mode, times: tuple[Fraction, ...]) -> None:
    ready = {Fraction(0), Fraction(1)}
    estimated: set[tuple[Fraction, Fraction, Fraction]] = set()
    for step in plan_steps(mode, times):
        assert step.left < step.target < step.right
        assert 0 < step.time < 1
        assert {step.left, step.right} <= ready
        for kept in step.priors:
            # Each kept estimate was made, and is used up by the step that draws.
            assert step.interpolate or (step.target, kept.left, kept.right) in estimated
        if step.interpolate:
            assert step.target not in ready
            ready.add(step.target)
            estimated -= {(step.target, kept.left, kept.right) for kept in step.priors}
        else:
            assert (step.target, step.left, step.right) not in estimated
            estimated.add((step.target, step.left, step.right))
    assert ready == {0, 1, *times}
    assert not estimated


@given(times_inside)
def test_shares_of_a_step_add_up(times: tuple[Fraction, ...]) -> None:
    for step in plan_steps("recursive", times):
        if not step.interpolate:
            continue
        weights = [kept.weight for kept in step.priors]
        assert weights == sorted(weights)
        assert all(0 < weight < step.own_weight for weight in weights)
        assert sum(weights) + step.own_weight == pytest.approx(1)


@given(times_inside)
def test_gains_never_enlarge_motion(times: tuple[Fraction, ...]) -> None:
    """Pairs only become narrower, so a kept flow is only ever shortened."""
    for step in plan_steps("recursive", times):
        for kept in step.priors:
            assert 0 < step.left_gain(kept) <= 1
            assert 0 < step.right_gain(kept) <= 1


@given(times_inside)
def test_what_each_mode_costs(times: tuple[Fraction, ...]) -> None:
    assert len(plan_steps("direct", times)) == len(plan_steps("bisect", times)) == len(times)
    assert len(plan_steps("recursive", times)) == sum(range(len(times), 0, -2))
