"""Checkpoints of all formats: tensors, or a sentence that names the file; soon, in little memory, and in silence."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save
from tests.fuzz.conftest import Bounded, require_a_sentence
from tests.support.mutations import CHANGES, NUMBER_PIECES, PICKLE_PIECES, Change, mutated

from midframe.models.checkpoints import load_checkpoint
from midframe.models.provenance import METADATA_KEY
from midframe.models.safe_unpickler import unpickle_tensors
from midframe.models.safetensors_files import read_safetensors

CORPUS = Path(__file__).parent / "corpus"
"""Files that once ended in anything but tensors or a sentence."""


def contents() -> list[dict[str, Any]]:
    base = torch.arange(12.0).reshape(3, 4)
    return [
        {"a.weight": base, "a.bias": base[0], "turned": base.t(), "half": base.half(), "bfloat16": base.bfloat16()},
        {"model": torch.nn.BatchNorm2d(2).state_dict(), "epoch": 3, "rest": [(1, None), {"x": {1, 2}}]},
        {"block0.conv0.0.0.weight": torch.zeros(1), "module.block0.conv0.0.0.weight": torch.zeros(3)},
        {"sparse": torch.ones(2, 2).to_sparse(), "parameter": torch.nn.Parameter(base)},
    ]


def saved(content: dict[str, Any], *, zipped: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


ZIPPED = [saved(content, zipped=True) for content in contents()]
OLDER = [saved(content, zipped=False) for content in contents()]
PLAIN = [pickle.dumps({"a": 1}, 2), b"cos\nsystem\n(S'true'\ntR."]
SAFE = [
    save({"a": np.zeros((2, 3), np.float32), "b": np.ones(4, np.int64)}, metadata={METADATA_KEY: '{"form": 1}'}),
    save({"block0.conv0.0.0.weight": np.zeros((16, 7, 3, 3), np.float16)}),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*ZIPPED, *OLDER, *PLAIN]), CHANGES, st.sampled_from([PICKLE_PIECES, NUMBER_PIECES]))
def test_pickles(
    tmp_path: Path, bounded: Bounded, data: bytes, changes: list[Change], pieces: tuple[bytes, ...]
) -> None:
    (tmp_path / "a.pkl").write_bytes(mutated(data, changes, pieces))
    require_a_sentence(unpickle_tensors, tmp_path / "a.pkl", bounded)
    require_a_sentence(load_checkpoint, tmp_path / "a.pkl", bounded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SAFE), CHANGES)
def test_safetensors(tmp_path: Path, bounded: Bounded, data: bytes, changes: list[Change]) -> None:
    (tmp_path / "a.safetensors").write_bytes(mutated(data, changes, NUMBER_PIECES))
    require_a_sentence(read_safetensors, tmp_path / "a.safetensors", bounded)
    require_a_sentence(load_checkpoint, tmp_path / "a.safetensors", bounded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["a.pkl", "a.safetensors"]))
def test_noise(tmp_path: Path, bounded: Bounded, data: bytes, name: str) -> None:
    for start in (b"", b"PK\x03\x04", b"\x80\x02", OLDER[0][:20], len(data).to_bytes(8, "little") + b"{"):
        (tmp_path / name).write_bytes(start + data)
        require_a_sentence(load_checkpoint, tmp_path / name, bounded)


@pytest.mark.parametrize(
    "file", sorted(CORPUS.glob("*.pkl")) + sorted(CORPUS.glob("*.safetensors")), ids=lambda p: p.name
)
def test_what_was_found(file: Path, bounded: Bounded) -> None:
    require_a_sentence(load_checkpoint, file, bounded)
