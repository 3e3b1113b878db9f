"""Adapting files: what is written when, and what Ctrl+C leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import write_png
from tests.support.random_weights import random_tensors
from tests.support.training_sources import moving

from midframe.engines.options import EngineOptions
from midframe.errors import CancelledError
from midframe.finetuning import inputs
from midframe.finetuning.adapt import Adapted, AdaptOptions
from midframe.finetuning.inputs import adapt_files, adapted_before
from midframe.finetuning.progress import SilentListener
from midframe.models.adapted import digest
from midframe.models.checkpoints import load_checkpoint
from midframe.models.provenance import Provenance
from midframe.models.rife.spec import spec_for_version

SPEC = spec_for_version("4.15.lite")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    from safetensors.torch import save_file

    path = tmp_path / "base.safetensors"
    save_file(random_tensors(SPEC), path)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    folder = tmp_path / "clip"
    folder.mkdir()
    for number, picture in enumerate(moving(4)):
        write_png(folder / f"{number}.png", picture)
    return folder


def result(clips: Any, checkpoint: Any, **changes: Any) -> Adapted:
    """What adapting might have come to."""
    from midframe.jobs.fingerprint import fingerprint

    provenance = Provenance(
        "0.1.0",
        "base",
        checkpoint.sha256,
        SPEC.name,
        digest(checkpoint.model.tensors),
        tuple({"name": clip.name, **fingerprint(clip.source)} for clip in clips),
        {"quality": "default"},
        {"gain": 0.3},
    )
    usual = Adapted(checkpoint.model.tensors, provenance, True, "Gained.", False, 20, 20, 1.0, "cpu")
    return replace(usual, **changes)


def adapt_with(monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, output: Path, **changes: Any) -> Adapted:
    def fake(clips: Any, checkpoint: Any, network: Any, options: Any, listener: Any) -> Adapted:
        if changes.get("raises"):
            raise KeyboardInterrupt
        return result(clips, checkpoint, **changes)

    monkeypatch.setattr(inputs, "adapt", fake)
    return adapt_files([clip], output, EngineOptions(base, "cpu"), AdaptOptions(), SilentListener())


def test_weights_are_written_and_known_again(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    output = tmp_path / "my.safetensors"
    network = EngineOptions(base, "cpu")
    assert adapted_before(output, [clip], network) is None
    written = adapt_with(monkeypatch, clip, base, output).provenance
    assert load_checkpoint(output).provenance == written
    assert adapted_before(output, [clip], network) == written
    assert adapted_before(output, [clip], replace(network, quality="best")) == written
    assert adapted_before(output, [clip], replace(network, quality="fast")) is None
    write_png(clip / "4.png", moving(5)[4])
    assert adapted_before(output, [clip], network) is None
    assert adapted_before(base, [clip], network) is None


def test_weights_of_another_base_do_not_count(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    output = tmp_path / "my.safetensors"
    adapt_with(monkeypatch, clip, base, output)
    assert adapted_before(output, [clip], EngineOptions(output, "cpu")) is None


def test_ctrl_c_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path) -> None:
    output = tmp_path / "my.safetensors"
    with pytest.raises(CancelledError, match="The best weights so far are in") as caught:
        adapt_with(monkeypatch, clip, base, output, interrupted=True)
    assert "Gained." in str(caught.value)
    assert load_checkpoint(output).provenance is not None


@pytest.mark.parametrize("changes", [{"interrupted": True, "better": False}, {"raises": True}])
def test_ctrl_c_before_anything_is_better_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    output = tmp_path / "my.safetensors"
    with pytest.raises(CancelledError, match="Stopped"):
        adapt_with(monkeypatch, clip, base, output, **changes)
    assert not output.exists()
