"""What the engine does beyond the contract of all engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.support.engines import encode_pair, fast, random_model
from tests.support.random_weights import narrow, random_network

from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.graphs import network
from midframe.engines.onnx.entry import OnnxEntry
from midframe.engines.onnx.providers import choose_provider
from midframe.engines.options import EngineOptions, Quality
from midframe.engines.protocols import EngineFrame, MotionEngine
from midframe.engines.registry import make_engine
from midframe.engines.torch.engine import TorchEngine

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from midframe.engines.onnx.engine import KEPT_SIZES, OnnxEngine, channel_limits
from midframe.engines.onnx.runtimes import OnnxRuntime, make_runtime, onnxruntime_errors

CPU = choose_provider("cpu", "cpu")


def frames(height: int = 40, width: int = 50) -> tuple[EngineFrame, EngineFrame]:
    left, right = np.random.default_rng(0).random((2, height, width, 3), dtype=np.float32)
    return EngineFrame(left, left), EngineFrame(right, right)


def onnx_engine(version: str = "4.25", **options: Any) -> OnnxEngine:
    return OnnxEngine(random_model(narrow(version)), make_runtime(CPU, "cpu"), fast(**options))


@pytest.mark.parametrize("quality", ["default", "best"])
def test_qualities_are_those_of_the_kernels(quality: Quality) -> None:
    if load_kernels() is None:
        pytest.skip("this installation has no kernels")
    model, results = random_model(narrow("4.25")), []
    for name in ("cpu", "onnx"):
        engine = make_engine(model, EngineOptions(device="cpu", engine=name, quality=quality))
        results.append(engine.between(*encode_pair(engine, frames()), [0.3])[0])
    np.testing.assert_allclose(results[0], results[1], atol=2e-4)


@pytest.mark.parametrize("ensemble", [False, True])
def test_a_second_attempt_where_motion_is_huge(monkeypatch: pytest.MonkeyPatch, ensemble: bool) -> None:
    import torch

    spec = narrow("4.0")
    other = TorchEngine(random_network(spec), torch.device("cpu"), fast(ensemble=ensemble))
    engine = onnx_engine("4.0", ensemble=ensemble)
    engines: tuple[MotionEngine[Any], ...] = (engine, other)
    plain = [each.motion(*encode_pair(each, frames()), 0.5).flow for each in engines]
    np.testing.assert_allclose(plain[0], np.asarray(plain[1])[..., :40, :50], atol=1e-4)
    monkeypatch.setattr("midframe.engines.onnx.engine.is_huge", lambda *arguments: True)
    monkeypatch.setattr("midframe.engines.torch.restructured.is_huge", lambda *arguments: True)
    again = [each.motion(*encode_pair(each, frames()), 0.5).flow for each in engines]
    np.testing.assert_allclose(again[0], np.asarray(again[1])[..., :40, :50], atol=1e-4)
    assert np.abs(np.asarray(again[0]) - np.asarray(plain[0])).max() > 1e-3


def test_whether_motion_is_huge_is_asked_of_the_padded_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def is_huge(residual: Any, factor: float, height: int, width: int) -> bool:
        asked.append((residual.shape, factor, height, width))
        return network.is_huge(residual, factor, height, width)

    monkeypatch.setattr("midframe.engines.onnx.engine.is_huge", is_huge)
    engine = onnx_engine("4.0")
    engine.between(*encode_pair(engine, frames()), [0.5])
    # Block 1 works at a quarter, and its planes are at half of that.
    assert asked == [((1, 4, 8, 8), 8.0, 64, 64)]


class CountingRuntime(OnnxRuntime):
    """Counts what is loaded and uploaded."""

    loaded = 0
    uploaded = 0

    def load(self, model: Any) -> Any:
        self.loaded += 1
        return super().load(model)

    def upload(self, array: Any) -> Any:
        self.uploaded += array.size > 100
        return super().upload(array)


@pytest.fixture
def counted() -> tuple[OnnxEngine, CountingRuntime]:
    runtime = CountingRuntime(CPU, "cpu")
    return OnnxEngine(random_model(narrow("4.25")), runtime, fast()), runtime


def test_frames_are_uploaded_once(counted: tuple[OnnxEngine, CountingRuntime]) -> None:
    engine, runtime = counted
    left, right = encode_pair(engine, frames())
    assert runtime.uploaded == 2
    engine.between(left, right, [0.2, 0.5, 0.8])
    assert runtime.uploaded == 2


def test_graphs_are_made_once_for_a_size(counted: tuple[OnnxEngine, CountingRuntime]) -> None:
    engine, runtime = counted
    for _ in range(2):
        engine.between(*encode_pair(engine, frames()), [0.5])
    assert runtime.loaded == 3
    for height in range(10, 10 + KEPT_SIZES):
        engine.between(*encode_pair(engine, frames(height)), [0.5])
    assert runtime.loaded == 3 * (1 + KEPT_SIZES)
    engine.between(*encode_pair(engine, frames()), [0.5])
    assert runtime.loaded == 3 * (2 + KEPT_SIZES)


@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_both_precisions_are_the_same_on_cpus(precision: Any) -> None:
    engine = onnx_engine(precision=precision)
    (made,) = engine.between(*encode_pair(engine, frames()), [0.5])
    exact = onnx_engine()
    np.testing.assert_array_equal(made, exact.between(*encode_pair(exact, frames()), [0.5])[0])


def test_limits_leave_out_what_is_no_number() -> None:
    samples = np.array([[[1, np.nan, 3], [2, np.nan, np.nan]], [[0, np.nan, -1], [5, np.nan, 2]]], np.float32)
    np.testing.assert_array_equal(channel_limits(samples), [[0, np.nan, -1], [5, np.nan, 3]])


def test_a_failure_is_an_engine_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from midframe.errors import EngineError

    engine = onnx_engine()
    left, _ = encode_pair(engine, frames())
    graph: Callable[..., Any] = engine._graphs(40, 50).get("side", lambda: None).run
    with pytest.raises(EngineError, match="The network failed on cpu"):
        graph({"view": left.side})


@pytest.mark.parametrize("words", ["Failed to allocate memory for requested buffer of size 9", "bad allocation"])
def test_memory_that_runs_out_is_its_own_error(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    from midframe.errors import OutOfMemoryError

    engine = onnx_engine()

    def fails(self: Any, model: Any) -> Any:
        with onnxruntime_errors("cpu"):
            raise RuntimeException(words)

    monkeypatch.setattr(OnnxRuntime, "load", fails)
    with pytest.raises(OutOfMemoryError, match="Out of memory on cpu"):
        engine.encode(frames()[0])


def test_results_depend_on_library_and_threads() -> None:
    import onnxruntime

    entry = OnnxEntry()
    options = EngineOptions(device="cpu", engine="onnx", threads=2)
    assert f"onnxruntime {onnxruntime.__version__}" in entry.details()
    assert entry.fingerprint(options) == f"cpu, ONNX Runtime {onnxruntime.__version__} (cpu), 2 threads"


def test_a_provider_whose_libraries_are_missing_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime goes on with the CPU in that case, and only prints something."""
    import onnxruntime

    from midframe.engines.onnx.providers import PROVIDERS
    from midframe.errors import EngineError

    class Session:
        def __init__(self, *arguments: Any, **options: Any) -> None:
            pass

        def get_providers(self) -> list[str]:
            return ["CPUExecutionProvider"]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    cuda = next(entry for entry in PROVIDERS if entry.name == "cuda")
    engine = OnnxEngine(random_model(narrow("4.25")), OnnxRuntime(cuda, "cuda:0"), fast())
    with pytest.raises(EngineError, match="ONNX Runtime cannot use cuda on cuda:0"):
        engine.encode(frames()[0])
