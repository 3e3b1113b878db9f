from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from midframe.evaluation.methods.names import BASELINE_LABELS
from midframe.evaluation.recommendations import recommendations_of
from midframe.evaluation.results import Evaluation, FrameScore, MethodInfo, MethodResult, Metric

PSNR = Metric("psnr", "PSNR", "dB", higher_is_better=True)
TOF = Metric("tof", "tOF", "px", higher_is_better=False)
NETWORK = {"model": "4.25", "model_sha256": "a", "flow_scale": "1", "mode": "direct", "precision": "exact"}


def result(
    name: str,
    scores: Sequence[float | None],
    seconds: float | Sequence[float] = 10.0,
    metric: str = "psnr",
    **settings: str,
) -> MethodResult:
    """Scores are repeated, so that there are frames enough to be sure; times are those of intervals."""
    scores = [*scores] * 8
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
    each = [seconds] if isinstance(seconds, float) else seconds
    spent = tuple(each[number % len(each)] for number in range(len(scores)))
    info = MethodInfo(name, BASELINE_LABELS.get(name, name), {**NETWORK, **settings} if settings else {})
    return MethodResult(info, frames, sum(spent), spent)


def said(*results: MethodResult, metric: Metric = PSNR, cuts: tuple[int, ...] = ()) -> tuple[str, ...]:
    return recommendations_of(Evaluation("clip", {}, 2, (metric,), results, cut_indices=cuts))


FIRST = result("4.25", [30.0, 32.0], model="4.25")


def test_what_half_the_scale_costs() -> None:
    half = result("half the scale", [29.9, 31.9], 5.5, flow_scale="0.5")

    assert said(FIRST, half) == ("Half the scale loses 0.10 dB and takes 45% less time here.",)


def test_what_is_as_good_and_faster_is_advised() -> None:
    half = result("half the scale", [29.97, 31.97], 5.5, flow_scale="0.5")

    assert said(FIRST, half) == ("Half the scale is as good and takes 45% less time here: use `flow_scale=0.5`.",)


def test_what_is_better_but_slower_is_reported_and_not_advised() -> None:
    double = result("twice the scale", [30.5, 32.5], 39.0, flow_scale="2")

    assert said(FIRST, double) == ("Twice the scale gains 0.50 dB and takes 3.9 times as long here.",)


def test_a_better_model_is_advised() -> None:
    other = result("RIFE 4.6", [30.5, 32.5], 8.0, model="4.6", model_sha256="b")

    assert said(FIRST, other) == ("RIFE 4.6 gains 0.50 dB and takes 20% less time here: use `model=4.6`.",)


def test_times_that_vary_advise_nothing() -> None:
    fast = result("fast", [29.97, 31.97], [5.0, 20.0, 4.0, 9.0], quality="fast")

    assert said(FIRST, fast) == ()
    assert said(FIRST, result("fast", [29.97, 31.97], 9.3, quality="fast")) == ()


def test_scores_that_vary_advise_nothing() -> None:
    other = result("RIFE 4.6", [31.5, 30.9, 29.5, 32.5], 5.0, model="4.6", model_sha256="b")

    assert said(FIRST, other) == ()


def test_one_frame_advises_nothing() -> None:
    first, other = FIRST, result("half the scale", [33.0], 5.5, flow_scale="0.5")
    single = [
        replace(each, frames=each.frames[:1], interval_seconds=each.interval_seconds[:1]) for each in (first, other)
    ]

    assert said(*single) == ()


def test_the_best_baseline_is_named_where_the_headline_names_another() -> None:
    rivals = result("blend", [25.0, 27.0], 0.1), result("dis", [29.0, 31.5], 4.0)

    assert said(FIRST, *rivals) == ("The best of the baselines here is OpenCV DIS flow; 4.25 is 0.75 dB better.",)
    assert said(FIRST, rivals[0]) == (), "the headline says it"


def test_a_network_that_is_not_worth_its_time() -> None:
    rivals = result("blend", [30.4, 32.4], 0.05), result("dis", [30.01, 32.01], 4.0)

    assert said(FIRST, *rivals) == (
        "Plain blending is 0.40 dB better than 4.25 here, in less than 1% of the time.",
        "OpenCV DIS flow is as good as 4.25 here, in 40% of the time.",
    )


def test_only_frames_that_both_have_are_compared() -> None:
    rivals = result("blend", [25.0, 27.0], 0.1), result("minterpolate", [29.0, None], 4.0)

    assert said(FIRST, *rivals) == ("The best of the baselines here is FFmpeg minterpolate; 4.25 is 1.00 dB better.",)


def test_exact_frames_are_left_out() -> None:
    first = result("4.25", [float("inf"), 30.0], model="4.25")

    assert said(first, result("blend", [20.0, 31.0], 0.1)) == (
        "Plain blending is 1.00 dB better than 4.25 here, in 1% of the time.",
    )


def test_less_is_better_in_some_metrics() -> None:
    first = result("4.25", [1.5, 1.5], metric="tof", model="4.25")
    rival = result("blend", [0.5, 0.5], 0.1, metric="tof")

    assert said(first, rival, metric=TOF) == ("Plain blending is 1.000 px better than 4.25 here, in 1% of the time.",)


def test_cuts_are_reported() -> None:
    held = replace(FIRST, method=MethodInfo("run", "midframe, cuts held", {}))

    (one,) = said(FIRST, held, cuts=(12,))
    assert one.startswith("1 cut was found; there, midframe repeats the previous frame instead of interpolating")
    assert one.endswith("as in the row “midframe, cuts held”.")
    assert said(FIRST, held, cuts=(12, 31))[0].startswith("2 cuts were found; at these, midframe repeats")


def test_nothing_to_say() -> None:
    assert said(FIRST) == ()
    assert said(FIRST, replace(FIRST, frames=()), metric=replace(PSNR, absent="no")) == ()
