from __future__ import annotations

import pytest
import torch

from midframe.engine.devices import describe_device, resolve_device
from midframe.errors import DeviceError


@pytest.fixture
def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.xpu, "is_available", lambda: False)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "A Card")


@pytest.mark.parametrize("name", ["auto", "cpu", "cpu:0"])
@pytest.mark.usefixtures("no_accelerator")
def test_the_cpu_is_always_there(name: str) -> None:
    assert resolve_device(name) == torch.device("cpu")


@pytest.mark.parametrize("name", ["auto", "cuda"])
@pytest.mark.usefixtures("two_gpus")
def test_the_first_gpu(name: str) -> None:
    assert resolve_device(name) == torch.device("cuda")


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_by_its_number() -> None:
    assert resolve_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(DeviceError, match=r"no cuda:2: this machine has 2 cuda"):
        resolve_device("cuda:2")


@pytest.mark.usefixtures("no_accelerator")
def test_mps_is_chosen_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("auto") == torch.device("mps")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "xpu", "meta", "vulkan"])
@pytest.mark.usefixtures("no_accelerator")
def test_a_device_that_is_not_there(name: str) -> None:
    kind = name.partition(":")[0]
    with pytest.raises(DeviceError, match=f"has no {kind} device; use --device cpu"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "cuda:-1", "cpu,cuda", "Auto"])
def test_no_device_name(name: str) -> None:
    with pytest.raises(DeviceError, match="use auto, cpu, cuda"):
        resolve_device(name)


@pytest.mark.usefixtures("two_gpus")
def test_devices_in_words() -> None:
    assert describe_device(torch.device("cpu")) == f"cpu ({torch.get_num_threads()} threads)"
    assert describe_device(torch.device("cuda:1")) == "cuda:1 (A Card)"
    assert describe_device(torch.device("mps")) == "mps"
