from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from midframe.errors import UnsafeCheckpointError, WeightsError
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


def test_without_torch_the_message_says_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = save(tmp_path / "a.pkl", {"a": torch.ones(2)})
    foreign = save(tmp_path / "b.pkl", torch.nn.Linear(1, 1))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(WeightsError, match=r"in the format of torch before 1\.6.*-m pip install torch$") as caught:
        unpickle_tensors(file)
    assert caught.value.path == file
    with pytest.raises(UnsafeCheckpointError, match=r"torch\.nn\.modules\.linear\.Linear"):
        unpickle_tensors(foreign)


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        (torch.ones(2, 2).to_sparse(), "a sparse or quantised tensor"),
        (torch.ones(2, dtype=torch.complex64), "numbers of the type complex64"),
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
    data = save(tmp_path / "a.pkl", {"a": np.pi, "b": torch.ones(2)}).read_bytes()
    (tmp_path / "a.pkl").write_bytes(data[:-5])
    with pytest.raises(BadPickleError):
        read_older_file(tmp_path / "a.pkl")
