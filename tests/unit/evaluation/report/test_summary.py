from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf, nan

import pytest
from tests.support.evaluations import LPIPS, PSNR, evaluation, result

from midframe.evaluation.report.summary import (
    Mean,
    best_of,
    frames_of,
    mean_of,
    means_of,
    present_groups,
    seconds_per_frame,
    time_ratio,
)
from midframe.evaluation.results import FrameScore, Metric


def scored(*values: float) -> list[FrameScore]:
    return [
        FrameScore(index, None, index - 1, index + 1, Fraction(1, 2), "moving", {"psnr": value})
        for index, value in enumerate(values, 1)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((30.0, 40.0), Mean(35.0, 0, 2, 35.0, 50**0.5)),
        ((30.0, inf), Mean(30.0, 1, 2, 65.0)),
        ((inf, inf), Mean(inf, 2, 2, 100.0)),
        ((30.0, nan), Mean(30.0, 0, 1, 30.0)),
        ((), Mean(None, 0, 0, None)),
        ((nan,), Mean(None, 0, 0, None)),
    ],
)
def test_mean_leaves_exact_frames_out_and_counts_them(values: tuple[float, ...], expected: Mean) -> None:
    assert mean_of(scored(*values), "psnr") == expected


def test_a_metric_without_scores_has_no_mean() -> None:
    assert mean_of(scored(30.0), "ssim").value is None


def test_groups_are_the_kinds_that_there_are_and_all_of_them() -> None:
    assert present_groups(evaluation()) == ("moving", "static", "cut", "all")
    assert present_groups(evaluation((result("4.25", frames=3),))) == ("moving",)
    assert present_groups(evaluation(())) == ()


def test_every_frame_is_in_one_kind() -> None:
    frames = evaluation().results[0].frames
    counts = [len(frames_of(frames, group)) for group in ("moving", "static", "cut", "all")]
    assert counts == [20, 3, 2, 25]
    assert means_of(evaluation(), "cut")["4.25"]["psnr"].value == pytest.approx(15.0)


def test_absent_metrics_have_no_column() -> None:
    assert list(means_of(evaluation(), "all")["4.25"]) == ["psnr", "ssim"]


def means(**values: float | None) -> dict[str, dict[str, Mean]]:
    return {
        name: {"psnr": Mean(value, 0, 1, value), "lpips": Mean(value, 0, 1, value)} for name, value in values.items()
    }


def test_best_is_who_is_not_surpassed_in_what_the_table_shows() -> None:
    assert best_of(means(a=30.0, b=31.0, c=None), PSNR) == {"b"}
    assert best_of(means(a=30.001, b=30.002), PSNR) == {"a", "b"}
    assert best_of(means(a=0.1, b=0.2), LPIPS) == {"a"}
    assert best_of(means(a=30.0), PSNR) == frozenset()
    assert best_of(means(a=30.0, b=None), PSNR) == frozenset()


def test_best_sharpness_is_that_of_the_truth() -> None:
    sharpness = Metric("sharpness", "Sharpness", "", higher_is_better=True)
    values = {name: {"sharpness": Mean(value, 0, 1, value)} for name, value in {"a": 0.7, "b": 1.1, "c": 1.4}.items()}
    assert best_of(values, sharpness) == {"b"}


def test_infinity_is_exact_for_psnr_alone() -> None:
    frame = replace(scored(30.0)[0], scores={"psnr": inf, "sharpness": inf})
    assert mean_of([frame], "psnr").exact == 1
    assert mean_of([frame], "sharpness") == Mean(None, 0, 0, None)


def test_exact_frames_count_for_the_best() -> None:
    mostly_exact, never = mean_of(scored(inf, inf, 30.0), "psnr"), mean_of(scored(60.0, 60.0, 31.0), "psnr")
    assert best_of({"exact": {"psnr": mostly_exact}, "never": {"psnr": never}}, PSNR) == {"exact"}


def test_times_are_compared_by_frame() -> None:
    slow, fast = result("slow", frames=10, seconds=20.0), result("fast", frames=20, seconds=10.0)
    assert seconds_per_frame(slow) == 2.0
    assert time_ratio(fast, slow) == 0.25
    assert seconds_per_frame(result("nothing", frames=0)) is None
    assert time_ratio(slow, result("instant", seconds=0.0)) is None
