from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("onnx")

from midframe.engines.onnx.runtimes import compiled_folder
from midframe.errors import EngineError


def test_what_is_compiled_is_kept_by_everything_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path))
    first = compiled_folder(b"graph", "tensorrt", "1.32.0", "cuda:0")
    assert first == compiled_folder(b"graph", "tensorrt", "1.32.0", "cuda:0")
    assert first.parent == tmp_path / "compiled"
    others = {
        compiled_folder(b"another", "tensorrt", "1.32.0", "cuda:0"),
        compiled_folder(b"graph", "openvino", "1.32.0", "cuda:0"),
        compiled_folder(b"graph", "tensorrt", "1.33.0", "cuda:0"),
        compiled_folder(b"graph", "tensorrt", "1.32.0", "cuda:1"),
    }
    assert len(others - {first}) == 4


def test_a_cache_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path / "file"))
    with pytest.raises(EngineError, match="MIDFRAME_CACHE"):
        compiled_folder(b"graph", "tensorrt")
