from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from midframe.engines import inventory
from midframe.engines.cpu.entry import CpuEntry
from midframe.engines.cpu.kernels import library
from midframe.engines.entry import FoundDevice
from midframe.engines.inventory import Inventory, take_inventory
from midframe.engines.ncnn.entry import NcnnEntry
from midframe.engines.registry import add_engine, engine_entries, remove_engine
from midframe.engines.torch.entry import TorchEntry
from midframe.extras import pip_install

CARD = FoundDevice("cuda", "A Card", 3_000, 4_000)
ON_THE_CPU = FoundDevice("cpu", "A Processor", None, None, ("Warm.",))

Found = Callable[..., None]


@pytest.fixture
def torch_finds(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Have torch find devices, or raise an error; ncnn finds none."""

    def find(*found: FoundDevice, error: Exception | None = None) -> None:
        def devices(self: TorchEntry) -> tuple[FoundDevice, ...]:
            if error is not None:
                raise error
            return found

        monkeypatch.setattr(TorchEntry, "devices", devices)
        monkeypatch.setattr(TorchEntry, "details", lambda self: ("PyTorch 9.9",))
        monkeypatch.setattr(NcnnEntry, "devices", lambda self: ())
        auto = tuple(device.name for device in found if device.name != "cpu") or ("cpu",)
        monkeypatch.setattr(inventory, "devices_of", lambda options: auto)

    return find


@pytest.fixture(autouse=True)
def _no_graphics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "gpu_makers", lambda: ())


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CpuEntry, "unavailable", lambda self, device: None if device == "cpu" else "Only on the CPU.")
    monkeypatch.setattr(CpuEntry, "details", lambda self: ("kernels",))


def engine_states(taken: Inventory) -> dict[str, inventory.EngineState]:
    return {state.name: state for state in taken.engines}


def test_every_engine_runs_on_the_devices_that_it_finds() -> None:
    taken = take_inventory()
    for entry in engine_entries():
        state = engine_states(taken)[entry.name]
        assert (not state.devices) == (state.unavailable is not None)
        for name in state.devices:
            assert entry.unavailable(name) is None
            assert entry.name in taken.device(name).engines


@pytest.mark.usefixtures("kernels")
def test_without_a_gpu(torch_finds: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "gpu_maker", lambda: None)
    torch_finds(ON_THE_CPU)
    taken = take_inventory()
    assert (taken.auto, taken.auto_engine) == (("cpu",), "cpu")
    assert taken.reason == "No GPU was found that an engine could use."
    assert taken.advice == ()
    (device,) = taken.devices
    assert device.engines[:2] == ("cpu", "torch")
    # What one engine does not know, another one says.
    assert device.found.free_memory is not None
    assert device.found.notes == ("Warm.",)


@pytest.mark.usefixtures("kernels")
def test_a_gpu_comes_first_and_says_why_engines_are_not_used_there(torch_finds: Found) -> None:
    torch_finds(CARD, ON_THE_CPU)
    taken = take_inventory()
    assert [device.found.name for device in taken.devices] == ["cuda", "cpu"]
    assert taken.devices[0].found == CARD
    assert taken.devices[0].engine == "torch"
    assert taken.devices[0].refusals["cpu"] == "Only on the CPU."
    assert (taken.auto, taken.auto_engine) == (("cuda",), "torch")
    assert taken.reason == "GPUs are preferred to the CPU."


@pytest.mark.usefixtures("kernels")
def test_several_gpus(torch_finds: Found) -> None:
    torch_finds(FoundDevice("cuda:0"), FoundDevice("cuda:1"), ON_THE_CPU)
    assert take_inventory().reason == "GPUs are preferred to the CPU; each gets a process."


@pytest.mark.usefixtures("kernels")
def test_a_gpu_that_is_used_only_by_name(torch_finds: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    torch_finds(CARD, ON_THE_CPU)
    monkeypatch.setattr(inventory, "devices_of", lambda options: ("cpu",))
    taken = take_inventory()
    assert taken.reason == "Other devices are used only where they are named, such as `device=cuda`."
    assert taken.advice == ()


@pytest.mark.usefixtures("kernels")
def test_a_gpu_that_torch_does_not_find(torch_finds: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "gpu_maker", lambda: "NVIDIA")
    torch_finds(ON_THE_CPU)
    (advice,) = take_inventory().advice
    assert advice.startswith("This machine has a GPU (NVIDIA) that is not used: PyTorch 9.9 does not find it. Install")


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("error", [OSError("no libcudart.so"), ImportError("no libcudart.so")])
def test_torch_that_cannot_be_loaded(torch_finds: Found, error: Exception) -> None:
    torch_finds(error=error)
    taken = take_inventory()
    assert engine_states(taken)["torch"].unavailable == "The engine torch cannot be loaded: no libcudart.so."
    assert taken.device("cpu").engine == "cpu"
    assert "torch" not in taken.device("cpu").engines
    assert taken.advice[0].startswith("PyTorch is installed, but cannot be loaded.")


@pytest.mark.usefixtures("kernels")
def test_torch_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("midframe.engines.devices.gpu_maker", lambda: "AMD")
    taken = take_inventory()
    state = engine_states(taken)["torch"]
    assert state.missing == ("PyTorch",)
    assert state.install == pip_install("torch")
    assert state.unavailable == "PyTorch is not installed."
    assert taken.auto == ("cpu",)
    assert taken.advice[0].startswith("This machine has a GPU (AMD) that is not used.")


def test_no_engine_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: None)
    monkeypatch.setattr("midframe.engines.inventory.is_installed", lambda module: False)
    monkeypatch.setattr("midframe.engines.devices.has_torch", lambda: False)
    taken = take_inventory()
    assert taken.auto_engine is None
    assert "which were not built" in str(engine_states(taken)["cpu"].unavailable)
    assert taken.advice[-1].startswith("The CPU kernels are missing")
    with pytest.raises(KeyError):
        taken.device("cuda")


def test_kernels_that_are_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: None)
    monkeypatch.setenv("MIDFRAME_KERNELS", "OFF")
    taken = take_inventory()
    assert "which MIDFRAME_KERNELS=off disables" in str(engine_states(taken)["cpu"].unavailable)
    assert taken.advice[-1].startswith("MIDFRAME_KERNELS=off disables the CPU kernels")


@pytest.mark.usefixtures("kernels")
def test_an_engine_that_was_added_and_finds_nothing(torch_finds: Found) -> None:
    class OtherEntry(TorchEntry):
        name = "other"
        purpose = "trying"

        def devices(self) -> tuple[FoundDevice, ...]:
            return ()

    torch_finds(ON_THE_CPU)
    add_engine(OtherEntry())
    try:
        state = engine_states(take_inventory())["other"]
    finally:
        remove_engine("other")
    assert state.unavailable == "The engine other finds no device here."
    assert state.purpose == "trying"


@pytest.mark.usefixtures("kernels")
def test_a_device_that_two_engines_write_differently_is_one(torch_finds: Found) -> None:
    class OtherEntry(TorchEntry):
        name = "other"

        def devices(self) -> tuple[FoundDevice, ...]:
            return (FoundDevice("cuda:0", "The same card", 1, 2),)

    torch_finds(FoundDevice("cuda"), ON_THE_CPU)
    add_engine(OtherEntry())
    try:
        taken = take_inventory()
    finally:
        remove_engine("other")
    assert [device.found.name for device in taken.devices] == ["cuda", "cpu"]
    assert taken.device("cuda:0").found.description == "The same card"
    assert taken.device("cuda").engines == ("torch", "other")


@pytest.mark.usefixtures("kernels")
def test_software_is_no_gpu(torch_finds: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    torch_finds(FoundDevice("vulkan:0", "llvmpipe", is_software=True), ON_THE_CPU)
    monkeypatch.setattr(inventory, "devices_of", lambda options: ("cpu",))
    taken = take_inventory()
    assert [device.found.name for device in taken.devices] == ["cpu", "vulkan:0"]
    assert taken.reason == "No GPU was found that an engine could use."


@pytest.mark.usefixtures("kernels")
def test_a_graphics_device_that_nothing_finds(torch_finds: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "gpu_makers", lambda: ("AMD", "Intel"))
    torch_finds(ON_THE_CPU)
    monkeypatch.setitem(sys.modules, "ncnn", None)
    (advice,) = take_inventory().advice
    assert advice == (
        "This machine has a graphics device (AMD and Intel) that the engine ncnn can use, without PyTorch. Install it "
        f"with: {pip_install('ncnn')}"
    )
    monkeypatch.setattr(NcnnEntry, "libraries", ())
    monkeypatch.setattr(NcnnEntry, "devices", lambda self: (FoundDevice("vulkan:0", is_software=True),))
    monkeypatch.setattr(NcnnEntry, "details", lambda self: ())
    (advice,) = take_inventory().advice
    assert "but its Vulkan driver was not found. Install it" in advice
    monkeypatch.setattr(NcnnEntry, "devices", lambda self: (FoundDevice("vulkan:0"),))
    assert take_inventory().advice == ()
