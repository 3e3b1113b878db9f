"""The rules on plain numbers."""

from __future__ import annotations

import math

import pytest

from midframe.finetuning.acceptance import GateRules, judge

BASE = {
    "psnr": 30.0,
    "near_psnr": 32.0,
    "ssim": 0.9,
    "near_ssim": 0.95,
    "ms_ssim": 0.97,
    "sharpness": 0.8,
    "gradient_error": 0.30,
}
BETTER = {
    "psnr": 30.4,
    "near_psnr": 32.2,
    "ssim": 0.91,
    "near_ssim": 0.951,
    "ms_ssim": 0.971,
    "sharpness": 0.78,
    "gradient_error": 0.28,
}
RULES = GateRules()


def test_better_weights_pass() -> None:
    verdict = judge([BASE, BASE], [BETTER, BETTER], RULES)
    assert verdict.better
    assert verdict.reason == ""
    assert verdict.gain == pytest.approx(0.3)
    assert verdict.gains["sharpness"] == pytest.approx(-0.02)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"psnr": 30.02, "near_psnr": 32.02}, "gained 0.02 dB, and a gain of 0.05 dB is asked for"),
        ({"psnr": 29.0, "near_psnr": 31.0}, "lost 1.00 dB"),
        ({"psnr": 31.0, "near_psnr": 31.9}, "became worse"),
        ({"psnr": 29.9, "near_psnr": 33.0}, "became worse"),
        ({"ssim": 0.88}, "lost structure"),
        ({"near_ssim": 0.93}, "lost structure"),
        ({"ms_ssim": 0.969}, "lost structure (MS-SSIM"),
        ({"gradient_error": 0.301, "sharpness": 0.8}, "less sharp"),
        ({"gradient_error": 0.27, "sharpness": 0.7}, "less sharp"),
        ({"gradient_error": 0.0, "sharpness": 0.5}, "less sharp"),
        ({"gradient_error": math.nan}, "less sharp"),
        ({"psnr": math.nan}, "gained"),
        ({"sharpness": math.nan}, "less sharp"),
    ],
)
def test_whatever_falls_stops_it(changes: dict[str, float], words: str) -> None:
    verdict = judge([BASE], [{**BETTER, **changes}], RULES)
    assert not verdict.better
    assert words in verdict.reason


def test_one_stretch_that_loses_stops_it_although_the_mean_gains() -> None:
    worse = {**BASE, "psnr": 29.8, "near_psnr": 31.9}
    much_better = {**BETTER, "psnr": 33.0, "near_psnr": 34.0}
    verdict = judge([BASE, BASE], [much_better, worse], RULES)
    assert verdict.gain > 1
    assert "became worse" in verdict.reason


def test_noise_may_go_where_blur_may_not() -> None:
    denoised = {**BETTER, "sharpness": 0.6, "gradient_error": 0.15}
    assert judge([BASE], [denoised], RULES).better
    blurred = {**BETTER, "sharpness": 0.6, "gradient_error": 0.25}
    assert "less sharp" in judge([BASE], [blurred], RULES).reason


def test_what_nobody_sees_may_go_whatever_it_was() -> None:
    assert judge([BASE], [{**BETTER, "sharpness": 0.765, "gradient_error": 0.299}], RULES).better
    seen = judge([BASE], [{**BETTER, "sharpness": 0.74, "gradient_error": 0.299}], RULES)
    assert "less sharp" in seen.reason


def test_small_frames_have_no_ms_ssim() -> None:
    base, better = ({name: value for name, value in each.items() if name != "ms_ssim"} for each in (BASE, BETTER))
    assert judge([base], [better], RULES).better


def test_stretches_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="2 stretches"):
        judge([BASE, BASE], [BETTER], RULES)
    with pytest.raises(ValueError, match="0 stretches"):
        judge([], [], RULES)
