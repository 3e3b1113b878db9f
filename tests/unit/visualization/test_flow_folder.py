from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.jobs import FakeNetwork, StopError, frame, stopping

from midframe.detection.rules import PairRules
from midframe.errors import OptionError, OutputExistsError, ResumeError, WriteError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.jobs.run import run_job
from midframe.media.flow_files import read_npz
from midframe.media.images.codecs import codec_for
from midframe.runtime.events import Reporter
from midframe.visualization.flow_folder import FlowFolder, FlowFormat, FlowOutputOptions, plan_flow_folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for index, value in enumerate((0, 60, 120, 180)):
        codec_for(Path("a.png")).write(folder / f"{index}.png", frame(value))
    return folder


def job_of(source: Path, **options: object) -> ResolvedJob:
    settings: dict[str, object] = {"output": source.parent / "out", "rules": PairRules(cuts="off"), **options}
    return resolve_job(JobOptions(source, **settings))  # type: ignore[arg-type]


def folder_of(options: FlowOutputOptions, job: ResolvedJob, *, overwrite: bool) -> FlowFolder:
    """The flow folder of a job, checked as sessions check it."""
    return plan_flow_folder(
        options,
        mode=job.mode,
        taken=[*(path.parent for path in job.source.image_files), job.path],
        name_of=job.output.frame_stem,
        overwrite=overwrite,
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("png", ["s_11.png", "s_13.png", "s_15.png"]),
        ("npz", ["s_11.npz", "s_13.npz", "s_15.npz"]),
        ("flo", [f"s_{number}_t{end}.flo" for number in (11, 13, 15) for end in (0, 1)]),
    ],
)
def test_files_have_the_names_of_the_frames(source: Path, tmp_path: Path, kind: FlowFormat, wanted: list[str]) -> None:
    job = job_of(source, name="s_{:d}.tif", start_number=10)
    options = FlowOutputOptions(tmp_path / "deep" / "flow", kind)
    run_job(job, FakeNetwork(), Reporter(), motions=folder_of(options, job, overwrite=False))
    assert names(tmp_path / "deep" / "flow") == wanted
    assert set(wanted).isdisjoint(names(tmp_path / "out"))


def test_outputs_in_one_file_count_from_zero(source: Path, tmp_path: Path) -> None:
    job = job_of(source, output=tmp_path / "out.mkv")
    motions = folder_of(FlowOutputOptions(tmp_path / "flow", "npz"), job, overwrite=False)
    run_job(job, FakeNetwork(), Reporter(), motions=motions)
    assert names(tmp_path / "flow") == ["0000001.npz", "0000003.npz", "0000005.npz"]


def test_an_interrupted_job_goes_on_with_its_motion(source: Path, tmp_path: Path) -> None:
    options = FlowOutputOptions(tmp_path / "flow", "npz")
    job = job_of(source, resume=True, factor=Fraction(3))
    with pytest.raises(StopError):
        run_job(
            job,
            FakeNetwork(),
            Reporter([stopping(4)]),
            motions=folder_of(options, job, overwrite=True),
        )
    (tmp_path / "flow" / "0000001.npz").unlink()
    job = job_of(source, resume=True, factor=Fraction(3))
    run_job(job, FakeNetwork(), Reporter(), motions=folder_of(options, job, overwrite=True))
    # The first frame was finished before, and is not drawn again.
    assert names(tmp_path / "flow") == [f"{number:07d}.npz" for number in (2, 4, 5, 7, 8)]
    shares = [read_npz(path)["mask"][0, 0] for path in sorted((tmp_path / "flow").iterdir())]
    assert shares == pytest.approx([1 / 3, 2 / 3, 1 / 3, 2 / 3, 1 / 3])


def test_a_job_does_not_go_on_without_the_motion_it_began_with(source: Path, tmp_path: Path) -> None:
    job = job_of(source, resume=True)
    motions = folder_of(FlowOutputOptions(tmp_path / "flow"), job, overwrite=True)
    json.dumps(motions.settings)
    with pytest.raises(StopError):
        run_job(job, FakeNetwork(), Reporter([stopping(2)]), motions=motions)
    with pytest.raises(ResumeError, match="flow out"):
        run_job(job_of(source, resume=True), FakeNetwork(), Reporter())


def test_modes_that_draw_from_drawn_frames_are_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="`mode=direct`"):
        folder_of(FlowOutputOptions(tmp_path / "flow"), job_of(source, mode="bisect"), overwrite=False)


@pytest.mark.parametrize("place", ["in", "out", "file"])
def test_places_that_cannot_be(source: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OptionError, match="`flow_folder"):
        folder_of(FlowOutputOptions(tmp_path / place), job_of(source), overwrite=True)


def test_motion_that_is_there_is_not_replaced_unasked(source: Path, tmp_path: Path) -> None:
    (tmp_path / "flow").mkdir()
    (tmp_path / "flow" / "notes.txt").touch()
    options = FlowOutputOptions(tmp_path / "flow")
    folder_of(options, job_of(source), overwrite=False)
    (tmp_path / "flow" / "0000001_t0.flo").touch()
    with pytest.raises(OutputExistsError, match=r"0000001_t0\.flo"):
        folder_of(options, job_of(source), overwrite=False)
    folder_of(options, job_of(source), overwrite=True)


def test_a_folder_that_cannot_be_made(source: Path, tmp_path: Path) -> None:
    job = job_of(source)
    motions = folder_of(FlowOutputOptions(tmp_path / "file" / "flow"), job, overwrite=False)
    (tmp_path / "file").write_bytes(np.zeros(3).tobytes())
    with pytest.raises(WriteError, match="cannot be created"):
        run_job(job, FakeNetwork(), Reporter(), motions=motions)
