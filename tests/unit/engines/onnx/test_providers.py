from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from midframe.engines.onnx import providers
from midframe.engines.onnx.entry import OnnxEntry
from midframe.engines.onnx.providers import PROVIDERS, choose_provider, find_devices
from midframe.engines.options import PROVIDERS as PROVIDER_NAMES
from midframe.engines.options import EngineOptions
from midframe.errors import DeviceError, OptionError

Install = Any


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes it look as if a build of ONNX Runtime with some execution providers were installed, and OpenVINO or not."""

    def installed(*execution_providers: str, openvino: tuple[str, ...] | None = None, maker: str | None = None) -> None:
        library = ModuleType("onnxruntime")
        library.get_available_providers = lambda: [*execution_providers, "CPUExecutionProvider"]  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "onnxruntime", library)
        monkeypatch.setitem(sys.modules, "onnx", ModuleType("onnx"))
        other: Any = None
        if openvino is not None:
            other = ModuleType("openvino")
            other.Core = lambda: SimpleNamespace(available_devices=list(openvino))
        monkeypatch.setitem(sys.modules, "openvino", other)
        monkeypatch.setattr(providers, "gpu_maker", lambda: maker)
        monkeypatch.setattr("sys.platform", "linux")
        monkeypatch.setattr(providers, "_has_package", lambda name: name == "onnxruntime")

    return installed


def test_every_provider_is_an_option() -> None:
    assert {entry.name for entry in PROVIDERS} | {"auto"} == set(PROVIDER_NAMES)


@pytest.mark.parametrize(
    ("execution_providers", "device", "chosen"),
    [
        ((), "cpu", "cpu"),
        (("CUDAExecutionProvider",), "cpu", "cpu"),
        (("TensorrtExecutionProvider", "CUDAExecutionProvider"), "cuda:1", "cuda"),
        (("TensorrtExecutionProvider",), "cuda:0", "tensorrt"),
        (("MIGraphXExecutionProvider",), "cuda:0", "migraphx"),
        (("DmlExecutionProvider",), "dml:0", "directml"),
        (("CoreMLExecutionProvider",), "mps", "coreml"),
        (("OpenVINOExecutionProvider",), "xpu:0", "openvino"),
        (("OpenVINOExecutionProvider",), "cpu", "cpu"),
    ],
)
def test_the_first_that_reaches_the_device(
    install: Install, execution_providers: tuple[str, ...], device: str, chosen: str
) -> None:
    install(*execution_providers)
    assert choose_provider("auto", device).name == chosen


def test_one_that_is_named(install: Install) -> None:
    install("TensorrtExecutionProvider", "CUDAExecutionProvider")
    assert choose_provider("tensorrt", "cuda:0").name == "tensorrt"
    with pytest.raises(OptionError, match="The provider tensorrt does not run on cpu: use `device=cuda`"):
        choose_provider("tensorrt", "cpu")


def test_a_provider_in_another_package_needs_two_commands(install: Install) -> None:
    install(openvino=("CPU",))
    with pytest.raises(OptionError) as caught:
        choose_provider("cuda", "cuda:0")
    message = str(caught.value)
    assert message.startswith("The provider cuda is not installed (installed: cpu, openvino). It is in another package")
    assert message.index("pip uninstall -y onnxruntime)") < message.index("pip install onnxruntime-gpu")


def test_openvino_excludes_nothing(install: Install) -> None:
    install()
    with pytest.raises(OptionError, match=r"\(installed: cpu\)\. Install it with: .*pip install openvino$"):
        choose_provider("openvino", "cpu")


@pytest.mark.parametrize(("provider", "system"), [("coreml", "macOS"), ("directml", "Windows")])
def test_a_provider_of_another_system_is_not_installed(install: Install, provider: Any, system: str) -> None:
    install()
    with pytest.raises(OptionError) as caught:
        find_devices(provider)
    assert str(caught.value) == f"The provider {provider} exists on {system} only (installed: cpu)."


def test_a_device_that_nothing_reaches(install: Install) -> None:
    install()
    with pytest.raises(OptionError, match=r"no provider for cuda:0 \(installed: cpu\)\. For cuda: It is .*-gpu"):
        choose_provider("auto", "cuda:0")
    with pytest.raises(OptionError, match=r"no provider for dml:0 \(installed: cpu\)\. Use another device\."):
        choose_provider("auto", "dml:0")


@pytest.mark.parametrize(
    ("execution_providers", "openvino", "maker", "wanted", "found"),
    [
        ((), None, "NVIDIA", "auto", ("cpu",)),
        (("CUDAExecutionProvider",), None, "NVIDIA", "auto", ("cuda:0", "cpu")),
        # The build for GPUs, on a machine without one.
        (("CUDAExecutionProvider",), None, None, "auto", ("cpu",)),
        (("CUDAExecutionProvider",), None, "NVIDIA", "cpu", ("cpu",)),
        (("CUDAExecutionProvider",), None, "NVIDIA", "cuda", ("cuda:0",)),
        ((), ("CPU", "GPU"), None, "auto", ("xpu:0", "cpu")),
        ((), ("CPU", "GPU.0", "GPU.1"), None, "openvino", ("xpu:0", "xpu:1", "cpu")),
        (("CoreMLExecutionProvider",), None, None, "auto", ("mps", "cpu")),
    ],
)
def test_devices(
    install: Install,
    execution_providers: tuple[str, ...],
    openvino: tuple[str, ...] | None,
    maker: str | None,
    wanted: Any,
    found: tuple[str, ...],
) -> None:
    install(*execution_providers, openvino=openvino, maker=maker)
    assert find_devices(wanted) == found


def test_the_entry_resolves_devices_by_the_provider(install: Install) -> None:
    install("CUDAExecutionProvider", maker="NVIDIA")
    entry = OnnxEntry()

    def resolved(device: str, provider: Any) -> tuple[str, ...]:
        return entry.resolve_devices(EngineOptions(device=device, engine="onnx", provider=provider))

    assert resolved("auto", "auto") == ("cuda:0",)
    assert resolved("auto", "cpu") == ("cpu",)
    assert resolved("cpu", "auto") == ("cpu",)
    with pytest.raises(DeviceError, match="finds no device cuda:5"):
        resolved("cuda:5", "auto")
    assert entry.unavailable("cuda:0") is None
    assert "no provider for mps" in str(entry.unavailable("mps"))


def test_the_cpu_has_a_faster_engine(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("CUDAExecutionProvider", openvino=("CPU",))
    library = "midframe.engines.cpu.kernels.library.load_kernels"
    options = EngineOptions(device="cpu", engine="onnx", provider="openvino")
    monkeypatch.setattr(library, object)
    (note,) = OnnxEntry().notes(options)
    assert "with the provider openvino: `engine=cpu` is several times faster" in note
    assert OnnxEntry().notes(EngineOptions(device="cuda:0", engine="onnx")) == ()
    monkeypatch.setattr(library, lambda: None)
    assert OnnxEntry().notes(options) == ()


def test_without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "The engine onnx needs ONNX and ONNX Runtime" in str(OnnxEntry().unavailable("cpu"))


def test_a_provider_is_for_the_engine_onnx() -> None:
    with pytest.raises(OptionError, match="`provider` is for the engine onnx"):
        EngineOptions(provider="cuda")
    with pytest.raises(OptionError, match="must be one of auto, cuda"):
        EngineOptions(engine="onnx", provider="tpu")  # type: ignore[arg-type]
