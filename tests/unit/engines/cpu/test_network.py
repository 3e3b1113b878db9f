"""What stands in for several estimates, against their sum."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.engines import random_model
from tests.support.random_weights import narrow

from midframe.engines.cpu.estimates import CornerEstimate, Estimation, MotionArrays
from midframe.engines.cpu.kernels.library import Kernels, address
from midframe.engines.cpu.network import CpuNetwork


def random_estimate(height: int, width: int, factor: int, *, has_mask: bool) -> CornerEstimate:
    random = np.random.default_rng(factor)
    rows, columns = height // factor // 4 + 1, width // factor // 4 + 1
    corners = random.standard_normal((rows, columns, 16 * 13), np.float32)
    return CornerEstimate(corners, 4, 4 * (rows - 1), 4 * (columns - 1), factor, 1.5 * factor, has_mask)


def motion_of(kernels: Kernels, known: Estimation, height: int, width: int) -> MotionArrays:
    motion = MotionArrays.empty(height, width)
    kernels.motion(*known.arguments(), height, width, address(motion.flow), address(motion.mask), 2)
    return motion


@pytest.mark.parametrize("factors", [(16, 8, 4), (8, 4, 2, 1), (32, 4, 2), (4, 2)])
@pytest.mark.parametrize(("height", "width"), [(128, 256), (256, 128)])
def test_the_sum_of_coarse_estimates(kernels: Kernels, factors: tuple[int, ...], height: int, width: int) -> None:
    parts = [random_estimate(height, width, factor, has_mask=factor != 8) for factor in factors]
    expected = motion_of(kernels, Estimation(list(parts)), height, width)
    known = Estimation(list(parts))
    CpuNetwork(random_model(narrow("4.25")), kernels)._sum_coarse(known, height, width)
    coarse = [factor for factor in factors if factor >= 4]
    assert len(known.parts) == len(factors) - (len(coarse) - 1)
    found = motion_of(kernels, known, height, width)
    np.testing.assert_allclose(found.flow, expected.flow, atol=1e-4)
    np.testing.assert_allclose(found.mask, expected.mask, atol=1e-5)
