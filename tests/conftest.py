"""Fixtures that every kind of test may use: real weights and real clips, fetched once into the cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import settings

from midframe.engines.threads import set_threads, thread_count
from midframe.models.clips import fetch_clip
from midframe.models.fetch import locate_model

if TYPE_CHECKING:
    from tests.support.ray_cluster import RayNodes

TESTS = Path(__file__).parent
NETWORK_FIXTURES = {"real_checkpoint_425", "real_checkpoint_40", "bikes", "bigbuckbunny", "clip_frames"}
NETWORK_FOLDERS = {"e2e", "examples"}
"""The command line runs real weights there, as it does by default."""

BROWSER = pytest.mark.xdist_group("browser")
"""One browser at a time: where two run as root on two cores, their real-time threads can stop all other work."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs downloads, so that ``-m "not network"`` leaves it out, and what one process has to run."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        fixtures = getattr(item, "fixturenames", ())
        if folder in NETWORK_FOLDERS or not NETWORK_FIXTURES.isdisjoint(fixtures):
            item.add_marker(pytest.mark.network)
        if folder == "browser":
            item.add_marker(BROWSER)


# Time is measured in benchmarks; here a busy machine would fail what is right.
settings.register_profile("midframe", deadline=None)
settings.load_profile("midframe")


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


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[RayNodes]:
    """Two nodes on this machine; starting them takes seconds, so all tests share them."""
    pytest.importorskip("ray", reason="Ray is not installed (pip install 'midframe[ray]')")
    from tests.support.ray_cluster import ray_nodes

    with ray_nodes() as nodes:
        yield nodes


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small are no faster on several threads, and several threads suffer on a busy machine.

    Set again for each test, because the command line sets what --threads says.
    """
    before = thread_count()
    set_threads(1)
    torch.set_num_threads(1)
    yield
    set_threads(before)
