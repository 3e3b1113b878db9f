from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midframe.errors import CheckpointMismatchError
from midframe.models.state_dicts import finite_float32, shapes_of

FILE = Path("a.pkl")


def test_shapes() -> None:
    assert shapes_of({"a": np.zeros((2, 3)), "b": np.zeros(())}) == {"a": (2, 3), "b": ()}


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64, np.bool_, ">f4"], ids=str)
def test_other_types_become_float32(dtype: str) -> None:
    found = finite_float32({"a": np.array([[0, 1], [1, 0]], dtype).T, "b": np.array(1, dtype)}, FILE)
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for array in found.values())
    assert found["a"].tolist() == [[0, 1], [1, 0]]
    assert found["b"].shape == ()


def test_what_is_float32_is_not_copied() -> None:
    tensor = np.zeros((2, 3), np.float32)
    assert finite_float32({"a": tensor}, FILE)["a"] is tensor


@pytest.mark.parametrize("number", [np.nan, -np.inf, 1e300])
def test_numbers_that_are_not_finite_as_float32(number: float) -> None:
    with pytest.raises(CheckpointMismatchError, match=r"a\.pkl: the tensor b contains NaN or infinity"):
        finite_float32({"a": np.zeros(1), "b": np.array([0, number])}, FILE)
