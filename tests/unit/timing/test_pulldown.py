"""Film whose frames last three fields and two in turn."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import pytest

from midframe.timing.clock import SourceClock
from midframe.timing.pulldown import evened

FIELD = Fraction(1001, 60000)
FILM = Fraction(24000, 1001)


def shown(fields: Sequence[int], base: Fraction) -> list[int]:
    return [round(field * FIELD / base) for field in accumulate(fields, initial=0)]


@pytest.mark.parametrize("base", [Fraction(1, 90000), Fraction(1, 1000)])
@pytest.mark.parametrize("rates", [[FILM], [Fraction(30000, 1001), FILM]])
def test_its_frames_are_spaced_evenly(base: Fraction, rates: list[Fraction]) -> None:
    clock = SourceClock.of_stamps(shown([3, 2] * 20, base), 0, base, rates)

    assert clock.rate == FILM
    assert clock.times == tuple(number / FILM for number in range(41))
    assert clock.pulldown == 20


def test_parts_that_are_video_stay_as_they_are() -> None:
    base = Fraction(1, 90000)
    stamps = shown([2] * 12 + [3, 2] * 10 + [2] * 12, base)
    clock = SourceClock.of_stamps(stamps, 0, base, [Fraction(30000, 1001)])

    assert clock.rate is None
    assert clock.times[:12] == tuple(stamp * base for stamp in stamps[:12])
    assert clock.times[-11:] == tuple(stamp * base for stamp in stamps[-11:])
    middle = [later - earlier for earlier, later in zip(clock.times[13:31], clock.times[14:32], strict=True)]
    assert max(middle) - min(middle) <= base


@pytest.mark.parametrize("fields", [[2] * 30, [3, 2, 3, 2, 2, 2], [2, 4] * 10, [1, 1, 3] * 8, [5, 2] * 9])
def test_other_patterns_are_none(fields: list[int]) -> None:
    times = [stamp * FIELD for stamp in accumulate(fields, initial=0)]
    assert evened(times) == (tuple(times), 0)
