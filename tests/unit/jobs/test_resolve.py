from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from midframe.detection.rules import PairRules
from midframe.errors import InputError, OptionError, OutputExistsError, SequenceError
from midframe.jobs.options import JobOptions, default_output
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.jobs.time import TimeOptions
from midframe.media.images.folder_sink import FolderPlan
from midframe.timing.timeline import OpenTimeline, Timeline

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
    assert "Frame number 1 is missing." in " ".join(job.notes)
    assert "`gaps=fill`" in " ".join(job.notes)


def numbered_job(make_job: MakeJob, tmp_path: Path, numbers: list[int], **options: Any) -> ResolvedJob:
    """A job on frames with these numbers in their names."""
    make_job([1] * len(numbers))
    for index, number in reversed([*enumerate(numbers)]):
        (tmp_path / "in" / f"{index:04d}.png").rename(tmp_path / "in" / f"f_{number:04d}.png")
    return resolve_job(JobOptions(tmp_path / "in", tmp_path / "out", **options))


class TestGaps:
    @pytest.mark.parametrize(
        ("numbers", "factor", "pairs"),
        [
            ([1, 2, 5], 1, [[0], [1, (1, 3), (2, 3)], [4]]),
            ([1, 2, 5], 2, [[0, (1, 2)], [2, (1, 6), (1, 3), (1, 2), (2, 3), (5, 6)], [8]]),
            ([0, 10, 30], 1, [[0], [1, (1, 2)], [3]]),
        ],
    )
    def test_filled_frames_stand_where_their_numbers_say(
        self, make_job: MakeJob, tmp_path: Path, numbers: list[int], factor: int, pairs: list[list[Any]]
    ) -> None:
        job = numbered_job(make_job, tmp_path, numbers, factor=Fraction(factor), time=TimeOptions(gaps="fill"))
        timeline = job.timeline
        assert not isinstance(timeline, OpenTimeline)
        for slots, (first, *times) in zip((timeline.pair(0), timeline.pair(1), timeline.tail), pairs, strict=True):
            assert (slots.first, slots.starts_on_source) == (first, True)
            assert slots.times == tuple(Fraction(*time) for time in times)
        assert any("missing numbers" in note for note in job.notes)

    def test_nothing_changes_where_no_number_is_missing(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = numbered_job(make_job, tmp_path, [3, 4, 5], factor=Fraction(2), time=TimeOptions(gaps="fill"))
        assert job.timeline == Timeline(3, Fraction(2))

    def test_names_without_numbers_are_refused(self, make_job: MakeJob, tmp_path: Path) -> None:
        make_job([1, 2])
        for name, other in (("0000", "a"), ("0001", "b")):
            (tmp_path / "in" / f"{name}.png").rename(tmp_path / "in" / f"{other}.png")
        with pytest.raises(OptionError, match="not numbered consistently") as caught:
            resolve_job(JobOptions(tmp_path / "in", tmp_path / "out", time=TimeOptions(gaps="fill")))
        assert caught.value.option == "gaps"


class TestPictures:
    def test_pictures_named_one_by_one_are_one_sequence(self, make_job: MakeJob, tmp_path: Path) -> None:
        make_job([1, 2, 3, 4])
        files = tuple(tmp_path / "in" / f"{number:04d}.png" for number in (3, 0))
        with resolve_job(JobOptions(files)) as job:
            assert job.source.files == files
            assert job.path == tmp_path / "in" / "0003-0000_2x"
            assert job.input == f"{files[0]}, {files[1]}"
            assert job.notes == ()

    def test_two_pictures_are_no_cut(self, make_job: MakeJob) -> None:
        assert make_job([0, 250], rules=PairRules(), interpolate_two=True).rules.cuts == "off"

    @pytest.mark.parametrize(("values", "said"), [([0, 250], False), ([0, 250, 10], True)])
    def test_cuts_are_looked_for_where_asked_and_in_sequences(
        self, make_job: MakeJob, values: list[int], said: bool
    ) -> None:
        assert make_job(values, rules=PairRules(), interpolate_two=said).rules.cuts == "hold"


class TestNamesOfSources:
    def test_names_and_numbers_are_kept(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = numbered_job(make_job, tmp_path, [7, 8, 9], factor=Fraction(5, 2), name="{stem}_{:02d}")
        assert isinstance(job.output, FolderPlan)
        assert [job.output.name(index) for index in range(job.timeline.count or 0)] == [
            "f_0007_00.png", "f_0007_01.png", "f_0007_02.png", "f_0008_01.png", "f_0008_02.png", "f_0009_00.png",
        ]  # fmt: skip

    def test_part_of_the_input(self, make_job: MakeJob, tmp_path: Path) -> None:
        time = TimeOptions(start=Fraction(1, 24))
        job = numbered_job(make_job, tmp_path, [7, 8, 9], factor=Fraction(2), name="{stem}_{:d}.png", time=time)
        assert job.output.planned_names() == ("f_0008_0.png", "f_0009_0.png")

    def test_equal_names_are_refused(self, make_job: MakeJob, tmp_path: Path) -> None:
        make_job([1, 2])
        (tmp_path / "in" / "b").mkdir()
        other = (tmp_path / "in" / "0000.png").rename(tmp_path / "in" / "b" / "0001.png")
        with pytest.raises(OptionError, match="frames of this input have no names"):
            resolve_job(JobOptions((tmp_path / "in" / "0001.png", other), name="{stem}_{:d}.png"))


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
