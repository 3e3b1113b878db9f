"""A stand-in for ncnn, for machines with devices of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from midframe.engines.ncnn import devices

FindDevices = Callable[..., None]


@pytest.fixture
def find_devices(monkeypatch: pytest.MonkeyPatch) -> Iterator[FindDevices]:
    """Have ncnn find devices: the numbers of their kinds, in its order."""

    def find(*kinds: int) -> None:
        def information(index: int) -> Any:
            return SimpleNamespace(
                device_name=lambda: f"Card {index}", type=lambda: kinds[index], driver_version=lambda: 70 + index
            )

        def device(index: int) -> Any:
            return SimpleNamespace(get_heap_budget=lambda: 1000 * (index + 1))

        library = SimpleNamespace(get_gpu_count=lambda: len(kinds), get_gpu_info=information, get_gpu_device=device)
        monkeypatch.setattr(devices, "load_ncnn", lambda purpose, option=None: library)
        devices.vulkan_devices.cache_clear()

    yield find
    devices.vulkan_devices.cache_clear()
