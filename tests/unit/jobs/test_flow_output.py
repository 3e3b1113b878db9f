from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.jobs import FORMAT, FakeNetwork

from midframe.detection.rules import PairRules
from midframe.engines.flow_fields import MotionField
from midframe.errors import WriteError
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.run import run_job
from midframe.runtime.events import Reporter

MakeJob = Callable[..., ResolvedJob]


class Keeper:
    """Remembers what it is given, and which frames were in place by then."""

    def __init__(self, output: Path, failing: int | None = None) -> None:
        self.kept: dict[int, tuple[Fraction, MotionField]] = {}
        self.late: list[int] = []
        self._output = output
        self._failing = failing
        self.settings: dict[str, object] = {"flow_out": "there"}

    def keep(self, number: int, time: Fraction, field: MotionField) -> None:
        if number == self._failing:
            raise WriteError("full")
        if (self._output / f"{number:07d}.png").exists():
            self.late.append(number)
        self.kept[number] = time, field


def test_every_drawn_frame_has_its_motion_and_no_other_frame_has(
    make_job: MakeJob, network: FakeNetwork, tmp_path: Path
) -> None:
    keeper = Keeper(tmp_path / "out")
    # The second pair stands still.
    run_job(make_job([0, 40, 40, 80]), network, Reporter(), motions=keeper)
    assert {number: time for number, (time, _) in sorted(keeper.kept.items())} == {
        number: Fraction(number % 4, 4) for number in (1, 2, 3, 9, 10, 11)
    }
    for time, field in keeper.kept.values():
        assert field.left_share == pytest.approx(np.full((FORMAT.height, FORMAT.width), 1 - float(time)))
    assert not keeper.late, "a frame without its motion cannot be told from one whose motion is still to come"


def test_frames_are_the_same_with_and_without(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    job = make_job([0, 40, 80])
    run_job(job, network, Reporter(), motions=Keeper(tmp_path / "out"))
    with_motion = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    run_job(job, network, Reporter())
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == with_motion


def test_replaced_repetitions_have_motion(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "out")
    rules = PairRules(cuts="off", dedup=True)
    run_job(make_job([0, 0, 40, 40, 80, 80], factor=Fraction(1), rules=rules), network, Reporter(), motions=keeper)
    assert keeper.kept
    assert all(time == Fraction(1, 2) for time, _ in keeper.kept.values())


def test_motion_that_cannot_be_kept_ends_the_job_before_its_frame(
    make_job: MakeJob, network: FakeNetwork, tmp_path: Path
) -> None:
    with pytest.raises(WriteError, match="full"):
        run_job(make_job([0, 40, 80]), network, Reporter(), motions=Keeper(tmp_path / "out", failing=2))
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["0000000.png", "0000001.png"]
