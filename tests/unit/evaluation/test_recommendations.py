from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from midframe.evaluation.recommendations import recommendations_of
from midframe.evaluation.results import Evaluation, FrameScore, MethodInfo, MethodResult, Metric

PSNR = Metric("psnr", "PSNR", "dB", higher_is_better=True)
TOF = Metric("tof", "tOF", "px", higher_is_better=False)
NETWORK = {"model": "4.25", "model_sha256": "a", "flow_scale": "1", "mode": "direct", "precision": "exact"}


def result(
    name: str, scores: Sequence[float | None], seconds: float = 10.0, metric: str = "psnr", **settings: str
) -> MethodResult:
    frames = tuple(
        FrameScore(
            2 * number + 1,
            None,
            2 * number,
            2 * number + 2,
            Fraction(1, 2),
            "moving",
            {} if score is None else {metric: score},
        )
        for number, score in enumerate(scores)
    )
    return MethodResult(MethodInfo(name, name, {**NETWORK, **settings} if settings else {}), frames, seconds)


def said(*results: MethodResult, metric: Metric = PSNR, cuts: tuple[int, ...] = ()) -> tuple[str, ...]:
    return recommendations_of(Evaluation("clip", {}, 2, (metric,), results, cut_indices=cuts))


FIRST = result("4.25", [30.0, 32.0], model="4.25")


def test_what_half_the_scale_costs() -> None:
    half = result("4.25 scale=0.5", [29.9, 31.9], 5.5, flow_scale="0.5")

    assert said(FIRST, half) == ("Flow scale 0.5 loses 0.10 dB and saves 45 % of the time here.",)


def test_what_is_as_good_and_faster_is_advised() -> None:
    half = result("4.25 scale=0.5", [29.97, 31.97], 5.5, flow_scale="0.5")

    assert said(FIRST, half) == ("Flow scale 0.5 is as good and saves 45 % of the time here: use `flow_scale=0.5`.",)


def test_what_is_better_but_slower_is_told_and_not_advised() -> None:
    double = result("4.25 scale=2", [30.5, 32.5], 39.0, flow_scale="2")

    assert said(FIRST, double) == ("Flow scale 2 gains 0.50 dB and takes 3.9 times as long here.",)


def test_a_better_model_is_advised() -> None:
    other = result("4.6", [30.5, 32.5], 8.0, model="4.6", model_sha256="b")

    assert said(FIRST, other) == ("4.6 gains 0.50 dB and saves 20 % of the time here: use `model=4.6`.",)


def test_a_network_that_is_worth_its_time() -> None:
    rivals = result("blend", [25.0, 27.0], 0.1), result("dis", [29.0, 31.5], 4.0)

    assert said(FIRST, *rivals) == ("4.25 is worth its time here: it beats the best of the others, dis, by 0.75 dB.",)


def test_a_network_that_is_not() -> None:
    rivals = result("blend", [30.4, 32.4], 0.05), result("dis", [30.01, 32.01], 4.0)

    assert said(FIRST, *rivals) == (
        "Blend is better than 4.25 here by 0.40 dB, in less than 1 % of the time.",
        "Dis is as good as 4.25 here, in 40 % of the time.",
    )


def test_only_frames_that_both_have_drawn_are_compared() -> None:
    rival = result("minterpolate", [29.0, None], 4.0)

    assert said(FIRST, rival) == ("4.25 is worth its time here: it beats minterpolate by 1.00 dB.",)


def test_exact_frames_are_left_out() -> None:
    first = result("4.25", [float("inf"), 30.0], model="4.25")

    assert said(first, result("blend", [20.0, 29.0], 0.1)) == (
        "4.25 is worth its time here: it beats blend by 1.00 dB.",
    )


def test_less_is_better_in_some_metrics() -> None:
    first = result("4.25", [0.5, 0.5], metric="tof", model="4.25")
    rival = result("blend", [1.5, 1.5], 0.1, metric="tof")

    assert said(first, rival, metric=TOF) == ("4.25 is worth its time here: it beats blend by 1.000 px.",)


def test_cuts_are_told() -> None:
    assert said(FIRST, cuts=(12,)) == (
        "A cut was found: `midframe run` holds the frame before, as the row 'run' does.",
    )


def test_nothing_to_say() -> None:
    assert said(FIRST) == ()
    assert said(FIRST, replace(FIRST, frames=()), metric=replace(PSNR, absent="no")) == ()
