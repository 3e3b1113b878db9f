from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from midframe.diagnosis import picture_checks
from midframe.diagnosis.picture_checks import check_pictures
from midframe.errors import UnreadableFileError
from midframe.media.images.codecs import codec_for


def test_all_pass() -> None:
    checks = check_pictures()
    assert [check.subject for check in checks] == ["PNG, uint16", "TIFF, uint16", "OpenEXR, float32"]
    assert {(check.state, check.words) for check in checks} == {("passed", "a picture came back unchanged")}


class Wrong:
    """A codec that changes one sample, or raises."""

    def __init__(self, path: Path, error: Exception | None = None) -> None:
        self.real, self.error = codec_for(path), error

    def write(self, path: Path, frame: Any) -> None:
        self.real.write(path, frame)

    def read(self, path: Path) -> Any:
        if self.error is not None:
            raise self.error
        frame = self.real.read(path)
        samples = frame.samples.copy()
        samples[0, 0, 0] += 1
        return replace(frame, samples=samples)


def test_another_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_checks, "codec_for", Wrong)
    assert {(check.state, check.words) for check in check_pictures()} == {("failed", "a picture came back different")}


def test_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    error = UnreadableFileError("It is damaged.")
    monkeypatch.setattr(picture_checks, "codec_for", lambda path: Wrong(path, error))
    assert {(check.state, check.words) for check in check_pictures()} == {("failed", "It is damaged")}


def test_nowhere_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    assert {check.state for check in check_pictures()} == {"not run"}
