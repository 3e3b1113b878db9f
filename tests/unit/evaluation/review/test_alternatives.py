"""What could be made of a pair."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from midframe import EngineOptions, Job, OutOfMemoryError, review
from midframe.evaluation.review.alternatives import ALTERNATIVES, PictureMaker, alternatives_for
from midframe.evaluation.review.opening import open_for_review
from midframe.jobs.choices import PairChoice

NAME = PairChoice(time=Fraction(1, 25))


def names(options: EngineOptions) -> list[str]:
    return [each.name for each in alternatives_for(options)]


def test_entries_of_choices() -> None:
    entries = {each.name: each.entry(NAME) for each in ALTERNATIVES}
    assert entries == {
        "as-it-is": None,
        "best": PairChoice(time=Fraction(1, 25), quality="best"),
        "scale-half": PairChoice(time=Fraction(1, 25), flow_scale=0.5),
        "scale-double": PairChoice(time=Fraction(1, 25), flow_scale=2.0),
        "blend": PairChoice(time=Fraction(1, 25), choice="blend"),
        "hold": PairChoice(time=Fraction(1, 25), choice="hold"),
        "cut": PairChoice(time=Fraction(1, 25), choice="cut"),
    }


def test_what_the_job_does_anyway_is_left_out() -> None:
    assert len(names(EngineOptions())) == len(ALTERNATIVES)
    assert "best" not in names(EngineOptions(quality="best"))
    assert "scale-half" not in names(EngineOptions(flow_scale=0.5))
    assert names(EngineOptions(quality="best"))[0] == "as-it-is"


def test_pictures_of_a_pair(shots: Path, loads: list[EngineOptions]) -> None:
    job = Job(shots)
    pair = review(job).pairs[5]
    options = EngineOptions(precision="fast")
    with open_for_review(job.options) as opened:
        maker = PictureMaker(opened, options, alternatives_for(options))
        pictures = {picture.name: picture.pixels for picture in maker.pictures(pair)}
        left, right = (opened.source.read(index).samples for index in (5, 6))
    assert list(pictures) == ["as-it-is", "best", "scale-half", "scale-double", "blend", "left", "right"]
    assert [(each.quality, each.flow_scale, each.precision) for each in loads] == [
        ("default", 1.0, "fast"), ("best", 1.0, "fast"), ("default", 0.5, "fast"), ("default", 2.0, "fast"),
    ]  # fmt: skip
    assert np.array_equal(pictures["left"], left)
    assert np.array_equal(pictures["right"], right)
    mean = (left.astype(float) + right) / 2
    assert np.abs(pictures["blend"] - mean).max() <= 0.5
    assert np.abs(pictures["as-it-is"] - mean).max() <= 1  # the engine without weights mixes


def test_without_memory_an_alternative_is_left_out_and_the_job_itself_is_not(
    shots: Path, loads: list[EngineOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(shots)
    pair = review(job).pairs[0]
    with open_for_review(job.options) as opened:
        maker = PictureMaker(opened, EngineOptions(), ALTERNATIVES)
        assert len(loads) == 4
        failing = {"scale-double"}
        interpolated = PictureMaker._interpolated

        def scarce(self: PictureMaker, name: str, *frames: object) -> object:
            if name in failing:
                raise OutOfMemoryError("too large")
            return interpolated(self, name, *frames)  # type: ignore[arg-type]

        monkeypatch.setattr(PictureMaker, "_interpolated", scarce)
        assert "scale-double" not in [picture.name for picture in maker.pictures(pair)]
        failing.add("as-it-is")
        with pytest.raises(OutOfMemoryError):
            list(maker.pictures(pair))
