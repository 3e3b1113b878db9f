from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip
from tests.support.command_line import write_png
from tests.support.rows import pan

from midframe.errors import OptionError, SequenceError, UnsupportedFormatError
from midframe.evaluation.planning import FrameLimits, default_report_path, plan_evaluation
from midframe.media.video import read_rgb_frames


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, picture in enumerate(pan(6)):
        write_png(folder / f"{number:04d}.png", picture)
    return folder


def test_a_video_becomes_plain_pictures_with_times(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", count=12)

    plan = plan_evaluation(str(clip))

    assert (plan.name, plan.gap, plan.first, len(plan.source)) == ("clip.mp4", 2, 0, 12)
    assert plan.source.format.channels == 3
    assert plan.source.format.dtype == np.uint8
    assert plan.source.format.coding is None
    assert [plan.moment(index) for index in (0, 5)] == [0, Fraction(1, 5)]
    assert plan.facts["Frame rate"] == "25 frames per second"
    plan.source.close()


def test_part_of_a_video_keeps_its_numbers_and_times(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", count=20)

    plan = plan_evaluation(str(clip), limits=FrameLimits(start=Fraction(1, 5), end=Fraction(3, 5), frames=7))

    assert (plan.first, len(plan.source)) == (5, 7)
    assert plan.moment(0) == Fraction(1, 5)
    assert plan.facts["Input"].startswith("7 of 20 frames")
    plan.source.close()


def test_images_have_no_times(shots: Path) -> None:
    plan = plan_evaluation(str(shots))

    assert plan.name == "shots"
    assert plan.moment(1) is None
    assert "Frame rate" not in plan.facts


@pytest.mark.parametrize(
    ("gap", "limits", "message"),
    [
        (1, FrameLimits(), "`gap` must be 2"),
        (4, FrameLimits(frames=4), "`frames` must be 5"),
        (3, FrameLimits(frames=0), "`frames`"),
    ],
)
def test_options_that_leave_nothing_to_do(gap: int, limits: FrameLimits, message: str, shots: Path) -> None:
    with pytest.raises(OptionError, match=message):
        plan_evaluation(str(shots), gap, limits)


def test_a_gap_that_is_too_wide(shots: Path) -> None:
    with pytest.raises(SequenceError, match="6 frames are too few"):
        plan_evaluation(str(shots), 6)


def test_pipes_are_refused() -> None:
    with pytest.raises(OptionError, match="Only files can be evaluated"):
        plan_evaluation("-")


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no frames here")
    with pytest.raises(UnsupportedFormatError):
        plan_evaluation(str(tmp_path / "notes.txt"))


def test_the_report_stands_beside_the_input(shots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_report_path("some/clip.mp4") == Path("some/clip_evaluation.html")
    assert default_report_path(str(shots)) == shots.with_name("shots_evaluation.html")
    assert default_report_path(f"{shots}/") == shots.with_name("shots_evaluation.html")
    assert default_report_path(f"{shots}/*.png") == shots.with_name("shots_evaluation.html")
    monkeypatch.chdir(shots)
    assert default_report_path(".") == shots.with_name("shots_evaluation.html")


@pytest.mark.network
@pytest.mark.parametrize("clip", ["bikes", "bigbuckbunny"])
def test_videos_are_seen_as_usual_tools_see_them(clip: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(clip)
    plan = plan_evaluation(str(path))

    for index, picture in enumerate(islice(read_rgb_frames(path), 3)):
        np.testing.assert_array_equal(plan.source.read(index).samples, picture)
    plan.source.close()
