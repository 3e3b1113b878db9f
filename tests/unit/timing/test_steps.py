from __future__ import annotations

import math
from fractions import Fraction

import pytest

from midframe.errors import OptionError
from midframe.timing.steps import Mode, PriorEstimate, Step, plan_steps
from midframe.timing.timeline import evenly_spaced

MODES: tuple[Mode, ...] = ("direct", "recursive", "bisect")


def f(text: str) -> Fraction:
    return Fraction(text)


class TestDirect:
    def test_every_frame_from_the_pair(self) -> None:
        steps = plan_steps("direct", evenly_spaced(3))
        assert steps == (Step(f("1/4")), Step(f("1/2")), Step(f("3/4")))
        assert [step.time for step in steps] == [f("1/4"), f("1/2"), f("3/4")]


class TestRecursive:
    @pytest.mark.parametrize("insert", [1, 2])
    def test_one_and_two_equal_direct(self, insert: int) -> None:
        assert plan_steps("recursive", evenly_spaced(insert)) == plan_steps("direct", evenly_spaced(insert))

    def test_three(self) -> None:
        """The outermost two, the estimate of the middle kept; then the middle from those two."""
        quarter, half, last = evenly_spaced(3)
        steps = plan_steps("recursive", (quarter, half, last))
        assert [(step.target, step.left, step.right, step.interpolate) for step in steps] == [
            (quarter, 0, 1, True),
            (last, 0, 1, True),
            (half, 0, 1, False),
            (half, quarter, last, True),
        ]
        (kept,) = steps[3].priors
        weight = math.exp(-2.5) / (1 + math.exp(-2.5))
        assert (kept.left, kept.right) == (Fraction(0), Fraction(1))
        assert kept.weight == pytest.approx(weight, rel=1e-12)
        assert steps[3].own_weight == pytest.approx(1 - weight, rel=1e-12)
        assert steps[3].time == f("1/2")

    def test_seven_keeps_all_earlier_estimates(self) -> None:
        times = evenly_spaced(7)
        last = plan_steps("recursive", times)[-1]
        assert (last.target, last.left, last.right) == (times[3], times[2], times[4])
        assert [(kept.left, kept.right) for kept in last.priors] == [(0, 1), (times[0], times[6]), (times[1], times[5])]
        total = sum(math.exp(-2.5 * age) for age in range(4))
        assert [kept.weight for kept in last.priors] == pytest.approx(
            [math.exp(-2.5 * age) / total for age in (3, 2, 1)], rel=1e-12
        )
        assert last.own_weight == pytest.approx(1 / total, rel=1e-12)

    def test_four_ends_on_two_at_once(self) -> None:
        times = evenly_spaced(4)
        drawn = [step for step in plan_steps("recursive", times) if step.interpolate]
        assert [step.target for step in drawn] == [times[0], times[3], times[1], times[2]]
        inner = (times[0], times[3])
        assert [(step.left, step.right) for step in drawn] == [(0, 1), (0, 1), inner, inner]

    @pytest.mark.parametrize("insert", [*range(9), 15])
    def test_network_passes_are_n_and_n_minus_2_and_so_on(self, insert: int) -> None:
        assert len(plan_steps("recursive", evenly_spaced(insert))) == sum(range(insert, 0, -2))

    def test_gains_follow_linear_motion(self) -> None:
        step = Step(
            f("1/2"),
            f("1/4"),
            f("3/4"),
            priors=(PriorEstimate(f("0"), f("1"), 0.1), PriorEstimate(f("1/8"), f("5/8"), 0.1)),
        )
        # Towards the left (τ−a)/(τ−a′), towards the right (b−τ)/(b′−τ).
        assert [step.left_gain(kept) for kept in step.priors] == [f("1/2"), f("2/3")]
        assert [step.right_gain(kept) for kept in step.priors] == [f("1/2"), f("2")]

    def test_gain_of_uneven_times(self) -> None:
        steps = plan_steps("recursive", (f("1/10"), f("3/10"), f("8/10")))
        (kept,) = steps[-1].priors
        assert steps[-1].left_gain(kept) == (f("3/10") - f("1/10")) / f("3/10")
        assert steps[-1].right_gain(kept) == (f("8/10") - f("3/10")) / (1 - f("3/10"))


class TestBisect:
    @pytest.mark.parametrize("insert", [1, 3, 7, 15])
    def test_powers_of_two_are_all_middles(self, insert: int) -> None:
        assert {step.time for step in plan_steps("bisect", evenly_spaced(insert))} == {f("1/2")}

    def test_three(self) -> None:
        assert plan_steps("bisect", evenly_spaced(3)) == (
            Step(f("1/2"), f("0"), f("1")),
            Step(f("1/4"), f("0"), f("1/2")),
            Step(f("3/4"), f("1/2"), f("1")),
        )

    @pytest.mark.parametrize("insert", range(12))
    def test_one_pass_a_frame(self, insert: int) -> None:
        steps = plan_steps("bisect", evenly_spaced(insert))
        assert len(steps) == insert
        assert all(step.interpolate and not step.priors for step in steps)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "times",
    [("1/2", "1/3"), ("1/2", "1/2"), ("0", "1/2"), ("1/2", "1"), ("-1/2",), ("3/2",)],
    ids=lambda times: " ".join(times),
)
def test_times_must_ascend_inside_the_pair(mode: Mode, times: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="must ascend"):
        plan_steps(mode, [Fraction(time) for time in times])


@pytest.mark.parametrize("mode", MODES)
def test_no_times_no_steps(mode: Mode) -> None:
    assert plan_steps(mode, ()) == ()


def test_unknown_mode() -> None:
    with pytest.raises(OptionError, match="direct, recursive or bisect, not 'sideways'"):
        plan_steps("sideways", evenly_spaced(1))  # type: ignore[arg-type]
