from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from midframe.errors import UnsafeCheckpointError
from midframe.models.older_files import is_older_file, read_older_file
from midframe.models.safe_unpickler import unpickle_tensors
from midframe.models.torch_pickle import BadPickleError, UnsupportedContentError


def save(path: Path, content: object) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def test_tensors_become_arrays(tmp_path: Path) -> None:
    base = torch.arange(6.0).reshape(2, 3)
    tensors = {
        "turned": base.t(),
        "half": base.half(),
        "bfloat16": base.bfloat16(),
        "parameter": torch.nn.Parameter(base.clone()),
        "number": torch.tensor(3),
        "flag": torch.tensor(True),
    }
    file = save(tmp_path / "a.pkl", {**tensors, "epoch": 3})
    assert is_older_file(file)
    found: Any = read_older_file(file)
    assert found.pop("epoch") == 3
    for key, tensor in tensors.items():
        expected = (tensor.float() if key == "bfloat16" else tensor).detach().contiguous().numpy()
        assert (found[key].dtype, found[key].shape) == (expected.dtype, expected.shape)
        assert found[key].tobytes() == expected.tobytes()


def test_other_files_are_newer(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "a.pkl")
    assert not is_older_file(tmp_path / "a.pkl")
    (tmp_path / "b.pkl").write_bytes(b"")
    assert not is_older_file(tmp_path / "b.pkl")


def test_no_torch_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = save(tmp_path / "a.pkl", {"a": torch.ones(2)})
    foreign = save(tmp_path / "b.pkl", torch.nn.Linear(1, 1))
    monkeypatch.setitem(sys.modules, "torch", None)
    found: Any = unpickle_tensors(file)
    assert found["a"].tolist() == [1, 1]
    with pytest.raises(UnsafeCheckpointError, match=r"torch\.nn\.modules\.linear\.Linear"):
        unpickle_tensors(foreign)


def test_a_real_checkpoint(tmp_path: Path, real_checkpoint_425: Path) -> None:
    expected: Any = torch.load(real_checkpoint_425, map_location="cpu", weights_only=True)
    found: Any = read_older_file(save(tmp_path / "a.pkl", expected))
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[key], tensor.numpy()) for key, tensor in expected.items())


def test_what_is_shared(tmp_path: Path) -> None:
    base = torch.arange(6.0)
    found: Any = read_older_file(save(tmp_path / "a.pkl", {"a": base, "b": base[2:4], "c": base.reshape(2, 3).t()}))
    assert found["b"].tolist() == [2, 3]
    assert found["c"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        (torch.ones(2, 2).to_sparse(), "a sparse tensor"),
        (torch.ones(2, dtype=torch.complex64), "numbers of the type torch.ComplexFloatStorage"),
    ],
    ids=["sparse", "complex"],
)
def test_special_tensors_are_named(tmp_path: Path, tensor: torch.Tensor, kind: str) -> None:
    with pytest.raises(UnsupportedContentError, match=kind):
        read_older_file(save(tmp_path / "a.pkl", {"a": tensor}))


def test_a_number_repeated_without_end(tmp_path: Path) -> None:
    with pytest.raises(BadPickleError, match="far more bytes"):
        read_older_file(save(tmp_path / "a.pkl", {"a": torch.ones(1).expand(2**40)}))


def test_damage(tmp_path: Path) -> None:
    data = save(tmp_path / "a.pkl", {"a": np.pi, "b": torch.ones(2), "c": torch.ones(3).double()}).read_bytes()
    for length in range(len(data)):
        (tmp_path / "a.pkl").write_bytes(data[:length])
        with pytest.raises((BadPickleError, UnsupportedContentError)):
            read_older_file(tmp_path / "a.pkl")


@pytest.mark.parametrize("numbers", [0, 1, 3, 1 << 40, (1 << 64) - 1])
def test_storages_of_another_length_take_no_memory(tmp_path: Path, numbers: int) -> None:
    data = save(tmp_path / "a.pkl", {"a": torch.ones(2)}).read_bytes()
    (tmp_path / "a.pkl").write_bytes(data[:-16] + numbers.to_bytes(8, "little") + data[-8:])
    with pytest.raises(BadPickleError, match="a different length"):
        read_older_file(tmp_path / "a.pkl")
