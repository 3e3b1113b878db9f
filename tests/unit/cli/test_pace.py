from __future__ import annotations

import pytest

from midframe.cli.pace import LEAST_SECONDS, WINDOW_SECONDS, JobPace, Pace, left_words


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class TestPace:
    def test_nothing_is_known_at_first(self) -> None:
        clock = Clock()
        pace = Pace(50, clock)
        assert pace.rate is None
        for done in range(1, 6):
            pace.advance(done)
            clock.now += LEAST_SECONDS / 5
        assert pace.rate is None
        assert pace.seconds_left is None

    def test_a_steady_speed(self) -> None:
        clock = Clock()
        pace = Pace(50, clock)
        for done in range(1, 42):
            pace.advance(done)
            clock.now += 0.5
        assert pace.rate == pytest.approx(2.0)
        assert pace.seconds_left == pytest.approx(4.5)

    def test_a_slow_start_is_forgotten(self) -> None:
        clock = Clock()
        pace = Pace(1000, clock)
        for done in (1, 2, 3):
            pace.advance(done)
            clock.now += 4.0
        for done in range(4, 4 + 10 * int(WINDOW_SECONDS)):
            pace.advance(done)
            clock.now += 0.125
        assert pace.rate == pytest.approx(8.0)

    def test_frames_that_take_longer_than_the_window(self) -> None:
        clock = Clock()
        pace = Pace(4, clock)
        for done in (1, 2, 3):
            pace.advance(done)
            clock.now += 10 * WINDOW_SECONDS
        assert pace.seconds_left == pytest.approx(10 * WINDOW_SECONDS)

    def test_the_end(self) -> None:
        pace = Pace(1, Clock())
        pace.advance(1)
        assert pace.seconds_left == 0.0

    def test_unknown_length(self) -> None:
        clock = Clock()
        pace = Pace(None, clock)
        for done in range(1, 20):
            pace.advance(done)
            clock.now += 1.0
        assert pace.rate == pytest.approx(1.0)
        assert pace.seconds_left is None


def test_the_slowest_stage_counts() -> None:
    clock = Clock()
    pace = JobPace({"read": 100, "interpolate": 90, "write": 190}, clock)
    for step in range(1, 11):
        pace.advance("read", step)
        pace.advance("interpolate", step)
        pace.advance("write", 10 * step)
        clock.now += 1.0
    assert pace.rate("interpolate") == pytest.approx(1.0)
    assert pace.seconds_left == pytest.approx(80.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.0, ""),
        (0.2, "about 1 s left"),
        (9.2, "about 10 s left"),
        (23.6, "about 24 s left"),
        (100.0, "about 1 min 40 s left"),
    ],
)
def test_left_words(seconds: float | None, words: str) -> None:
    assert left_words(seconds) == words
