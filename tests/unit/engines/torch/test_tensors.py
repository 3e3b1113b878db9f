from __future__ import annotations

import numpy as np
import pytest
import torch

from midframe.engines.torch.tensors import from_array, to_array

TYPES = [torch.uint8, torch.uint16, torch.int16, torch.float16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", [*TYPES, torch.bfloat16], ids=str)
def test_there_and_back(dtype: torch.dtype) -> None:
    tensor = torch.arange(24).reshape(2, 3, 4).to(dtype)
    array = to_array(tensor)
    assert array.shape == (3, 4, 2)
    assert array.flags.c_contiguous
    assert array[1, 2, 0] == 6
    assert array[1, 2, 1] == 18
    back = from_array(array, tensor)
    assert (back.dtype, back.device, back.shape) == (tensor.dtype, tensor.device, tensor.shape)
    assert back.is_contiguous()
    assert torch.equal(back.double(), tensor.double())


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_type_stays(dtype: torch.dtype) -> None:
    assert str(to_array(torch.zeros(1, 2, 3, dtype=dtype)).dtype) == str(dtype).removeprefix("torch.")


def test_bfloat16_becomes_float32() -> None:
    assert to_array(torch.zeros(1, 2, 3, dtype=torch.bfloat16)).dtype == np.float32


def test_tensors_that_want_gradients_and_strided_ones() -> None:
    tensor = torch.rand(3, 8, 8, requires_grad=True)[:, ::2, 1::3]
    np.testing.assert_array_equal(to_array(tensor), tensor.detach().permute(1, 2, 0))


def test_arrays_with_a_stride() -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 4, 3)[:, ::-1]
    assert from_array(array, torch.zeros(())).tolist() == array.transpose(2, 0, 1).tolist()
