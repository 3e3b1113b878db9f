"""Whole jobs with several workers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.executors import TroubledMaker
from tests.support.jobs import FakeNetwork, Recorder, frame

from midframe.detection.rules import PairRules
from midframe.errors import EngineError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.jobs.run import run_job
from midframe.media.images.codecs import codec_for
from midframe.runtime.events import Notice, Reporter

VALUES = (0, 40, 80, 80, 120, 160, 200, 240)


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[[str], ResolvedJob]:
    folder = tmp_path / "in"
    folder.mkdir()
    for index, value in enumerate(VALUES):
        path = folder / f"{index}.png"
        codec_for(path).write(path, frame(value, index))

    def make(name: str) -> ResolvedJob:
        options = JobOptions(folder, tmp_path / name, Fraction(4), rules=PairRules(cuts="off"))
        return resolve_job(options)

    return make


def network_of(*makers: TroubledMaker) -> FakeNetwork:
    network = FakeNetwork()
    network.makers = makers
    return network


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("[!.]*"))]


def test_several_workers_write_what_one_engine_writes(make_job: Callable[[str], ResolvedJob], tmp_path: Path) -> None:
    deaths = tmp_path / "deaths"
    deaths.mkdir()
    recorder, dying = Recorder(), TroubledMaker("death", 120, deaths)

    summary = run_job(make_job("several"), network_of(dying, dying), Reporter([recorder]))
    run_job(make_job("one"), FakeNetwork(), Reporter([]))

    assert files(tmp_path / "several") == files(tmp_path / "one")
    assert (summary.outputs, summary.synthesised, summary.held) == (29, 18, 3)
    assert summary.device == "2 × fake"
    assert 0 < summary.engine_seconds <= summary.seconds
    notes = [event.text for event in recorder.events if isinstance(event, Notice)]
    assert notes == ["The worker for fake died and was restarted (1×); no frames were lost."]


def test_frames_that_were_finished_stay_when_a_worker_keeps_dying(
    make_job: Callable[[str], ResolvedJob], tmp_path: Path
) -> None:
    deaths = tmp_path / "deaths"
    deaths.mkdir()
    dying = TroubledMaker("death", 160, deaths, 99)
    with pytest.raises(EngineError, match="worker for fake was ended by SIGKILL, even after 3 restarts"):
        run_job(make_job("several"), network_of(dying, dying), Reporter([]))
    assert len(list(deaths.iterdir())) == 4
    run_job(make_job("one"), FakeNetwork(), Reporter([]))
    # Five pairs come before the one that kills.
    assert files(tmp_path / "several") == files(tmp_path / "one")[:20]
