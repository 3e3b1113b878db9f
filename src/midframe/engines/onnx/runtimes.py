"""What runs graphs: ONNX Runtime, or OpenVINO itself. Values stay on the device from one graph to the next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray

from midframe.engines.devices import CPU
from midframe.engines.failures import mapped_errors
from midframe.engines.onnx.openvino_module import load_openvino
from midframe.engines.onnx.providers import OPENVINO, ProviderEntry
from midframe.engines.threads import thread_count
from midframe.errors import EngineError
from midframe.extras import is_installed
from midframe.models.cache import cache_folder

Floats = NDArray[np.float32]

ONNXRUNTIME_DEVICES = {"cuda": "cuda", "dml": "dml"}
"""Kinds of device that ONNX Runtime allocates on; it calls them so. All else is handed over in the machine's memory."""


class Graph(Protocol):
    """A graph that is ready to run."""

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Compute all outputs.

        Args:
            inputs: Values of the runtime that the graph is of, by name.
        """
        ...


class Runtime(Protocol):
    """Runs graphs on one device.

    Attributes:
        description: The library with its version, and the provider.
    """

    description: str

    def load(self, model: onnx.ModelProto) -> Graph:
        """Make a graph ready.

        Raises:
            EngineError: The provider cannot be used here.
            OutOfMemoryError: It does not fit.
        """
        ...

    def upload(self, array: Floats) -> Any:
        """An array as a value on the device; it must not be written to afterwards."""
        ...

    def download(self, value: Any) -> Floats:
        """A value as an array, which belongs to the caller."""
        ...


def make_runtime(provider: ProviderEntry, device: str) -> Runtime:
    """The library that a provider belongs to, for one device."""
    if provider.name == OPENVINO and is_installed(OPENVINO):
        return OpenVinoRuntime(provider, device)
    return OnnxRuntime(provider, device)


class _HeldValue:
    """A value of ONNX Runtime, and the array that it may lie in."""

    def __init__(self, value: Any, array: Floats | None = None) -> None:
        self.value = value
        self.array = array


class OnnxRuntime:
    """ONNX Runtime with one execution provider, and its own for the CPU for what that one leaves out."""

    def __init__(self, provider: ProviderEntry, device: str) -> None:
        import onnxruntime

        self._library: Any = onnxruntime
        self._provider = provider
        self._device = device
        kind, _, number = device.partition(":")
        self._number = int(number or 0)
        self._memory = ONNXRUNTIME_DEVICES.get(kind, CPU)
        self.description = f"ONNX Runtime {self._library.__version__} ({provider.name})"

    def load(self, model: onnx.ModelProto) -> Graph:
        """See `Runtime`."""
        content = model.SerializeToString()
        options = self._library.SessionOptions()
        options.intra_op_num_threads = thread_count()
        options.log_severity_level = 3
        # Threads that wait would take the processor from everything else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        name = self._provider.execution_provider
        chosen: list[Any] = [(name, self._provider_options(content))]
        if self._provider.name == "tensorrt":
            # What TensorRT leaves out stays on its GPU.
            chosen.append(("CUDAExecutionProvider", {"device_id": self._number, "use_tf32": 0}))
        if self._provider.name == "directml":
            options.enable_mem_pattern = False  # which it does not have
        if name != "CPUExecutionProvider":
            chosen.append("CPUExecutionProvider")
        with onnxruntime_errors(self._device):
            session = self._library.InferenceSession(content, options, providers=chosen)
        # Where a provider's own libraries are missing, ONNX Runtime goes on without it.
        if session.get_providers()[0] != name:
            raise EngineError(
                f"ONNX Runtime cannot use {self._provider.name} on {self._device}, as libraries of its own are missing "
                "or no such device is there. Install them, or use `provider=cpu` with `device=cpu`."
            )
        return _OnnxRuntimeGraph(session, self._device, self._memory, self._number)

    def upload(self, array: Floats) -> Any:
        """See `Runtime`."""
        whole = np.require(array, np.float32, ("C",))
        with onnxruntime_errors(self._device):
            value = self._library.OrtValue.ortvalue_from_numpy(whole, self._memory, self._number)
        return _HeldValue(value, whole if self._memory == CPU else None)

    def download(self, value: Any) -> Floats:
        """See `Runtime`."""
        with onnxruntime_errors(self._device):
            array: Floats = value.value.numpy()
        return array

    def _provider_options(self, content: bytes) -> dict[str, Any]:
        """Of the execution provider; float32 stays float32."""
        name = self._provider.name
        options: dict[str, Any] = {}
        if name in ("cuda", "tensorrt", "migraphx", "directml"):
            options["device_id"] = self._number
        if name == "cuda":
            options["use_tf32"] = 0
        if name == "tensorrt":
            options["trt_engine_cache_enable"] = True
        if name == "coreml":
            options |= {"ModelFormat": "MLProgram", "AllowLowPrecisionAccumulationOnGPU": 0}
        if name == OPENVINO:
            kind = "CPU" if self._device == CPU else f"GPU.{self._number}"
            plain = {"INFERENCE_PRECISION_HINT": "f32"}
            if kind == "CPU":
                plain["INFERENCE_NUM_THREADS"] = str(thread_count())
            options |= {"device_type": kind, "load_config": json.dumps({kind.partition(".")[0]: plain})}
        if self._provider.makes_files and self._device != CPU:
            folder = compiled_folder(content, self._provider.name, self._library.__version__, self._device)
            options[self._provider.makes_files] = str(folder)
        return options


class _OnnxRuntimeGraph:
    def __init__(self, session: Any, device: str, memory: str, number: int) -> None:
        self._session = session
        self._device = device
        self._place = memory, number
        self._outputs = [output.name for output in session.get_outputs()]

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """See `Graph`."""
        with onnxruntime_errors(self._device):
            binding = self._session.io_binding()
            for name, held in inputs.items():
                binding.bind_ortvalue_input(name, held.value)
            for name in self._outputs:
                binding.bind_output(name, *self._place)
            self._session.run_with_iobinding(binding)
            return dict(zip(self._outputs, map(_HeldValue, binding.get_outputs()), strict=True))


class OpenVinoRuntime:
    """OpenVINO without ONNX Runtime: on any CPU, and on the GPUs of Intel. Values are numpy arrays."""

    def __init__(self, provider: ProviderEntry, device: str) -> None:
        openvino = load_openvino()

        self._provider = provider
        self._device = device
        self._core: Any = openvino.Core()
        self._version: str = openvino.get_version().partition("-")[0]
        number = device.partition(":")[2] or "0"
        self._name = "CPU" if device == CPU else f"GPU.{number}"
        self.description = f"OpenVINO {self._version}"

    def load(self, model: onnx.ModelProto) -> Graph:
        """See `Runtime`."""
        content = model.SerializeToString()
        # Otherwise convolutions, and the coordinates of warps, are rounded to a shorter type where there is one.
        options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if self._device == CPU:
            options["INFERENCE_NUM_THREADS"] = thread_count()
        else:
            options["CACHE_DIR"] = str(compiled_folder(content, self._provider.name, self._version, self._device))
        with mapped_errors(self._device):
            compiled = self._core.compile_model(self._core.read_model(content), self._name, options)
            return _OpenVinoGraph(compiled, [output.name for output in model.graph.output], self._device)

    def upload(self, array: Floats) -> Any:
        """See `Runtime`."""
        return np.require(array, np.float32, ("C",))

    def download(self, value: Any) -> Floats:
        """See `Runtime`."""
        array: Floats = value
        return array


class _OpenVinoGraph:
    def __init__(self, compiled: Any, outputs: list[str], device: str) -> None:
        self._request = compiled.create_infer_request()
        # Outputs that pass on what another node yields have that one's name as well, so they go by their number.
        self._outputs = outputs
        self._device = device

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """See `Graph`."""
        with mapped_errors(self._device):
            self._request.infer(dict(inputs), share_inputs=True)
            # Copies: the request writes its next outputs into the same memory.
            return {
                name: np.array(self._request.get_output_tensor(number).data)
                for number, name in enumerate(self._outputs)
            }


def compiled_folder(content: bytes, *parts: str) -> Path:
    """Where a library keeps what it compiled of a graph.

    The graph contains the size of frames, the precision and the weights; of another one, provider, version of the
    library or device, nothing is used again.

    Args:
        content: The graph.
        parts: Whatever else counts.
    """
    key = hashlib.sha256(content)
    for part in parts:
        key.update(b"\0" + part.encode())
    folder = cache_folder() / "compiled" / key.hexdigest()[:32]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"{folder} cannot be made: {error.strerror or error}. Name another cache folder in MIDFRAME_CACHE."
        ) from error
    return folder


@contextmanager
def onnxruntime_errors(device: str) -> Iterator[None]:
    """Turn errors of ONNX Runtime, which have no base but Exception, into ours; see `mapped_errors`."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = tuple(
        getattr(state, name)
        for name in ("EPFail", "Fail", "InvalidArgument", "InvalidGraph", "NotImplemented", "RuntimeException")
    )
    with mapped_errors(device):
        try:
            yield
        except kinds as error:
            raise RuntimeError(str(error)) from error
