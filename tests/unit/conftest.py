from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.jobs import FakeNetwork, frame

from midframe.detection.rules import PairRules
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.media.images.codecs import codec_for_suffix


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    """Whatever happens in a test, no thread of the pipeline outlives it."""
    yield
    alive = [thread.name for thread in threading.enumerate() if thread.name.startswith("midframe")]
    assert not alive


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork()


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., ResolvedJob]:
    """A job on real PNG files, one for each value: a grey flat of that brightness with a mark that moves."""

    def make(values: Sequence[int], suffix: str = ".png", **options: object) -> ResolvedJob:
        folder = tmp_path / "in"
        folder.mkdir()
        codec = codec_for_suffix(suffix)
        assert codec is not None
        for index, value in enumerate(values):
            codec.write(folder / f"{index:04d}{suffix}", frame(value, index))
        # Flats of different brightness would be cuts.
        options.setdefault("rules", PairRules(cuts="off"))
        settings: dict[str, object] = {"output": tmp_path / "out", "factor": Fraction(4), **options}
        return resolve_job(JobOptions(folder, **settings))  # type: ignore[arg-type]

    return make
