from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.evaluations import baseline, evaluation, result

from midframe.cli import evaluate_inputs
from midframe.cli.evaluate_inputs import EvaluationRequest, evaluate_several
from midframe.detection.rules import PairRules
from midframe.errors import CancelledError, MidframeError, UnreadableFileError
from midframe.evaluation.planning import FrameLimits
from midframe.evaluation.results import Evaluation

REQUEST = EvaluationRequest((), ("psnr",), (), 2, FrameLimits(), PairRules(), 1, "none")


class Nothing:
    """A plan that is only closed."""

    source = property(lambda self: self)

    def close(self) -> None:
        """See `FrameSource`."""


def fail_at(name: str, error: MidframeError, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluated(given: str, request: EvaluationRequest) -> Evaluation:
        if given == name:
            raise error
        return replace(evaluation((result("4.25", label="midframe"), baseline("blend", -2.0))), source=given)

    monkeypatch.setattr(evaluate_inputs, "_evaluated", evaluated)
    monkeypatch.setattr(evaluate_inputs, "plan_evaluation", lambda *arguments: Nothing())


def clips_in(folder: Path) -> list[str]:
    return [clip["source"] for clip in json.loads((folder / "all.json").read_text())["clips"]]


def test_what_was_found_before_a_failure_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_at("c.mp4", UnreadableFileError("c.mp4 is damaged."), monkeypatch)

    with pytest.raises(UnreadableFileError, match="is damaged"):
        evaluate_several(["a.mp4", "b.mp4", "c.mp4"], REQUEST, tmp_path / "all.html", False)

    assert clips_in(tmp_path) == ["a.mp4", "b.mp4"]
    assert "moving frames of 2 clips" in capsys.readouterr().out
    assert {path.name for path in tmp_path.glob("*.html")} == {"all.html", "all_a.html", "all_b.html"}


def test_stopping_says_how_far_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at("b.mp4", CancelledError("Stopped. Nothing was written."), monkeypatch)

    with pytest.raises(CancelledError, match=r"^Stopped\. 1 of 2 inputs were evaluated\.$"):
        evaluate_several(["a.mp4", "b.mp4"], REQUEST, tmp_path / "all.html", False)

    assert clips_in(tmp_path) == ["a.mp4"]


def test_stopping_at_the_first_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at("a.mp4", CancelledError("Stopped. Nothing was written."), monkeypatch)

    with pytest.raises(CancelledError, match="Nothing was written"):
        evaluate_several(["a.mp4", "b.mp4"], REQUEST, tmp_path / "all.html", False)

    assert list(tmp_path.iterdir()) == []
