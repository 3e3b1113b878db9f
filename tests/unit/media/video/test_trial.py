from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from tests.support.rows import pan

from midframe.media.video import trial
from midframe.media.video.codecs import VIDEO_CODECS
from midframe.media.video.trial import (
    TrialError,
    ffmpeg_libraries,
    ffmpeg_version,
    gpu_encoders,
    usual_encoders,
    video_round_trip,
)

PICTURES = list(pan(3, height=32, width=48))


def test_without_loss() -> None:
    decoded = video_round_trip("ffv1", PICTURES)
    assert all(np.array_equal(one, other) for one, other in zip(PICTURES, decoded, strict=True))


def test_with_loss() -> None:
    decoded = video_round_trip("h264", PICTURES)
    assert [picture.shape for picture in decoded] == [(32, 48, 3)] * 3
    assert not np.array_equal(decoded[0], PICTURES[0])


def with_encoder(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    row = replace(VIDEO_CODECS["h264"], encoder=name)
    monkeypatch.setattr(trial, "VIDEO_CODECS", MappingProxyType({"h264": row}))


def test_a_build_without_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    with_encoder(monkeypatch, "no_such_encoder")
    assert usual_encoders()["no_such_encoder"] is False
    with pytest.raises(TrialError):
        video_round_trip("h264", PICTURES)


def test_what_there_is() -> None:
    assert ffmpeg_version()[0].isdigit()
    assert ffmpeg_libraries()["libavcodec"].count(".") == 2
    assert usual_encoders().keys() >= {"libx264", "libsvtav1", "ffv1", "libwebp"}
    assert all("_" in name for name in gpu_encoders())
