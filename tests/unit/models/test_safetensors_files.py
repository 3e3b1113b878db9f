from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from midframe.errors import WeightsError
from midframe.models.safetensors_files import read_safetensors

DTYPES = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64),
]


def write(file: Path, header: dict[str, Any], data: bytes) -> Path:
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return file


def test_all_types(tmp_path: Path) -> None:
    tensors = {str(dtype): (50 * torch.rand(3, 2)).to(dtype) for dtype in DTYPES}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"x": "y"})
    found, metadata = read_safetensors(tmp_path / "a.safetensors")
    assert metadata == {"x": "y"}
    assert list(found) == sorted(tensors)
    for key, tensor in tensors.items():
        expected = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
        assert (found[key].dtype, found[key].tobytes()) == (expected.dtype, expected.tobytes())
        assert found[key].flags.c_contiguous
        assert found[key].flags.writeable


def test_scalars_empty_tensors_and_no_metadata(tmp_path: Path) -> None:
    save_file({"a": torch.tensor(2.5), "b": torch.zeros(0, 3)}, tmp_path / "a.safetensors")
    found, metadata = read_safetensors(tmp_path / "a.safetensors")
    assert metadata == {}
    assert found["a"].shape == ()
    assert float(found["a"]) == 2.5
    assert found["b"].shape == (0, 3)


def test_types_that_are_not_read_are_named(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2).to(torch.float8_e4m3fn)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match="contains numbers of the type F8_E4M3, which midframe cannot read"):
        read_safetensors(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("shape", "offsets"), [([2], [0, 4]), ([1], [0, 400]), ([0, 2**62, 2], [4, 4]), ([0] + [1] * 70, [4, 4])]
)
def test_shapes_that_cannot_be(tmp_path: Path, shape: list[int], offsets: list[int]) -> None:
    header = {
        "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "b": {"dtype": "F32", "shape": shape, "data_offsets": offsets},
    }
    with pytest.raises(WeightsError, match="is not a complete safetensors file"):
        read_safetensors(write(tmp_path / "a.safetensors", header, np.zeros(1, np.float32).tobytes()))
