"""Every output frame of whole jobs against Fractions: when it is shown, and which moment of the source it shows."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import times, write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.detection.rules import PairRules
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.runtime.events import FramePlaced, Reporter

FILM, PAL = Fraction(24000, 1001), Fraction(25)


def placed(source: Path, output: Path, **options: object) -> list[FramePlaced]:
    """Carry out a job; where each of its frames comes from."""
    recorder = Recorder()
    options.setdefault("rules", PairRules(None, "off"))
    run_job(resolve_job(JobOptions(source, output, **options)), FakeNetwork(), Reporter([recorder]))  # type: ignore[arg-type]
    return [event for event in recorder.events if isinstance(event, FramePlaced)]


def shown(each: FramePlaced, source_times: list[Fraction]) -> Fraction:
    """The moment of the source that a frame shows."""
    left, right = source_times[each.left], source_times[each.right]
    return left + each.time * (right - left) if each.right > each.left else left


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize(
    ("rate", "wanted"),
    [
        (FILM, Fraction(60000, 1001)),
        (PAL, Fraction(60)),
        (Fraction(60), Fraction(24)),
        (Fraction(60000, 1001), FILM),
        (PAL, Fraction(24)),
        (Fraction(30), Fraction(120)),
    ],
    ids=str,
)
def test_constant_rates(tmp_path: Path, rate: Fraction, wanted: Fraction, suffix: str) -> None:
    count = 40
    clip = write_clip(tmp_path / f"clip{suffix}", count, rate)
    found = placed(clip, tmp_path / f"out{suffix}", time=TimeOptions(fps=wanted))

    frames = -(-count * wanted // rate)  # until the source ends: its length is kept to within one frame
    assert times(tmp_path / f"out{suffix}") == [k / wanted for k in range(frames)]
    source_times = [k / rate for k in range(count)]
    for number, each in enumerate(found):
        assert each.number == number
        if each.origin == "held_end":
            assert number / wanted > source_times[-1]
        else:
            assert shown(each, source_times) == number / wanted
        assert (each.origin == "copied") == (number / wanted * rate % 1 == 0)


TICKS = [0, 33, 67, 100, 290, 307, 323, 340, 535, 568, 585, 586, 685]
"""Of a clip whose intervals are 1 ms to 195 ms: none is a pause, in which a frame is held."""


@pytest.mark.parametrize("factor", [Fraction(2), Fraction(3), Fraction(5, 2)], ids=str)
def test_variable_rate_divides_every_interval(tmp_path: Path, factor: Fraction) -> None:
    clip = write_clip(tmp_path / "clip.mp4", len(TICKS), ticks=TICKS, unit=Fraction(1, 1000))
    source_times = times(clip)
    found = placed(clip, tmp_path / "out.mp4", factor=factor)
    output_times = times(tmp_path / "out.mp4")
    for each, time in zip(found, output_times, strict=True):
        if each.origin != "held_end":
            position = each.number / factor
            left = int(position)
            assert (each.left, each.time) == (left, position - left)
            assert shown(each, source_times) == time


@pytest.mark.parametrize("wanted", [Fraction(60), FILM, Fraction(10)], ids=str)
def test_variable_rate_resampled(tmp_path: Path, wanted: Fraction) -> None:
    clip = write_clip(tmp_path / "clip.mp4", len(TICKS), ticks=TICKS, unit=Fraction(1, 1000))
    source_times = times(clip)
    found = placed(clip, tmp_path / "out.mp4", time=TimeOptions(fps=wanted))
    assert times(tmp_path / "out.mp4") == [k / wanted for k in range(len(found))]
    for each in found:
        if each.origin != "held_end":
            assert shown(each, source_times) == each.number / wanted
