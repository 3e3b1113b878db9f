from __future__ import annotations

from typing import Any

import pytest

from midframe.diagnosis.video_checks import check_video
from midframe.media.video import trial
from midframe.media.video.trial import TrialError


def test_all_pass() -> None:
    library, checks = check_video()
    assert library.encoders["libx264"]
    assert {name.split(".")[0] for name in library.libraries} >= {"libavcodec", "libswscale"}
    assert [(check.subject, check.state, check.words) for check in checks] == [
        ("H.264", "passed", "4 pictures came back"),
        ("FFV1", "passed", "4 pictures came back unchanged"),
    ]


def test_other_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "video_round_trip", lambda codec, pictures: [255 - picture for picture in pictures])
    _, checks = check_video()
    assert {check.state for check in checks} == {"failed"}
    assert checks[0].words.startswith("pictures came back different, by ")


def test_ffv1_must_not_lose_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "video_round_trip", lambda codec, pictures: [picture ^ 1 for picture in pictures])
    _, checks = check_video()
    assert [check.state for check in checks] == ["passed", "failed"]


def test_a_codec_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(codec: str, pictures: Any) -> None:
        raise TrialError("it has no such encoder")

    monkeypatch.setattr(trial, "video_round_trip", refuse)
    _, checks = check_video()
    assert {(check.state, check.words) for check in checks} == {("failed", "it has no such encoder")}
