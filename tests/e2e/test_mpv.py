"""The recipe for mpv, in the real mpv."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import planes, times, write_clip
from tests.support.command_line import Midframe
from tests.support.mpv_player import PATIENCE, play
from tests.support.vapoursynth_environment import ROOT, VapourSynth, require_mpv

RECIPE = f"--vf=vapoursynth={ROOT / 'examples' / 'mpv.vpy'}:buffered-frames=12:concurrent-frames=2"
FILM = Fraction(24000, 1001)
COUNT = 40

ROUNDED = 0.0021
"""Seconds by which the distance of two times may be off: Matroska rounds both to milliseconds."""


@pytest.fixture(scope="module")
def vapoursynth() -> VapourSynth:
    return require_mpv()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mkv", COUNT, FILM, codec="ffv1", options={})


def test_frames_and_times(vapoursynth: VapourSynth, clip: Path, midframe: Midframe, tmp_path: Path) -> None:
    """Encoded by mpv: all but the repetition of the last frame, whose length mpv does not know."""
    done = vapoursynth.run(
        "mpv", "--no-config", "--no-audio", RECIPE, "--o=played.mkv", "--ovc=ffv1", clip, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    midframe("run", clip, "-o", "made.mkv", "--codec", "ffv1", "--quality", "fast", "--precision", "fast")

    played, made = planes(tmp_path / "played.mkv"), planes(tmp_path / "made.mkv")
    assert (len(played), len(made)) == (2 * COUNT - 1, 2 * COUNT)
    for picture, expected in zip(played, made, strict=False):
        for plane, wanted in zip(picture, expected, strict=True):
            assert (plane == wanted).all()
    assert [float(time) for time in times(tmp_path / "played.mkv")] == pytest.approx(
        [number / (2 * float(FILM)) for number in range(2 * COUNT - 1)], abs=ROUNDED
    )


def test_seeking_forwards_and_backwards(vapoursynth: VapourSynth, clip: Path, tmp_path: Path) -> None:
    frame = 1 / (2 * float(FILM))
    with play(vapoursynth, tmp_path, RECIPE, clip) as player:
        assert [player.step() for _ in range(5)] == pytest.approx([frame * n for n in range(1, 6)], abs=ROUNDED)
        for seconds in (1.0, 0.1, 1.4, 0.6, 0.0):
            shown = player.seek(seconds)
            assert abs(shown - seconds) < 2 * frame
            assert player.step() - shown == pytest.approx(frame, abs=ROUNDED)
        player.command("set_property", "pause", False)
        assert player.process.wait(PATIENCE) == 0
