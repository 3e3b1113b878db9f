"""The rules on plain numbers."""

from __future__ import annotations

import math

import pytest

from midframe.finetuning.acceptance import check_acceptance
from midframe.finetuning.options import AcceptanceRules

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
RULES = AcceptanceRules()


def test_better_weights_pass() -> None:
    result = check_acceptance([BASE, BASE], [BETTER, BETTER], RULES)
    assert result.better
    assert result.reason == ""
    assert result.gain == pytest.approx(0.3)
    assert result.gains["sharpness"] == pytest.approx(-0.02)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"psnr": 30.02, "near_psnr": 32.02}, "gained 0.02 dB, where a gain of 0.05 dB is needed"),
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
    result = check_acceptance([BASE], [{**BETTER, **changes}], RULES)
    assert not result.better
    assert words in result.reason


def test_one_stretch_that_loses_stops_it_although_the_mean_gains() -> None:
    worse = {**BASE, "psnr": 29.8, "near_psnr": 31.9}
    much_better = {**BETTER, "psnr": 33.0, "near_psnr": 34.0}
    result = check_acceptance([BASE, BASE], [much_better, worse], RULES)
    assert result.gain > 1
    assert "became worse" in result.reason


def test_noise_may_go_where_blur_may_not() -> None:
    denoised = {**BETTER, "sharpness": 0.6, "gradient_error": 0.15}
    assert check_acceptance([BASE], [denoised], RULES).better
    blurred = {**BETTER, "sharpness": 0.6, "gradient_error": 0.25}
    assert "less sharp" in check_acceptance([BASE], [blurred], RULES).reason


def test_what_nobody_sees_may_go_whatever_it_was() -> None:
    assert check_acceptance([BASE], [{**BETTER, "sharpness": 0.765, "gradient_error": 0.299}], RULES).better
    seen = check_acceptance([BASE], [{**BETTER, "sharpness": 0.74, "gradient_error": 0.299}], RULES)
    assert "less sharp" in seen.reason


def test_small_frames_have_no_ms_ssim() -> None:
    base, better = ({name: value for name, value in each.items() if name != "ms_ssim"} for each in (BASE, BETTER))
    assert check_acceptance([base], [better], RULES).better


def test_stretches_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="2 stretches"):
        check_acceptance([BASE, BASE], [BETTER], RULES)
    with pytest.raises(ValueError, match="0 stretches"):
        check_acceptance([], [], RULES)
