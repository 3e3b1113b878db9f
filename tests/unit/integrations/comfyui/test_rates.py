from __future__ import annotations

from fractions import Fraction

import pytest

from midframe.errors import OptionError
from midframe.integrations.comfyui.rates import check, exact_number, rate_of_float, requested_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("", None),
        ("  ", None),
        ("24", 24),
        (" 60 ", 60),
        ("59.94", Fraction(60000, 1001)),
        ("30000/1001", 30000 / 1001),
    ],
)
def test_rates_as_they_are_entered(text: str, rate: Fraction | float | None) -> None:
    found = requested_rate(text)
    assert found == rate or (found is not None and float(found) == rate)


@pytest.mark.parametrize("text", ["fast", "0", "-24", "1/0"])
def test_rates_that_are_none(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        check({"fps": text})
    assert caught.value.option == "fps"
    check({})
    check({"fps": "24", "slowmo": False})
    check({"fps": " ", "slowmo": True})
    check({"slowmo": True})


@pytest.mark.parametrize(
    "rate", [Fraction(16), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(8000, 1001), Fraction(25, 2)]
)
def test_floats_are_the_rates_that_they_were_made_of(rate: Fraction) -> None:
    assert rate_of_float(float(rate)) == rate


def test_rounded_floats_are_broadcast_rates() -> None:
    assert rate_of_float(23.976) == Fraction(24000, 1001)
    assert rate_of_float(29.97) == Fraction(30000, 1001)
    with pytest.raises(OptionError, match="`source_fps` must be above 0"):
        rate_of_float(0.0)


def test_factors() -> None:
    assert exact_number(1.5) == Fraction(3, 2)
    assert exact_number(4 / 3) == Fraction(4, 3)
    assert exact_number(2.0) == 2
