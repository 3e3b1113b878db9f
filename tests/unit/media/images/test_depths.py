"""Samples of fewer bits, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from midframe.media.images.depths import gathered, spread


@pytest.mark.parametrize(
    ("largest", "dtype"),
    [(1, "uint8"), (3, "uint8"), (15, "uint8"), (255, "uint8"), (100, "uint8")]
    + [(bits, "uint16") for bits in (255, 511, 1000, 1023, 4095, 16383, 65535)],
)
def test_there_and_back_is_exact(largest: int, dtype: str) -> None:
    samples = np.arange(largest + 1).astype(dtype)
    wide = spread(samples, largest, np.dtype(dtype))
    assert (wide[0], wide[-1]) == (0, np.iinfo(dtype).max)
    np.testing.assert_array_equal(gathered(wide, largest), samples)
