from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf

import pytest
from tests.support.evaluations import LPIPS, PSNR, SSIM, evaluation, result

from midframe.evaluation.report.format import (
    difference_text,
    headline,
    moment_text,
    ratio_text,
    score_text,
    seconds_text,
)
from midframe.evaluation.report.summary import Mean
from midframe.evaluation.results import MethodInfo


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (33.694, PSNR, "33.69 dB"),
        (-1.5, PSNR, "−1.50 dB"),
        (inf, PSNR, "∞ dB"),
        (None, PSNR, "–"),
        (0.96341, SSIM, "0.9634"),
    ],
)
def test_scores(value: float | None, metric: object, text: str) -> None:
    assert score_text(value, metric) == text  # type: ignore[arg-type]


def mean(value: float | None) -> Mean:
    return Mean(value, 0, 1, value)


@pytest.mark.parametrize(
    ("own", "reference", "text"),
    [(30.0, 31.234, "−1.23"), (31.0, 30.0, "+1.00"), (30.001, 30.0, "±0.00"), (inf, 30.0, ""), (None, 30.0, "")],
)
def test_differences(own: float | None, reference: float, text: str) -> None:
    assert difference_text(mean(own), mean(reference), PSNR) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.00002, "< 0.1 ms"),
        (0.0021, "2.1 ms"),
        (0.484, "484 ms"),
        (38.18, "38.2 s"),
        (754.9, "12 min 34 s"),
    ],
)
def test_time_spans(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(("ratio", "text"), [(None, "–"), (0.001, "< 0.01×"), (0.554, "0.55×"), (12.0, "12.00×")])
def test_ratios(ratio: float | None, text: str) -> None:
    assert ratio_text(ratio) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, ""),
        (Fraction(57, 25), "2.280 s"),
        (Fraction(1001, 24000), "0.042 s"),
        (Fraction(62), "1:02.000"),
        (Fraction(599_999, 10_000), "1:00.000"),
    ],
)
def test_moments(moment: Fraction | None, text: str) -> None:
    assert moment_text(moment) == text


def test_headline_is_about_moving_frames_and_the_best_other() -> None:
    start = "4.25 draws the dropped moving frames of clip.mp4 at "
    sentence = headline(evaluation())
    assert sentence.startswith(start)
    assert sentence.endswith(" dB PSNR, 1.00 dB better than dis, the best of the others, in 2.00 times its time.")


def test_headline_admits_defeat_and_draws() -> None:
    assert "3.00 dB worse than blend" in headline(evaluation((result("4.25"), result("blend", 3.0), result("dis"))))
    assert headline(evaluation((result("4.25"), result("blend")))).endswith(
        "as good as blend, the best of the others, in the same time."
    )


def test_headline_knows_which_way_is_up() -> None:
    lower = type(LPIPS)("ssim", "distance", "", higher_is_better=False)
    sentence = headline(evaluation((result("4.25", -1.0), result("blend", 1.0)), metrics=(lower,)))
    assert "at 0.8900 distance, 0.0200 better than blend" in sentence


def test_headline_of_frames_without_any_error() -> None:
    frame = replace(result("hold").frames[0], scores={"psnr": inf})
    only = replace(result("hold"), frames=(frame,))
    rival = replace(result("4.25"), frames=(replace(frame, scores={"psnr": 40.0}),))
    sentence = headline(evaluation((only, rival)))
    assert sentence == (
        "hold draws the dropped moving frames of clip.mp4 without any error; 4.25, the best of the others, "
        "reaches 40.00 dB."
    )


def test_headline_without_others_scores_or_frames() -> None:
    assert headline(evaluation((result("4.25"),))).endswith(" dB PSNR.")
    assert "no metric could be measured" in headline(evaluation(metrics=(LPIPS,)))
    assert headline(evaluation(())).startswith("No frame of clip.mp4 was drawn again")


def test_headline_compares_with_rivals_and_not_with_itself() -> None:
    own = result("4.25", 1.0)

    text = headline(
        evaluation((own, replace(own, method=MethodInfo("run", "midframe run", {})), result("blend", -2.0)))
    )

    assert "3.00 dB better than blend, the best of the others" in text
