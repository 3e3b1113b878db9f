"""Frames that come faster than a container counts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.written_videos import plan_of

CASES = [("a.mkv", 2500, True), ("a.mkv", 960, False), ("a.mp4", 2500, False)]


@pytest.mark.parametrize(("name", "rate", "noted"), CASES)
def test_those_that_share_a_time_are_reported_before_work(name: str, rate: int, noted: bool, tmp_path: Path) -> None:
    notes = plan_of(tmp_path / name, 50, Fraction(rate)).notes
    assert any("count milliseconds: " in note for note in notes) == noted
