from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from midframe.errors import OptionError
from midframe.quantities import parse_bytes, parse_rate, parse_seconds


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [
        ("0", 0),
        ("123", 123),
        (123, 123),
        ("4G", 4 * 10**9),
        ("4gb", 4 * 10**9),
        ("1.5 MiB", 3 << 19),
        ("2T", 2 * 10**12),
        ("8KB", 8000),
    ],
)
def test_amounts(text: int | str, nbytes: int) -> None:
    assert parse_bytes(text, "memory") == nbytes


@pytest.mark.parametrize("text", ["", "G", "-4G", "4X", "4 G B", "1e9", "50%"])
def test_what_is_not_an_amount(text: str) -> None:
    with pytest.raises(OptionError, match="`memory` must be an amount") as caught:
        parse_bytes(text, "memory")
    assert caught.value.option == "memory"


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (60, Fraction(60)),
        ("60", Fraction(60)),
        ("59.94", Fraction(60000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (12.5, Fraction(25, 2)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_rates(value: Any, rate: Fraction) -> None:
    assert parse_rate(value, "fps") == rate


@pytest.mark.parametrize("value", ["", "fast", "1/0", float("nan"), "60 fps"])
def test_what_is_not_a_rate(value: Any) -> None:
    with pytest.raises(OptionError, match="`fps` must be a number such as 60") as caught:
        parse_rate(value, "fps")
    assert caught.value.option == "fps"


@pytest.mark.parametrize("value", [0, "-1", "0"])
def test_rates_that_are_not_above_0(value: Any) -> None:
    with pytest.raises(OptionError, match="`fps` must be above 0"):
        parse_rate(value, "fps")


@pytest.mark.parametrize(
    "value", ["1e7", "1e-9", "1/99999999999999999999", "99999999999999999999/99999999999999999998", "0." + "9" * 4000]
)
def test_rates_beyond_all_use(value: str) -> None:
    with pytest.raises(OptionError, match=r"`fps` must be at (most|least)") as caught:
        parse_rate(value, "fps")
    assert len(str(caught.value)) < 400


def test_a_frame_an_hour_is_a_rate() -> None:
    assert parse_rate("1/3600", "source_fps") == Fraction(1, 3600)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (90, Fraction(90)),
        ("90", Fraction(90)),
        ("1:30", Fraction(90)),
        ("0:01:30.5", Fraction(181, 2)),
        (1.5, Fraction(3, 2)),
        ("0", Fraction(0)),
    ],
)
def test_times(value: Any, seconds: Fraction) -> None:
    assert parse_seconds(value, "start_time") == seconds


@pytest.mark.parametrize("value", ["", "soon", "1:2:3:4", "-5", "1::2"])
def test_what_is_not_a_time(value: str) -> None:
    with pytest.raises(OptionError, match="`start_time` must be seconds or h:m:s") as caught:
        parse_seconds(value, "start_time")
    assert caught.value.option == "start_time"
