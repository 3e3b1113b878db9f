"""The public job: what people write, and what becomes of it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from midframe import Job
from midframe.errors import InputError, OptionError
from midframe.jobs.disk_guard import KeepFree
from midframe.jobs.options import JobOptions
from midframe.jobs.time import TimeOptions


def test_defaults_are_those_of_the_options() -> None:
    assert Job("shots").options == JobOptions("shots")


def test_what_is_written_is_read_exactly() -> None:
    options = Job(
        "clip.mp4",
        "out.mp4",
        fps="59.94",
        start_time="1:30",
        end_time=95.5,
        source_fps=None,
        keep_free="10G",
        static_threshold="off",
        cuts="blend",
        codec="h265",
        crf=20,
        raw_input="64x48:gray:25",
    ).options
    assert options.output == Path("out.mp4")
    assert options.time == TimeOptions(fps=Fraction(60000, 1001), start=Fraction(90), end=Fraction(191, 2))
    assert options.keep_free == KeepFree(0.0, 10**10)
    assert (options.rules.static_threshold, options.rules.cuts) == (None, "blend")
    assert (options.encoding.codec, options.encoding.quality) == ("h265", 20)
    assert options.raw_input is not None
    assert (options.raw_input.width, options.raw_input.pixels, options.raw_input.rate) == (64, "gray", Fraction(25))


@pytest.mark.parametrize(("source", "said"), [(12, "not 12."), (Job("shots"), "`Session.run` takes a `Job`.")])
def test_what_is_no_source(source: Any, said: str) -> None:
    with pytest.raises(OptionError, match="takes a path, a pattern or a list of pictures") as caught:
        Job(source)
    assert str(caught.value).endswith(said)
    assert caught.value.option == "source"


@pytest.mark.parametrize(
    ("given", "factor"),
    [
        ({}, Fraction(2)),
        ({"factor": 2.5}, Fraction(5, 2)),
        ({"factor": "5/2"}, Fraction(5, 2)),
        ({"factor": Fraction(7, 3)}, Fraction(7, 3)),
        ({"insert": 3}, Fraction(4)),
        ({"insert": 0}, Fraction(1)),
    ],
)
def test_factors(given: dict[str, Any], factor: Fraction) -> None:
    assert Job("shots", **given).options.factor == factor


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"factor": 0.5}, "factor"),
        ({"factor": "x"}, "factor"),
        ({"insert": -1}, "insert"),
        ({"factor": 2, "insert": 1}, "insert"),
        ({"fps": 60, "factor": 2}, "fps"),
        ({"fps": 60, "insert": 1}, "fps"),
        ({"fps": "many"}, "fps"),
        ({"fps": 0}, "fps"),
        ({"source_fps": "x"}, "source_fps"),
        ({"start_time": "soon"}, "start_time"),
        ({"end_time": "-1"}, "end_time"),
        ({"end": "later"}, "end"),
        ({"mode": "sideways"}, "mode"),
        ({"cuts": "maybe"}, "cuts"),
        ({"cut_threshold": 2.0}, "cut_threshold"),
        ({"static_threshold": "on"}, "static_threshold"),
        ({"static_threshold": 0.0}, "static_threshold"),
        ({"slowmo_audio": "loud"}, "slowmo_audio"),
        ({"vfr": "odd"}, "vfr"),
        ({"on_damage": "weep"}, "on_damage"),
        ({"factor": "1e400"}, "factor"),
        ({"factor": "1e9999999999"}, "factor"),
        ({"factor": 1_000_001}, "factor"),
        ({"insert": 1_000_000}, "insert"),
        ({"insert": 1.5}, "insert"),
        ({"insert": "3"}, "insert"),
        ({"fps": "1e400"}, "fps"),
        ({"fps": "2e6"}, "fps"),
        ({"start_time": "1e9999999999"}, "start_time"),
        ({"keep_free": "101%"}, "keep_free"),
        ({"keep_free": "x"}, "keep_free"),
        ({"raw_input": "64:gray"}, "raw_input"),
        ({"raw_input": "16384x16384:yuv420p10le"}, "raw_input"),
        ({"source_fps": "1e-9"}, "source_fps"),
        ({"raw_input": "64x48:no_such_pixels"}, "raw_input"),
        ({"flow_folder": "flow", "flow_format": "gif"}, "flow_format"),
        ({"flow_folder": "flow", "flow_largest": 0.0}, "flow_largest"),
    ],
    ids=str,
)
def test_wrong_values_are_refused_by_their_names(given: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        Job("shots", **given)
    assert caught.value.option == option
    assert "--" not in str(caught.value)


def test_it_is_frozen_and_can_be_changed_by_making_another() -> None:
    job = Job("shots", factor=4)
    with pytest.raises(FrozenInstanceError):
        job.factor = 2  # type: ignore[misc]
    assert replace(job, overwrite=True).options == replace(job.options, overwrite=True)
    assert job == Job("shots", factor=4)


def test_it_prints_what_was_given() -> None:
    assert repr(Job("shots", factor="5/2", overwrite=True)) == "Job('shots', factor='5/2', overwrite=True)"
    assert repr(Job("clip.mp4", "out.mp4")) == "Job('clip.mp4', output='out.mp4')"


class TestSeveralInputs:
    @pytest.fixture(autouse=True)
    def _videos(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("a.mp4", "b.mp4"):
            (tmp_path / name).touch()
        (tmp_path / "results").mkdir()

    def test_each_has_an_output_beside_it_or_in_the_folder(self) -> None:
        assert [job.options.output for job in Job.for_each(["a.mp4", "b.mp4"])] == [
            Path("a_2x.mp4"),
            Path("b_2x.mp4"),
        ]
        jobs = Job.for_each(["a.mp4", "b.mp4"], "results", factor=3, report="reports", flow_folder="flow")
        assert [job.options.output for job in jobs] == [Path("results/a_3x.mp4"), Path("results/b_3x.mp4")]
        assert [job.options.report for job in jobs] == [Path("reports/a_3x.mp4.json"), Path("reports/b_3x.mp4.json")]
        assert [job.options.flow.folder for job in jobs if job.options.flow] == [Path("flow/a_3x"), Path("flow/b_3x")]

    def test_any_kind_of_collection_or_a_single_path(self) -> None:
        assert [job.input for job in Job.for_each(Path(name) for name in ("a.mp4", "b.mp4"))] == ["a.mp4", "b.mp4"]
        assert [job.input for job in Job.for_each("a.mp4")] == ["a.mp4"]

    def test_the_same_input_in_two_spellings(self, tmp_path: Path) -> None:
        with pytest.raises(OptionError, match="Two inputs would both be written"):
            Job.for_each(["a.mp4", tmp_path / "a.mp4"])

    @pytest.mark.parametrize(
        ("sources", "output", "option"),
        [
            (["a.mp4", "a_2x.mp4"], None, "output"),
            (["a_2x.mp4", "a.mp4"], None, "output"),
            (["a.mp4", "results/a_2x.mp4"], "results", "output"),
            (["shots", "shots_2x"], None, "output"),
            (["shots", "shots_2x/*.png"], None, "output"),
            (["shots/", "link"], None, "output"),
        ],
        ids=str,
    )
    def test_an_output_that_is_another_input_is_refused(
        self, tmp_path: Path, sources: list[str], output: str | None, option: str
    ) -> None:
        for name in ("a_2x.mp4", "results/a_2x.mp4"):
            (tmp_path / name).touch()
        for name in ("shots", "shots_2x"):
            (tmp_path / name).mkdir()
        (tmp_path / "link").symlink_to("shots_2x", target_is_directory=True)
        with pytest.raises(OptionError, match="would be written to, and is the input") as caught:
            Job.for_each(sources, output)
        assert caught.value.option == option

    def test_names_with_signs_in_them_are_names(self, tmp_path: Path) -> None:
        names = ["[Group] Show - 01 [1080p].mp4", "[Group] Show - 02 [1080p].mp4", "100% real.mp4", "#1 @ $F.mp4"]
        for name in names:
            (tmp_path / name).touch()
        assert [str(job.output) for job in Job.for_each(names)] == [name.replace(".mp4", "_2x.mp4") for name in names]

    def test_a_single_one_takes_output_and_report_as_they_are(self) -> None:
        (job,) = Job.for_each(["a.mp4"], "out.mp4", report="report.json")
        assert (job.options.output, job.options.report) == (Path("out.mp4"), Path("report.json"))

    @pytest.mark.parametrize(
        ("sources", "output", "options", "option"),
        [
            (["-", "a.mp4"], None, {}, "source"),
            (["a.mp4", "b.mp4"], "-", {}, "output"),
            (["a.mp4", "b.mp4"], "out.mp4", {}, "output"),
            (["a.mp4", "./a.mp4"], "results", {}, "output"),
            (["a.mp4", "b.mp4"], None, {"name": "x_{:03d}.png"}, "name"),
            (["a.mp4", "b.mp4"], None, {"report": "report.json"}, "report"),
            (["a.mp4", "x/a.mp4"], None, {"report": "reports"}, "report"),
            (["a.mp4", "x/a.mp4"], None, {"flow_folder": "flow"}, "flow_folder"),
            ([], None, {}, "source"),
        ],
        ids=str,
    )
    def test_what_cannot_be(self, sources: list[str], output: str | None, options: dict[str, Any], option: str) -> None:
        with pytest.raises(InputError) as caught:
            Job.for_each(sources, output, **options)
        assert caught.value.option == option

    def test_single_images_are_the_frames_of_one_job(self, tmp_path: Path) -> None:
        names = [tmp_path / name for name in ("1.png", "2.png")]
        for name in names:
            name.touch()
        (job,) = Job.for_each(names, "out", factor=3)
        assert job.source == tuple(names)
        assert job.input == f"{names[0]}, {names[1]}"
        assert len(Job.for_each([*names, tmp_path])) == 3

    def test_one_picture_is_not_enough(self) -> None:
        with pytest.raises(OptionError, match="At least two pictures"):
            Job([Path("1.png")])
