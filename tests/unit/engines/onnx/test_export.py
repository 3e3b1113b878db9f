from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.engines import random_model
from tests.support.random_weights import narrow

from midframe.engines.options import EngineOptions
from midframe.errors import EngineError, OptionError, OutputExistsError, WriteError
from midframe.models.checkpoints import LoadedCheckpoint
from midframe.models.registry import ARCHITECTURES

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from midframe.engines.onnx import export  # noqa: E402 - after the skip
from midframe.engines.onnx.export import export_onnx  # noqa: E402

Load = Callable[[str], None]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Makes the models of the catalogue small ones with random weights."""
    from midframe.engines.loading import LoadedModel

    def replaced(version: str) -> None:
        checkpoint = LoadedCheckpoint(Path("x"), "5" * 64, ARCHITECTURES["rife"], random_model(narrow(version)))
        monkeypatch.setattr(export, "load_model", lambda options, progress=None: LoadedModel(checkpoint, options))

    return replaced


@pytest.mark.parametrize("size", [{}, {"height": 50, "width": 70}])
@pytest.mark.parametrize("warp", ["gridsample", "gather"])
def test_the_file_is_whole_and_says_what_it_is(load: Load, tmp_path: Path, size: Any, warp: Any) -> None:
    load("4.25")
    found = export_onnx(tmp_path / "x.onnx", warp=warp, **size)
    assert found.checked_with == "onnxruntime"
    assert found.difference is not None
    assert found.difference.median < found.difference.largest < found.allowed.largest == 1e-3
    assert [path.name for path in tmp_path.iterdir()] == ["x.onnx"]
    model = onnx.load(found.file)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert properties["midframe.weights_sha256"] == "5" * 64
    assert properties["midframe.pad"] == "64"
    assert properties["midframe.warp"] == warp
    session = onnxruntime.InferenceSession(found.file, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == ([1, 3, 50, 70] if size else ["batch", 3, "height", "width"])


def test_a_model_by_its_name_alone(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"`engine` takes `EngineOptions`, such as .*, not '4\.6'\."):
        export_onnx(tmp_path / "x.onnx", "4.6")  # type: ignore[arg-type]


def test_a_flow_scale(load: Load, tmp_path: Path) -> None:
    load("4.25")
    exported = export_onnx(tmp_path / "x.onnx", EngineOptions(flow_scale=0.5))
    properties = {entry.key: entry.value for entry in onnx.load(exported.file).metadata_props}
    assert (properties["midframe.flow_scale"], properties["midframe.pad"]) == ("0.5", "128")


def test_networks_with_a_second_attempt_are_exported_without_it(load: Load, tmp_path: Path) -> None:
    load("4.0")
    (note,) = export_onnx(tmp_path / "x.onnx").notes
    assert note.startswith("RIFE 4.0 or 4.1 looks at very large motion a second time, and exported files do not")


def test_what_differs_is_not_left(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("4.25")
    monkeypatch.setattr(export, "_runner", lambda library, content: lambda left, right, time: left)
    with pytest.raises(EngineError, match="differs from midframe's own result by up to"):
        export_onnx(tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def test_what_is_no_number_is_not_left(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("4.25")
    monkeypatch.setattr(export, "_runner", lambda library, content: lambda left, right, time: left * np.nan)
    with pytest.raises(EngineError, match="up to nan"):
        export_onnx(tmp_path / "x.onnx")


def test_without_a_runtime_nothing_is_checked(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("4.25")
    for library in ("onnxruntime", "openvino"):
        monkeypatch.setitem(sys.modules, library, None)
    found = export_onnx(tmp_path / "x.onnx")
    assert found.checked_with is None
    assert found.difference is None
    assert found.file.exists()


def test_a_file_that_exists(load: Load, tmp_path: Path) -> None:
    load("4.25")
    file = tmp_path / "x.onnx"
    file.write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="replace it with `overwrite`"):
        export_onnx(file)
    assert file.read_bytes() == b"mine"
    export_onnx(file, overwrite=True)
    assert file.stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "choices", "kind", "said"),
    [
        ("x.onnx", {"height": 50}, OptionError, "`height` and `width` go together"),
        ("x.onnx", {"height": 0, "width": 5}, OptionError, "`height` must be from 1"),
        ("x.onnx", {"opset": 15}, OptionError, "`opset` must be from 16 to 22, not 15"),
        ("x.pb", {}, OptionError, "must end in .onnx"),
        ("none/x.onnx", {}, WriteError, "does not exist or cannot be written"),
    ],
)
def test_wrong_values(tmp_path: Path, name: str, choices: dict[str, int], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        export_onnx(tmp_path / name, **choices)  # type: ignore[arg-type]
