from __future__ import annotations

import pytest
import torch

from midframe.engines.devices import describe_device, resolve_device, resolve_devices, shared_threads
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
    with pytest.raises(DeviceError, match=f"has no {kind} device; use `device=cpu`"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "cuda:-1", "cpu,cuda", "Auto"])
def test_no_device_name(name: str) -> None:
    with pytest.raises(DeviceError, match="use auto, cpu, cuda"):
        resolve_device(name)


@pytest.mark.usefixtures("two_gpus")
def test_devices_in_words() -> None:
    assert describe_device(torch.device("cpu")).startswith(f"cpu ({torch.get_num_threads()} thread")
    assert describe_device(torch.device("cuda:1")) == "cuda:1 (A Card)"
    assert describe_device(torch.device("mps")) == "mps"


@pytest.mark.parametrize(
    ("names", "devices"),
    [
        ("auto", ["cuda:0", "cuda:1"]),
        ("all", ["cuda:0", "cuda:1"]),
        ("cuda", ["cuda"]),
        ("cuda:1", ["cuda:1"]),
        ("cuda:1,cuda:0", ["cuda:1", "cuda:0"]),
        ("cuda:0, cpu", ["cuda:0", "cpu"]),
        ("cpu,cpu", ["cpu", "cpu"]),
    ],
)
@pytest.mark.usefixtures("two_gpus")
def test_several_devices(names: str, devices: list[str]) -> None:
    assert [str(device) for device in resolve_devices(names)] == devices


@pytest.mark.usefixtures("no_accelerator")
def test_several_devices_where_there_is_no_gpu() -> None:
    assert resolve_devices("auto") == (torch.device("cpu"),)
    with pytest.raises(DeviceError, match="no GPU; use `device=cpu`"):
        resolve_devices("all")


def test_a_single_gpu_needs_no_number(two_gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert resolve_devices("auto") == (torch.device("cuda"),)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ("cpu,", "'' is not a device"),
        ("cuda:0,auto", "'auto' is not a device"),
        ("cpu,gpu", "'gpu' is not a device"),
        ("cuda:0,cuda:2", "no cuda:2: this machine has 2"),
        ("cpu,mps", "has no mps device"),
        ("", "'' is not a device"),
    ],
)
def test_the_part_that_is_wrong_is_named(no_accelerator: None, two_gpus: None, names: str, what: str) -> None:
    with pytest.raises(DeviceError, match=what):
        resolve_devices(names)


def test_threads_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert [shared_threads(workers) for workers in (1, 2, 3, 16)] == [8, 4, 2, 1]
