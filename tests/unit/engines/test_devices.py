from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from midframe import extras
from midframe.engines import devices
from midframe.engines.devices import (
    choose_devices,
    describe_device,
    gpus,
    resolve_device,
    resolve_devices,
    unused_gpu,
)
from midframe.errors import DeviceError, OptionError


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
    assert resolve_device(name) == "cpu"


@pytest.mark.parametrize("names", ["cpu:3", "cpu,cpu:1"])
def test_the_cpu_is_one_device(names: str) -> None:
    with pytest.raises(DeviceError, match=r"There is no 'cpu:\d': the CPU is one device, `device=cpu`"):
        devices.check_device_names(names)


@pytest.mark.parametrize("name", ["auto", "cuda"])
@pytest.mark.usefixtures("two_gpus")
def test_the_first_gpu(name: str) -> None:
    assert resolve_device(name) == "cuda"


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_by_its_number() -> None:
    assert resolve_device("cuda:1") == "cuda:1"
    with pytest.raises(DeviceError, match=r"no cuda:2: this machine has 2 cuda"):
        resolve_device("cuda:2")


@pytest.mark.usefixtures("no_accelerator")
def test_mps_is_chosen_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("auto") == "mps"


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "xpu"])
@pytest.mark.usefixtures("no_accelerator")
def test_a_device_that_is_not_there(name: str) -> None:
    kind = name.partition(":")[0]
    with pytest.raises(DeviceError, match=f"has no {kind} device; use `device=cpu`"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "cuda:-1", "cpu,cuda", "1", "tpu", "meta", "vulkan:x"])
def test_no_device_name(name: str) -> None:
    with pytest.raises(DeviceError, match="use auto, cpu, cuda"):
        resolve_device(name)


@pytest.mark.usefixtures("two_gpus")
def test_devices_in_words() -> None:
    assert describe_device("cuda:1") == "cuda:1 (A Card)"
    assert describe_device("mps") == "mps"


@pytest.mark.parametrize(
    ("names", "wanted"),
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
def test_several_devices(names: str, wanted: list[str]) -> None:
    assert list(resolve_devices(names)) == wanted


@pytest.mark.usefixtures("no_accelerator")
def test_several_devices_where_there_is_no_gpu() -> None:
    assert resolve_devices("auto") == ("cpu",)
    with pytest.raises(DeviceError, match="no GPU; use `device=cpu`"):
        resolve_devices("all")


@pytest.mark.usefixtures("two_gpus")
def test_gpus_by_name() -> None:
    assert gpus() == ("cuda:0", "cuda:1")


@pytest.mark.usefixtures("no_accelerator")
def test_no_gpus() -> None:
    assert gpus() == ()


def test_a_single_gpu_needs_no_number(two_gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert resolve_devices("auto") == ("cuda",)


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


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "has_torch", lambda: False)
    monkeypatch.setattr(devices, "has_torch", lambda: False)


@pytest.mark.usefixtures("no_torch")
class TestWithoutTorch:
    @pytest.mark.parametrize("names", ["auto", "cpu", "cpu,cpu"])
    def test_the_cpu_needs_none(self, names: str) -> None:
        assert set(resolve_devices(names)) == {"cpu"}

    @pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps", "xpu"])
    def test_what_to_install_is_said(self, name: str) -> None:
        with pytest.raises(
            OptionError, match=f"^The device {name} needs PyTorch.*: .* -m pip install torch$"
        ) as caught:
            resolve_devices(name)
        assert caught.value.option == "device"

    def test_a_gpu_that_is_not_used_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "nvidia0").touch()
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(devices, "GPU_FILES", {"NVIDIA": (str(tmp_path / "nvidia0"),)})
        monkeypatch.setitem(sys.modules, "ncnn", None)
        assert unused_gpu() == (
            "This machine has a GPU (NVIDIA) that is not used. To use it, install PyTorch with: "
            f"{sys.executable} -m pip install torch"
        )
        monkeypatch.setitem(sys.modules, "ncnn", ModuleType("ncnn"))
        assert "To use it, try `device=vulkan`, or install PyTorch with: " in (unused_gpu() or "")
        assert resolve_devices("auto") == ("cpu",)

    @pytest.mark.parametrize(("machine", "named"), [("arm64", True), ("x86_64", False)])
    def test_apple(self, monkeypatch: pytest.MonkeyPatch, machine: str, named: bool) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(platform, "machine", lambda: machine)
        assert ("Apple" in (unused_gpu() or "")) == named


def test_with_torch_no_gpu_is_left_unused() -> None:
    assert unused_gpu() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere torch is asked for GPUs")
def test_torch_is_not_loaded_to_find_that_there_is_no_gpu() -> None:
    code = """
import sys
from midframe.engines import devices
devices.GPU_FILES = {}
print(devices.resolve_devices("auto"), "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "('cpu',) False"


def test_a_torch_that_cannot_be_loaded_does_not_keep_jobs_from_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: str) -> int:
        raise OSError("libcudart.so.12: cannot open shared object file")

    monkeypatch.setattr(devices, "_count", broken)
    assert resolve_devices("auto") == ("cpu",)
    with pytest.raises(DeviceError, match=r"^PyTorch cannot be loaded: libcudart.* file\. Install it again\.$"):
        resolve_devices("all")


FOUND = ("cuda:0", "cuda:1", "dml:0", "cpu")


@pytest.mark.parametrize(
    ("names", "found", "chosen"),
    [
        ("auto", FOUND, ("cuda:0", "cuda:1")),
        ("all", FOUND, ("cuda:0", "cuda:1")),
        ("auto", ("cpu",), ("cpu",)),
        ("cuda:1,cpu", FOUND, ("cuda:1", "cpu")),
        ("dml", FOUND, ("dml:0",)),
        ("cuda:01", FOUND, ("cuda:1",)),
        ("mps", ("mps", "cpu"), ("mps",)),
    ],
)
def test_devices_that_an_engine_found_itself(names: str, found: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    assert choose_devices(names, found, "onnx") == chosen


@pytest.mark.parametrize(
    ("names", "found", "said"),
    [
        ("cuda:2", FOUND, "finds no device cuda:2 on this machine; it finds cuda:0, cuda:1, dml:0, cpu"),
        ("mps:0", ("mps", "cpu"), "finds no device mps:0"),
        ("all", ("cpu",), "The engine onnx finds no GPU on this machine; use `device=cpu`"),
        ("auto", (), "The engine onnx finds no GPU"),
        ("cuda,", FOUND, "'' is not a device"),
        ("tpu", FOUND, "'tpu' is not a device"),
    ],
)
def test_a_device_that_an_engine_did_not_find(names: str, found: tuple[str, ...], said: str) -> None:
    with pytest.raises(DeviceError, match=said):
        choose_devices(names, found, "onnx")


def test_devices_of_one_engine_alone() -> None:
    with pytest.raises(DeviceError, match="vulkan:0 is a device of `engine=ncnn` alone"):
        resolve_device("vulkan:0")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("vulcan", "vulkan"),
        ("vulcan:1", "vulkan:1"),
        ("CUDA", "cuda"),
        ("cuda0", "cuda:0"),
        ("cuda-1", "cuda:1"),
        ("Auto", "auto"),
    ],
)
def test_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(DeviceError, match=f"'{name}' is not a device; did you mean {meant}\\?"):
        resolve_devices(name)


def test_a_device_of_another_engine() -> None:
    with pytest.raises(DeviceError, match=r"^vulkan is a device of `engine=ncnn` alone"):
        choose_devices("vulkan", ("cpu",), "onnx")
    with pytest.raises(DeviceError, match=r"^vulkan:1 is a device of `engine=ncnn` alone"):
        resolve_device("vulkan:1")
