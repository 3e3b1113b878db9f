from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from midframe.engines.torch.found_devices import details, look


@pytest.fixture(autouse=True)
def looked_anew() -> Iterator[None]:
    look.cache_clear()
    yield
    look.cache_clear()


def test_the_cpu_is_always_there() -> None:
    devices, _ = look()
    assert devices[-1].name == "cpu"
    assert devices[-1].free_memory
    assert details()[0] == f"PyTorch {torch.__version__}"


def test_cards_with_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Card {device}")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3, 4))
    first, second, _ = look()[0]
    assert (first.name, first.description, first.free_memory, first.total_memory) == ("cuda:0", "Card cuda:0", 3, 4)
    assert second.name == "cuda:1"


def test_what_torch_warns_of_is_said_once_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_old() -> bool:
        warnings.warn("The NVIDIA driver on your\n system is too old", UserWarning, stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", too_old)
    assert details()[-1] == "The NVIDIA driver on your system is too old"
    assert look()[1] == ("The NVIDIA driver on your system is too old",)


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ({"cuda": None, "hip": None, "xpu": None}, "built for the CPU alone"),
        ({"cuda": "12.8", "hip": None, "xpu": None}, "built for CUDA 12.8"),
        ({"cuda": None, "hip": "6.4", "xpu": "2025"}, "built for ROCm 6.4 and XPU 2025"),
    ],
)
def test_what_a_build_is_for(monkeypatch: pytest.MonkeyPatch, versions: dict[str, Any], words: str) -> None:
    for name, version in versions.items():
        monkeypatch.setattr(torch.version, name, version, raising=False)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
    assert details()[1] == words


def test_hidden_cards_are_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES=" in details()
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: True)
    assert "Apple GPUs" in details()[1]
