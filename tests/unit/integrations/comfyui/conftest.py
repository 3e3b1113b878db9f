from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tests.support.comfyui import ComfyUI, comfyui_at


@pytest.fixture
def _no_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_OFFLINE", "1")
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def comfyui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _no_downloads: None) -> Iterator[ComfyUI]:
    """The stand-in with the current interface, without weights and without downloads; in inference mode, as there."""
    with torch.inference_mode(), comfyui_at(tmp_path, monkeypatch) as stand_in:
        yield stand_in


@pytest.fixture
def older_comfyui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _no_downloads: None) -> Iterator[ComfyUI]:
    """The stand-in without the current interface."""
    with torch.inference_mode(), comfyui_at(tmp_path, monkeypatch, older=True) as stand_in:
        yield stand_in
