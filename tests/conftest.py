"""Fixtures that every kind of test may use: real weights and real clips, fetched once into the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.media.clips import fetch_clip
from midframe.model.fetch import locate_model


@pytest.fixture(scope="session")
def real_checkpoint_425() -> Path:
    """The real weights of the 4.25 row."""
    return locate_model("4.25")


@pytest.fixture(scope="session")
def real_checkpoint_40() -> Path:
    """The real weights of the 4.0 row."""
    return locate_model("4.0")


@pytest.fixture(scope="session")
def bikes() -> Path:
    """640×272, 25 frames per second, 250 frames."""
    return fetch_clip("bikes")


@pytest.fixture(scope="session")
def bigbuckbunny() -> Path:
    """1280×720, 25 frames per second, 132 frames."""
    return fetch_clip("bigbuckbunny")
