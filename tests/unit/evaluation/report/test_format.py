from __future__ import annotations

from fractions import Fraction
from math import inf

import pytest
from tests.support.evaluations import PSNR, SSIM

from midframe.evaluation.report.format import (
    capital,
    difference_text,
    moment_text,
    ratio_text,
    score_text,
    seconds_text,
)
from midframe.evaluation.report.summary import Mean


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
    [(30.0, 31.234, "−1.23"), (31.0, 30.0, "+1.00"), (30.001, 30.0, ""), (inf, 30.0, ""), (None, 30.0, "")],
)
def test_differences(own: float | None, reference: float, text: str) -> None:
    assert difference_text(mean(own), mean(reference), PSNR) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.00002, "< 0.1 ms"),
        (0.00074, "0.7 ms"),
        (0.0021, "2.1 ms"),
        (0.0968, "97 ms"),
        (0.99951, "1.0 s"),
        (2.34, "2.3 s"),
        (38.18, "38 s"),
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


def test_only_the_program_keeps_its_small_letter() -> None:
    assert capital("plain blending is fast") == "Plain blending is fast"
    assert capital("midframe is fast") == "midframe is fast"
