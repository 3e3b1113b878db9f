from __future__ import annotations

import pickle
import sys
from types import ModuleType

import pytest
from tests.support.engines import fast, random_model
from tests.support.random_weights import narrow
from tests.unit.engines.ncnn.conftest import FindDevices

from midframe.engines.cpu.kernels import library
from midframe.engines.entry import EngineLoad
from midframe.engines.memory_info import available_memory
from midframe.engines.ncnn import entry as entry_module
from midframe.engines.ncnn.entry import NcnnEntry
from midframe.engines.options import EngineOptions
from midframe.engines.registry import choose_engine, devices_of
from midframe.errors import DeviceError, OptionError

ENTRY = NcnnEntry()


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """ncnn counts as installed; what is loaded is a stand-in."""
    monkeypatch.setitem(sys.modules, "ncnn", ModuleType("ncnn"))
    monkeypatch.setattr(entry_module, "version", lambda package: "1.2")


@pytest.mark.parametrize(
    ("kinds", "names", "wanted"),
    [
        ((3, 1, 0), "auto", ["vulkan:2"]),
        ((3, 1, 0), "vulkan", ["vulkan:2"]),
        ((3, 1, 0), "vulkan:0", ["vulkan:0"]),
        ((3, 1, 0), "vulkan, vulkan:1,vulkan", ["vulkan:2", "vulkan:1", "vulkan:2"]),
        ((3, 1, 0), "all", ["vulkan:2", "vulkan:1"]),
        ((3,), "auto", ["vulkan:0"]),
    ],
)
def test_devices_by_name(find_devices: FindDevices, kinds: tuple[int, ...], names: str, wanted: list[str]) -> None:
    """Software is taken where it is named, or where nothing else is."""
    find_devices(*kinds)
    assert list(ENTRY.resolve_devices(EngineOptions(device=names))) == wanted


@pytest.mark.parametrize(
    ("kinds", "names", "said"),
    [
        ((), "auto", "no Vulkan device"),
        ((0,), "vulkan:1", "finds no device vulkan:1 on this machine; it finds vulkan:0"),
        ((0,), "cpu", "runs on Vulkan devices, not on cpu: use `device=vulkan`"),
        ((0,), "vulkan:0,cuda", "not on cuda"),
        ((0,), "vulkan:x", "'vulkan:x' is not a device"),
        ((3,), "all", "finds no GPU"),
    ],
)
def test_devices_that_there_are_not(find_devices: FindDevices, kinds: tuple[int, ...], names: str, said: str) -> None:
    find_devices(*kinds)
    with pytest.raises(DeviceError, match=said):
        ENTRY.resolve_devices(EngineOptions(device=names))


def test_a_vulkan_device_alone_means_this_engine(find_devices: FindDevices) -> None:
    find_devices(1, 0)
    assert devices_of(EngineOptions(device="vulkan")) == ("vulkan:1",)
    assert devices_of(EngineOptions(device="vulkan:0, cpu")) == ("vulkan:0", "cpu")
    if ENTRY.unavailable("vulkan:1") is None:
        assert isinstance(choose_engine(random_model(narrow("4.25")), fast(device="vulkan:1")), NcnnEntry)


def test_it_is_never_chosen_by_itself() -> None:
    assert choose_engine(random_model(narrow("4.25")), fast()).name != "ncnn"


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ncnn", None)
    reason = ENTRY.unavailable("vulkan:0")
    assert reason is not None
    assert reason.startswith("The engine ncnn needs ncnn, which is not installed.")
    with pytest.raises(OptionError, match="The engine ncnn needs ncnn"):
        ENTRY.resolve_devices(EngineOptions())


def test_without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: None)
    reason = ENTRY.unavailable("vulkan:0")
    assert reason is not None
    assert reason.startswith("The engine ncnn needs the CPU kernels")
    with pytest.raises(OptionError, match=r"^No engine runs [^:]* on vulkan:0\. The engine ncnn needs the CPU kernels"):
        choose_engine(random_model(narrow("4.25")), fast(device="vulkan:0"))


def test_other_devices_are_refused() -> None:
    assert ENTRY.unavailable("cuda:0") == (
        "The engine ncnn runs on Vulkan devices, not on cuda:0: use `device=vulkan` or `engine=auto`."
    )


def test_software_is_reported(find_devices: FindDevices) -> None:
    find_devices(0, 3)
    assert ENTRY.notes(fast(device="vulkan:0")) == ()
    (note,) = ENTRY.notes(fast(device="vulkan:1"))
    assert note == (
        "vulkan:1 (Card 1) is software, not a GPU: it computes on the CPU, many times slower than `engine=cpu`."
    )
    notes = {device.name: device.notes for device in ENTRY.devices()}
    assert notes["vulkan:0"] == ()
    assert "software" in notes["vulkan:1"][0]


def test_the_fingerprint_names_what_decides(find_devices: FindDevices) -> None:
    if library.load_kernels() is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    find_devices(0, 1)
    found = {ENTRY.fingerprint(fast(device=f"vulkan:{index}", threads=3)) for index in range(2)}
    assert len(found) == 2
    assert all(
        part in ENTRY.fingerprint(fast(device="vulkan:1", threads=3))
        for part in ("Card 1", "driver 71", "ncnn 1.2", "kernels", "3 threads")
    )
    assert ENTRY.details() == ("ncnn 1.2",)


def test_memory_of_devices(find_devices: FindDevices) -> None:
    find_devices(0, 1, 3)
    assert ENTRY.free_memory("vulkan:0") == 1000 << 20
    assert ENTRY.free_memory("vulkan:1") == 2000 << 20
    free = ENTRY.free_memory("vulkan:2")
    assert free is not None
    assert abs(free - available_memory()) < 1 << 30

    def host(index: int) -> int:
        return ENTRY.host_need(EngineLoad(random_model(narrow("4.25")), fast(device=f"vulkan:{index}"), 640, 360, 3))

    load = EngineLoad(random_model(narrow("4.25")), fast(device="vulkan:0"), 640, 360, 3)
    assert host(1) == host(2) == host(0) + ENTRY.memory_need(load)


def test_it_travels() -> None:
    assert pickle.loads(pickle.dumps(ENTRY)).name == "ncnn"
