from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from midframe.diagnosis.cache_state import cached_checkpoint, look_at_cache
from midframe.models.cache import cached_path
from midframe.models.catalog import load_catalog


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MIDFRAME_OFFLINE", raising=False)
    monkeypatch.delenv("MIDFRAME_CATALOG", raising=False)
    return tmp_path / "cache"


def test_no_cache_yet_and_none_is_made(cache: Path) -> None:
    state = look_at_cache()
    assert (state.folder, state.exists, state.size, state.models) == (str(cache), False, 0, ())
    assert (state.default_model, state.unwritable, state.failure, state.offline) == ("4.25", None, None, False)
    assert not cache.exists()
    assert cached_checkpoint("4.25") is None


def test_damaged_weights() -> None:
    path = cached_path(load_catalog().model("4.25"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<html>")
    state = look_at_cache()
    assert (state.exists, state.size) == (True, 6)
    (model,) = state.models
    assert (model.name, model.size) == ("4.25", 6)
    assert model.fault == "has 6 bytes instead of 24623147"
    assert cached_checkpoint("4.25") is None
    assert cached_checkpoint("no such model") is None


def test_weights_with_the_right_hash(cache: Path, real_checkpoint_425: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_CACHE", str(real_checkpoint_425.parents[1]))
    assert [model.fault for model in look_at_cache().models if model.name == "4.25"] == [None]
    assert cached_checkpoint("4.25") == real_checkpoint_425


def test_a_cache_that_cannot_be_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir()

    def refuse(**options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert look_at_cache().unwritable == "No space left on device"


def test_a_cache_that_cannot_be_made(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert look_at_cache().unwritable == f"{cache.parent} cannot be written"


def test_a_file_in_the_way(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write_text("")
    assert look_at_cache().unwritable == f"{cache} is not a folder"
    monkeypatch.setenv("MIDFRAME_CACHE", str(cache / "inside"))
    assert look_at_cache().unwritable == f"{cache} is not a folder"


def test_names_that_are_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_CACHE", "~no-such-user-here/cache")
    state = look_at_cache()
    assert state.folder == ""
    assert state.failure == "The system refuses the name ~no-such-user-here/cache: there is no such user."
    assert cached_checkpoint("4.25") is None


def test_a_catalogue_that_cannot_be_read(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_CATALOG", str(tmp_path / "missing.toml"))
    state = look_at_cache()
    assert state.folder == str(cache)
    assert state.failure is not None
    assert "missing.toml" in state.failure
    assert (state.models, state.default_model) == ((), "")


def test_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_OFFLINE", "1")
    assert look_at_cache().offline
