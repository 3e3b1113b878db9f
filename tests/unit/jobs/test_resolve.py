from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from midframe.detection.rules import PairRules
from midframe.errors import InputError, OptionError, OutputExistsError, SequenceError
from midframe.jobs.options import JobOptions, default_output
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.timing.timeline import Timeline

MakeJob = Callable[..., ResolvedJob]


def test_everything_is_resolved_and_nothing_is_created(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job([1, 2, 3], factor=Fraction(5, 2), end="hold", name="shot_{:05d}.png", start_number=7)
    assert (job.source.length, job.source.codec_name) == (3, "PNG")
    assert isinstance(job.timeline, Timeline)
    assert (job.timeline.sources, job.timeline.factor, job.timeline.end) == (3, Fraction(5, 2), "hold")
    assert (job.mode, job.rules) == ("direct", PairRules(cuts="off"))
    assert job.path == tmp_path / "out"
    assert job.output.planned_names() == ("shot_00007.png", "shot_00014.png")
    assert job.needs_network
    assert not (tmp_path / "out").exists()


def test_factor_1_needs_no_network(make_job: MakeJob) -> None:
    assert not make_job([1, 2, 3], factor=Fraction(1)).needs_network


def test_notes_of_the_source_are_passed_on(make_job: MakeJob, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.txt").write_text("hello")
    (tmp_path / "in").rename(tmp_path / "notes")
    make_job([1, 2, 3])
    (tmp_path / "notes" / "readme.txt").rename(tmp_path / "in" / "readme.txt")
    (tmp_path / "in" / "0001.png").unlink()
    job = resolve_job(JobOptions(tmp_path / "in", tmp_path / "out"))
    assert "readme.txt" in " ".join(job.notes)
    assert "Frame numbers 1 are missing (1 in all)" in " ".join(job.notes)


def test_output_beside_the_input_by_default(make_job: MakeJob, tmp_path: Path) -> None:
    assert make_job([1, 2], output=None, factor=Fraction(2)).path == tmp_path / "in_2x"


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_static_threshold_out_of_range(threshold: float) -> None:
    with pytest.raises(OptionError, match="`static_threshold`"):
        PairRules(threshold)


@pytest.mark.parametrize("threshold", [None, 1e-6, 1.0])
def test_static_threshold_in_range(make_job: MakeJob, threshold: float | None) -> None:
    assert make_job([1, 2], rules=PairRules(threshold)).rules.static_threshold == threshold


def test_factor_below_1(make_job: MakeJob) -> None:
    with pytest.raises(OptionError, match="at least 1"):
        make_job([1, 2], factor=Fraction(1, 2))


@pytest.mark.parametrize("values", [[], [1]])
def test_too_few_frames(make_job: MakeJob, values: list[int]) -> None:
    with pytest.raises(SequenceError):
        make_job(values)


def test_output_equal_to_input(make_job: MakeJob, tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match="is the folder of the input"):
        make_job([1, 2], output=tmp_path / "in")


def test_output_that_has_frames(make_job: MakeJob, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0.png").write_bytes(b"x")
    with pytest.raises(OutputExistsError, match=r"0\.png"):
        make_job([1, 2])
    assert resolve_job(JobOptions(tmp_path / "in", tmp_path / "out", overwrite=True)).path == tmp_path / "out"


def test_missing_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        resolve_job(JobOptions(tmp_path / "nowhere", tmp_path / "out"))


@pytest.mark.parametrize(
    ("source", "factor", "wanted"),
    [
        ("shots", "2", "shots_2x"),
        ("shots/", "2", "shots_2x"),
        ("v1.5", "4", "v1.5_4x"),
        ("shots/*.png", "2", "shots_2x"),
        ("shots/f_%04d.png", "2", "shots_2x"),
        ("shots/f_[0-9].png", "2", "shots_2x"),
        ("stack.tif", "2", "stack_2x.tif"),
        ("stack.v2.tiff", "5/2", "stack.v2_2.5x.tiff"),
        ("shots", "5/2", "shots_2.5x"),
        (".", "2", "work_2x"),
        ("*.png", "2", "work_2x"),
        ("shots/..", "3", "work_3x"),
    ],
)
def test_default_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, factor: str, wanted: str) -> None:
    work = tmp_path / "work"
    for folder in ("shots", "v1.5"):
        (work / folder).mkdir(parents=True)
    monkeypatch.chdir(work)
    found = default_output(source, Fraction(factor))
    assert found.name == wanted
    beside = tmp_path if wanted.startswith("work") else work
    assert found.absolute().resolve().parent == beside.resolve()


def test_default_output_of_a_link_is_named_after_the_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "real").mkdir(parents=True)
    (tmp_path / "shots").symlink_to(tmp_path / "elsewhere" / "real")
    assert default_output(tmp_path / "shots", Fraction(2)) == tmp_path / "shots_2x"
