"""Time codes at other frame rates."""

from __future__ import annotations

from fractions import Fraction

import pytest

from midframe.media.video.writing.timecode import moved_timecode

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "source_rate", "rate", "skipped", "expected"),
    [
        ("01:00:00:00", 25, 50, 0, "01:00:00:00"),
        ("01:00:00:12", 25, 50, 0, "01:00:00:24"),
        ("01:00:00:13", 50, 25, 0, "01:00:00:06"),
        ("23:59:59:24", 25, 25, Fraction(1, 25), "00:00:00:00"),
        ("10:00:00:00", 24, 120, Fraction(1, 2), "10:00:00:060"),
        # Drop-frame: 00 and 01 are left out at the beginning of a minute, but not of the tenth.
        ("00:00:59;29", NTSC, NTSC, 1 / NTSC, "00:01:00;02"),
        ("00:09:59;29", NTSC, NTSC, 1 / NTSC, "00:10:00;00"),
        ("00:00:59;29", NTSC, 2 * NTSC, 1 / NTSC, "00:01:00;04"),
        ("01:02:03;04", NTSC, 2 * NTSC, 0, "01:02:03;08"),
        ("00:00:00:30", 30, 60, 0, None),
        ("nonsense", 30, 60, 0, None),
    ],
)
def test_time_codes_count_frames_of_the_output(
    text: str, source_rate: Fraction, rate: Fraction, skipped: Fraction, expected: str | None
) -> None:
    assert moved_timecode(text, Fraction(source_rate), Fraction(rate), Fraction(skipped)) == expected


def test_numbers_are_dropped_and_put_back_all_day() -> None:
    """Every frame of two hours has the number that counting gives, with two left out at most minutes."""
    number = 0
    for minute in range(120):
        for second in range(60):
            first = 2 if second == 0 and minute % 10 else 0
            text = f"{minute // 60:02d}:{minute % 60:02d}:{second:02d};{first:02d}"
            assert moved_timecode("00:00:00;00", NTSC, NTSC, number / NTSC) == text
            number += 30 - first
