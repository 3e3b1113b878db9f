from __future__ import annotations

import shutil
import time
from collections import namedtuple
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.jobs import FakeNetwork

from midframe.jobs.plan import preflight
from midframe.jobs.resolve import ResolvedJob

MakeJob = Callable[..., ResolvedJob]


def test_figures_of_a_job(make_job: MakeJob, tmp_path: Path, network: FakeNetwork) -> None:
    job = make_job([0, 50, 100], factor=Fraction(4), start_number=3)
    plan = preflight(job, network)
    assert (plan.sources, plan.outputs, plan.synthesised) == (3, 9, 6)
    assert (plan.format, plan.codec, plan.end) == ("12×9 RGB uint8", "PNG", "drop")
    assert (plan.output, plan.first_name, plan.last_name) == (str(tmp_path / "out"), "0000003.png", "0000011.png")
    assert plan.disk_bytes == 3 * sum(file.stat().st_size for file in (tmp_path / "in").iterdir())
    assert plan.free_bytes > 0
    assert plan.device == "fake"
    assert plan.seconds is not None
    assert plan.seconds > 0
    assert not (tmp_path / "out").exists()


def test_only_the_first_pair_is_tried(make_job: MakeJob, network: FakeNetwork) -> None:
    preflight(make_job([0, 50, 100, 150], factor=Fraction(2)), network)
    assert network.made == 1
    assert network.engine.estimated == 2


def test_preparing_the_engine_counts(make_job: MakeJob, network: FakeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    make_engine = FakeNetwork.make_engine

    def slow(*given: Any) -> Any:
        time.sleep(0.2)
        return make_engine(*given)

    monkeypatch.setattr(FakeNetwork, "make_engine", slow)
    plan = preflight(make_job([0, 50]), network)
    assert plan.seconds is not None
    assert plan.seconds > 0.2


def test_a_few_frames_of_a_thousand_are_tried(make_job: MakeJob, network: FakeNetwork) -> None:
    plan = preflight(make_job([0, 50, 100], factor=Fraction(1000)), network)
    assert network.engine.estimated == 5
    assert plan.seconds is not None


@pytest.mark.parametrize("mode", ["direct", "recursive", "bisect"])
def test_every_mode_can_be_tried(make_job: MakeJob, network: FakeNetwork, mode: str) -> None:
    assert preflight(make_job([0, 50], factor=Fraction(8), mode=mode), network).seconds is not None


def test_without_a_network_there_is_no_time(make_job: MakeJob) -> None:
    plan = preflight(make_job([0, 50]), None)
    assert (plan.seconds, plan.device) == (None, None)


def test_factor_1_tries_nothing(make_job: MakeJob, network: FakeNetwork) -> None:
    plan = preflight(make_job([0, 50], factor=Fraction(1)), network)
    assert (plan.seconds, plan.device, plan.synthesised) == (None, None, 0)
    assert network.made == 0


def test_full_disk_is_said(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100, 90, 10))
    plan = preflight(make_job([0, 50]), None)
    assert plan.free_bytes == 10
    assert any("only 0 MB are free" in note for note in plan.notes)


def test_notes_of_the_network_are_passed_on(make_job: MakeJob) -> None:
    assert (
        "Python files are ignored." in preflight(make_job([0, 50]), FakeNetwork(("Python files are ignored.",))).notes
    )
