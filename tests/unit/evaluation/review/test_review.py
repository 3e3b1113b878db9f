"""Reviews of whole inputs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import write_clip

import midframe
from midframe import CancelledError, CancelToken, EngineOptions, Job, OptionError, Session, review
from midframe.evaluation.review.results import Review
from midframe.jobs.choices import PairChoice
from midframe.runtime.events import Advanced, Event, Started

pytestmark = pytest.mark.usefixtures("loads")


def verdicts(found: Review) -> list[str]:
    return [pair.verdict for pair in found.pairs]


def test_every_pair_is_named_and_those_that_move_have_scores(shots: Path) -> None:
    found = review(shots)
    assert verdicts(found) == ["moving"] * 4 + ["cut"] + ["moving"] * 3 + ["static"]
    assert [pair.score is not None for pair in found.pairs] == [pair.verdict == "moving" for pair in found.pairs]
    assert all(pair.reasons for pair in found.scored)
    assert [pair.name for pair in found.pairs] == [PairChoice(frame=number) for number in range(101, 110)]
    assert found.input.name == "shots/101.png"
    assert found.source == "shots"


def test_the_worst_come_first(shots: Path) -> None:
    found = review(shots)
    scores = [pair.score for pair in found.worst(4)]
    assert len(scores) == 4
    assert scores == sorted((pair.score for pair in found.scored), reverse=True)[:4]  # type: ignore[type-var]


def test_times_of_a_part_of_a_video_count_from_the_beginning_of_the_file(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 12)
    found = review(Job(tmp_path / "clip.mp4", start_time="0.2", end_time="0.36"))
    assert [pair.left for pair in found.pairs] == [5, 6, 7]
    assert [pair.begin for pair in found.pairs] == [Fraction(number, 25) for number in (5, 6, 7)]
    assert found.pairs[0].name == PairChoice(time=Fraction(1, 5))
    assert found.input.frames == 12


def test_rules_of_the_job(shots: Path) -> None:
    assert "cut" not in verdicts(review(Job(shots, cuts="off")))
    assert "static" not in verdicts(review(Job(shots, static_threshold=1.0, end_time="0.3")))


def test_thumbnails_are_spread_and_small(shots: Path) -> None:
    found = review(shots)
    assert [each.index for each in found.thumbnails] == list(range(9))
    assert all(max(each.image.shape) <= 160 for each in found.thumbnails)


def test_an_output_that_is_there_does_not_matter(shots: Path, tmp_path: Path) -> None:
    (tmp_path / "shots_2x").mkdir()
    (tmp_path / "shots_2x" / "0000000.png").touch()
    assert review(Job(shots)).pairs
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shots", "shots_2x"]


def test_progress_is_reported(shots: Path) -> None:
    events: list[Event] = []
    review(shots, on_event=events.append)
    assert events == [Started({"interpolate": 9}), *(Advanced("interpolate", number) for number in range(1, 10))]


def test_a_session_lends_its_model(shots: Path) -> None:
    with Session() as session:
        assert review(shots, session=session).scored
    with pytest.raises(midframe.MidframeError, match="closed"):
        review(shots, session=session)


def test_cancelling(shots: Path) -> None:
    token = CancelToken()

    def cancel(event: Event) -> None:
        if isinstance(event, Advanced):
            token.cancel()

    with pytest.raises(CancelledError, match="Nothing was written"):
        review(shots, on_event=cancel, cancel=token)


def test_what_cannot_be_reviewed(shots: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="read only once"):
        review("-")
    with Session() as session, pytest.raises(OptionError, match="either `session` or `engine`"):
        review(shots, session=session, engine=EngineOptions())
    with pytest.raises(midframe.InputError):
        review(tmp_path / "missing.mp4")


def test_two_pictures_are_never_a_cut(shots: Path) -> None:
    pictures = sorted(shots.glob("*.png"))
    found = review(Job([pictures[4], pictures[5]]))
    assert verdicts(found) == ["moving"]
    assert found.source == "105.png, 106.png"
