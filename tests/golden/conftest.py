from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.support.golden import GoldenArray


@pytest.fixture(scope="session")
def golden() -> Mapping[str, GoldenArray]:
    """Outputs of the published code, and the pictures they were drawn from."""
    with np.load(Path(__file__).parent / "data" / "ifnet_golden.npz") as archive:
        return dict(archive)
