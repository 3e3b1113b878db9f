"""Chapters of excerpts and of slow motion."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from midframe.media.video.streams.chapters import TimeMap, chapters_note, mapped_chapters

MILLISECONDS = Fraction(1, 1000)


def chapter(start: int, end: int) -> Any:
    return {"id": start, "start": start, "end": end, "time_base": MILLISECONDS, "metadata": {"title": str(start)}}


FILM = [chapter(0, 500), chapter(500, 1000), chapter(1000, 4000)]


def spans(times: TimeMap) -> list[tuple[str, Fraction, Fraction]]:
    found: list[Any] = list(mapped_chapters(FILM, times))
    return [
        (each["metadata"]["title"], each["start"] * each["time_base"], each["end"] * each["time_base"])
        for each in found
    ]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (TimeMap(Fraction(0), Fraction(4)), [("0", 0, "0.5"), ("500", "0.5", 1), ("1000", 1, 4)]),
        (TimeMap(Fraction("0.2"), Fraction("3.8")), [("0", 0, "0.3"), ("500", "0.3", "0.8"), ("1000", "0.8", "3.8")]),
        (TimeMap(Fraction(0), Fraction(8), Fraction(2)), [("0", 0, 1), ("500", 1, 2), ("1000", 2, 8)]),
        (TimeMap(Fraction("0.6"), Fraction("0.4")), [("500", 0, "0.4")]),
        (TimeMap(Fraction("0.5"), Fraction("0.5"), Fraction(2)), [("500", 0, "0.5")]),
    ],
)
def test_chapters_keep_to_their_pictures(times: TimeMap, expected: list[tuple[str, Any, Any]]) -> None:
    assert spans(times) == [(title, Fraction(begin), Fraction(end)) for title, begin, end in expected]


def test_chapters_that_are_left_out_are_counted() -> None:
    kept = mapped_chapters(FILM, TimeMap(Fraction(1), Fraction(3)))

    assert chapters_note(FILM, kept) == "Left out 2 of 3 chapters outside the output's time."
    assert chapters_note(FILM, FILM) is None
