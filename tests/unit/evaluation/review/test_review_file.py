"""Reviews for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.reviews import sample_review

from midframe.errors import WriteError
from midframe.evaluation.review.review_file import BEGINNING, write_review_json
from midframe.jobs.choices import Choices


def test_everything_but_pictures(tmp_path: Path) -> None:
    write_review_json(sample_review(), tmp_path / "review.json", 2)
    text = (tmp_path / "review.json").read_text("utf-8")
    assert text.startswith(BEGINNING)
    document = json.loads(text)
    assert document["version"] == 1
    assert document["worst"] == [11, 10]
    assert document["input"] == {"name": "clip.mp4", "frames": 13, "width": 64, "height": 48, "bytes": 1000}
    first, cut = document["pairs"][0], document["pairs"][4]
    assert (first["time"], first["left"], first["right"], first["verdict"]) == ("0", 0, 1, "moving")
    assert first["reasons"] == [{"kind": "disagreement", "text": "the two frames disagree in 12% of the picture"}]
    assert first["signs"]["place"] == [30, 20]
    assert (cut["score"], cut["signs"], cut["reasons"], cut["cut_score"]) == (None, None, [], 0.5)


def test_pairs_can_be_copied_into_a_file_of_choices(tmp_path: Path) -> None:
    write_review_json(sample_review(), tmp_path / "review.json", 1)
    document = json.loads((tmp_path / "review.json").read_text("utf-8"))
    worst = document["pairs"][document["worst"][0]]
    choices = {
        "format": "midframe-choices",
        "version": 1,
        "input": document["input"],
        "choices": [{"time": worst["time"], "choice": "hold"}],
    }
    (tmp_path / "choices.json").write_text(json.dumps(choices), "utf-8")
    assert Choices.read(tmp_path / "choices.json").pairs[0].place == "time 11/25"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        write_review_json(sample_review(), tmp_path / "none" / "review.json", 1)
