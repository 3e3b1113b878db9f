from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.full_disk import fill_disk
from tests.support.jobs import FakeNetwork, Recorder
from tests.support.scenes import clip

from midframe.detection.rules import CutHandling, PairRules
from midframe.errors import OptionError, WriteError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.run_report import RunReport
from midframe.media.images.codecs import codec_for
from midframe.runtime.events import FramePlaced, PairClassified, Reporter

MakeClip = Callable[..., ResolvedJob]


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    def make(script: str, **options: object) -> ResolvedJob:
        folder = tmp_path / "in"
        folder.mkdir()
        for frame in clip(script):
            path = folder / f"{frame.index}.png"
            codec_for(path).write(path, frame)
        options.setdefault("output", tmp_path / "out")
        return resolve_job(JobOptions(folder, **options))  # type: ignore[arg-type]

    return make


def origins(job: ResolvedJob, recorder: Recorder | None = None) -> list[str]:
    recorder = recorder or Recorder()
    run_job(job, FakeNetwork(), Reporter([recorder]))
    placed = [event for event in recorder.events if isinstance(event, FramePlaced)]
    assert [each.number for each in placed] == list(range(len(placed)))
    return [each.origin for each in placed]


@pytest.mark.parametrize(("cuts", "origin"), [("hold", "held_cut"), ("blend", "blended_cut"), ("off", "synthesised")])
def test_what_stands_at_a_cut(make_clip: MakeClip, cuts: CutHandling, origin: str) -> None:
    found = origins(make_clip("x0 x1 y0 y1", rules=PairRules(cuts=cuts)))
    assert found == ["copied", "synthesised", "copied", origin, "copied", "synthesised", "copied"]


@pytest.mark.parametrize("cuts", ["hold", "blend"])
def test_pixels_at_a_cut(make_clip: MakeClip, tmp_path: Path, cuts: CutHandling) -> None:
    run_job(make_clip("x0 x1 y0 y1", factor=Fraction(4), rules=PairRules(cuts=cuts)), FakeNetwork(), Reporter())
    left, *between, right = [
        codec_for(path).read(path).samples.astype(int) for path in sorted((tmp_path / "out").iterdir())[4:9]
    ]
    for share, frame in zip((0.25, 0.5, 0.75), between, strict=True):
        wanted = left if cuts == "hold" else (1 - share) * left + share * right
        assert np.abs(frame - wanted).max() <= 0.5


def test_repeated_frames_are_replaced_and_the_length_stays(make_clip: MakeClip) -> None:
    recorder = Recorder()
    found = origins(make_clip("x0 x0 x1 x1 x2", factor=Fraction(1), rules=PairRules(dedup=True)), recorder)
    assert found == ["copied", "replaced", "copied", "replaced", "copied"]
    (first, *_) = [event for event in recorder.events if isinstance(event, FramePlaced) and event.origin == "replaced"]
    assert (first.left, first.right, first.time) == (0, 2, Fraction(1, 2))


def test_every_pair_is_told(make_clip: MakeClip) -> None:
    recorder = Recorder()
    origins(make_clip("x0 x0 x1 y0"), recorder)
    told = [event for event in recorder.events if isinstance(event, PairClassified)]
    assert [(each.left, each.right, each.verdict) for each in told] == [
        (0, 1, "static"),
        (1, 2, "moving"),
        (2, 3, "cut"),
    ]
    assert all(0 <= (each.cut_score or 0) <= 1 for each in told)


class TestReport:
    def report(self, job: ResolvedJob, path: Path, network: FakeNetwork | None = None) -> dict[str, object]:
        network = network or FakeNetwork()
        run_job(job, network, Reporter([RunReport(path, job, network)]))
        found = json.loads(path.read_text())
        assert isinstance(found, dict)
        return found

    def test_tells_the_origin_of_every_frame(self, make_clip: MakeClip, tmp_path: Path) -> None:
        job = make_clip("x0 x1 y0 y0", end="hold")
        found = self.report(job, tmp_path / "deep" / "report.json")
        assert found["frames"] == [
            {"number": 0, "origin": "copied", "source": 0},
            {"number": 1, "origin": "synthesised", "left": 0, "right": 1, "time": "1/2"},
            {"number": 2, "origin": "copied", "source": 1},
            {"number": 3, "origin": "held_cut", "source": 1},
            {"number": 4, "origin": "copied", "source": 2},
            {"number": 5, "origin": "held_static", "source": 2},
            {"number": 6, "origin": "copied", "source": 3},
            {"number": 7, "origin": "held_end", "source": 3},
        ]
        assert found["finished"] is True
        assert (found["input"], found["output"]) == (str(tmp_path / "in"), str(tmp_path / "out"))
        assert [pair["verdict"] for pair in found["pairs"]] == ["cut", "static"]  # type: ignore[attr-defined]
        assert found["settings"]["factor"] == "2"  # type: ignore[index]
        assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["report.json"]

    def test_of_a_job_that_stops_tells_what_is_there(self, make_clip: MakeClip, tmp_path: Path) -> None:
        job = make_clip("x0 x1 x2 x3")
        last = tmp_path / "in" / "3.png"
        last.write_bytes(last.read_bytes()[:-30])
        with pytest.raises(Exception, match=r"3\.png"):
            self.report(job, tmp_path / "report.json")
        found = json.loads((tmp_path / "report.json").read_text())
        written = list((tmp_path / "out").glob("*.png"))
        assert found["finished"] is False
        assert found["summary"] is None
        assert len(found["frames"]) == len(written) == 4

    def test_that_cannot_be_written_costs_no_frame(
        self, make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = make_clip("x0 x1 x2")
        fill_disk(monkeypatch, "report")
        report = RunReport(tmp_path / "report.json", job, None)
        with pytest.raises(WriteError, match="No space left"):
            run_job(job, FakeNetwork(), Reporter([report]))
        assert len(list((tmp_path / "out").iterdir())) == 5
        assert not list(tmp_path.glob("report*"))

    def test_folders_are_refused(self, make_clip: MakeClip, tmp_path: Path) -> None:
        with pytest.raises(OptionError, match="is a folder") as caught:
            RunReport(tmp_path, make_clip("x0 x1"), None)
        assert caught.value.option == "report"
