from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import save_file
from tests.support.random_weights import random_tensors

import midframe
from midframe.errors import UnknownModelError, UnrecognisedCheckpointError
from midframe.models.rife.spec import spec_for_version


def test_models_of_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path))
    listed = midframe.list_models()
    assert [model.name for model in listed if model.is_default] == ["4.25"]
    assert {"4.0", "4.6", "4.26.heavy"} <= {model.name for model in listed}
    assert not [model for model in listed if model.is_downloaded]
    assert not list(tmp_path.iterdir())


def test_models_of_a_file_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.pkl").write_bytes(b"weights")
    catalogue = (
        '[[models]]\nname = "own"\nrow = "4.25"\nsource = { file = "own.pkl" }\nlicence = "MIT"\nprovenance = "Mine."\n'
    )
    (tmp_path / "catalogue.toml").write_text(catalogue)
    monkeypatch.setenv("MIDFRAME_CATALOG", str(tmp_path / "catalogue.toml"))
    (own,) = (model for model in midframe.list_models() if model.name == "own")
    assert own.is_downloaded
    assert not own.is_default


def test_files_are_identified_by_their_tensors(tmp_path: Path) -> None:
    save_file(random_tensors(spec_for_version("4.15.lite")), tmp_path / "rife_v4.25.safetensors")
    assert midframe.identify_checkpoint(tmp_path / "rife_v4.25.safetensors") == "RIFE 4.15.lite, 4.16.lite or 4.17.lite"
    save_file({"gamma": random_tensors(spec_for_version("4.25"))["encode.cnn0.weight"]}, tmp_path / "film.safetensors")
    with pytest.raises(UnrecognisedCheckpointError):
        midframe.identify_checkpoint(str(tmp_path / "film.safetensors"))
    with pytest.raises(UnknownModelError):
        midframe.identify_checkpoint(tmp_path / "missing.pkl")
