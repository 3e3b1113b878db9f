"""Jobs in which something was chosen for single pairs."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.errors import OptionError, ResumeError
from midframe.jobs.choices import Choices, InputFacts, PairChoice, pair_names
from midframe.jobs.job import Job
from midframe.jobs.run import run_job
from midframe.jobs.run_report import RunReport
from midframe.media.video import read_rgb_frames
from midframe.runtime.events import FramePlaced, JobSummary, PairClassified, Reporter

BLACK, WHITE = 40, 200


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Eight frames, numbered 10, 11, ..., in which a bar moves."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for index in range(8):
        picture = np.full((36, 48, 3), BLACK, np.uint8)
        picture[8:28, 4 + 4 * index : 14 + 4 * index] = WHITE
        Image.fromarray(picture).save(folder / f"shot_{10 + index:04d}.png")
    return folder


def carried_out(job: Job, *, report: Path | None = None) -> tuple[JobSummary, Recorder]:
    resolved = job.open()
    recorder = Recorder()
    listeners: list[Any] = [recorder]
    network = FakeNetwork()
    if report is not None:
        listeners.append(RunReport(report, resolved, network))
    return run_job(resolved, network, Reporter(listeners)), recorder


def pictures(folder: Path) -> list[NDArray[np.uint8]]:
    return [np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))]


def origins(recorder: Recorder) -> list[str]:
    return [event.origin for event in recorder.events if isinstance(event, FramePlaced)]


def chosen(*pairs: PairChoice) -> Choices:
    return Choices(pairs)


def test_each_choice_does_what_it_says(shots: Path, tmp_path: Path) -> None:
    choices = chosen(
        PairChoice(frame=11, choice="hold"),
        PairChoice(frame=12, choice="blend"),
        PairChoice(frame=13, choice="cut"),
        PairChoice(frame=14, flow_scale=0.5),
    )
    summary, recorder = carried_out(Job(shots, tmp_path / "out", choices=choices))
    found, given = pictures(tmp_path / "out"), pictures(shots)
    assert origins(recorder)[1::2] == [
        *("synthesised", "held_choice", "blended_choice", "held_cut", "synthesised", "synthesised", "synthesised"),
    ]
    np.testing.assert_array_equal(found[3], given[1])
    np.testing.assert_allclose(found[5], (given[2].astype(float) + given[3]) / 2, atol=0.51)
    np.testing.assert_array_equal(found[7], given[3])
    # Frames of the fake engine are multiplied by the flow scale.
    np.testing.assert_allclose(found[9], (given[4].astype(float) + given[5]) / 4, atol=0.51)
    np.testing.assert_allclose(found[11], (given[5].astype(float) + given[6]) / 2, atol=0.51)
    assert (summary.held, summary.blended, summary.cuts, summary.synthesised) == (2, 1, 1, 4)


def test_a_cut_is_what_the_job_makes_of_cuts(shots: Path, tmp_path: Path) -> None:
    for cuts, origin in (("hold", "held_cut"), ("blend", "blended_cut"), ("off", "held_cut")):
        job = Job(shots, tmp_path / cuts, cuts=cuts, choices=chosen(PairChoice(frame=10, choice="cut")))  # type: ignore[arg-type]
        assert origins(carried_out(job)[1])[1] == origin


def test_interpolating_overrules_what_was_detected(tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    rng = np.random.default_rng(0)
    scenes = rng.integers(0, 256, (2, 36, 48, 3), dtype=np.uint8)
    for index in range(6):
        Image.fromarray(scenes[index // 3]).save(folder / f"{index}.png")
    choices = chosen(PairChoice(frame=0), PairChoice(frame=2))
    assert origins(carried_out(Job(folder, tmp_path / "a"))[1])[1::2] == [
        *("held_static", "held_static", "held_cut", "held_static", "held_static"),
    ]
    assert origins(carried_out(Job(folder, tmp_path / "b", choices=choices))[1])[1::2] == [
        *("synthesised", "held_static", "synthesised", "held_static", "held_static"),
    ]


def test_pairs_keep_their_names_in_excerpts_gaps_and_loops(shots: Path, tmp_path: Path) -> None:
    (shots / "shot_0012.png").unlink()
    choices = chosen(PairChoice(frame=13, choice="hold"), PairChoice(frame=17, choice="blend"))
    job = Job(shots, tmp_path / "out", choices=choices, start_time="1/24", end="loop")
    _, recorder = carried_out(job)
    # Of 11, 13, 14, 15, 16, 17 and 11 again.
    assert origins(recorder)[1::2] == [
        *("synthesised", "held_choice", "synthesised", "synthesised", "synthesised", "blended_choice"),
    ]


def test_choices_for_pairs_that_are_not_used_are_noted(shots: Path, tmp_path: Path) -> None:
    choices = chosen(*(PairChoice(frame=frame, choice="hold") for frame in (10, 17, 30)), PairChoice(time=Fraction(3)))
    with Job(shots, tmp_path / "out", choices=choices, start_time="1/24").open() as job:
        notes = " ".join(job.notes)
        assert job.decisions.by_frame == {}
    assert "No pair of the input begins at frame 30, time 3; these choices are left out." in notes
    assert "pairs that the job does not use are left out: frame 10, frame 17." in notes


@pytest.mark.parametrize("time", ["1/5", "0.2003", "0:00.1997"])
def test_pairs_of_videos_are_named_by_time(tmp_path: Path, time: str) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 8, rate=Fraction(10), options={}, codec="ffv1")
    file = tmp_path / "choices.json"
    file.write_text(
        json.dumps({"format": "midframe-choices", "version": 1, "choices": [{"time": time, "choice": "hold"}]})
    )
    _, recorder = carried_out(Job(clip, tmp_path / "out.mkv", choices=file, start_time=0.1))
    held = [event.left for event in recorder.events if isinstance(event, FramePlaced) and event.origin == "held_choice"]
    assert held == [1]
    frames = list(read_rgb_frames(tmp_path / "out.mkv"))
    np.testing.assert_array_equal(frames[3], frames[2])


def test_all_pairs_have_names(shots: Path, tmp_path: Path) -> None:
    with Job(shots, tmp_path / "out").open() as job:
        source = job.whole_source.seekable
        assert source is not None
        assert [name.frame for name in pair_names(source)] == [10, 11, 12, 13, 14, 15, 16]
        assert InputFacts.of(source).name == "shots/shot_0010.png"
    clip = write_clip(tmp_path / "clip.mp4", 5, rate=Fraction(24000, 1001))
    with Job(clip, tmp_path / "out.mp4").open() as job:
        source = job.whole_source.seekable
        assert source is not None
        assert [name.time for name in pair_names(source)] == [index * Fraction(1001, 24000) for index in range(4)]
        facts = InputFacts.of(source)
        assert (facts.name, facts.frames, facts.bytes) == ("clip.mp4", 5, clip.stat().st_size)


def test_the_report_says_what_was_chosen(shots: Path, tmp_path: Path) -> None:
    choices = chosen(PairChoice(frame=11, choice="hold"), PairChoice(frame=12, quality="best"))
    carried_out(Job(shots, tmp_path / "out", choices=choices), report=tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["settings"]["choices"] == [
        {"frame": 11, "choice": "hold"},
        {"frame": 12, "choice": "interpolate", "quality": "best"},
    ]
    assert [(pair["left"], pair["choice"]) for pair in report["pairs"]] == [(1, "hold"), (2, "interpolate")]
    assert report["frames"][3]["origin"] == "held_choice"


def test_a_job_is_not_resumed_with_other_choices(shots: Path, tmp_path: Path) -> None:
    def job(*choices: PairChoice) -> Job:
        return Job(shots, tmp_path / "out", choices=chosen(*choices), resume=True)

    carried_out(job(PairChoice(frame=11, choice="hold")))
    assert carried_out(job(PairChoice(frame=11, choice="hold")))[0].resumed == 15
    with pytest.raises(ResumeError, match="choices"):
        carried_out(job(PairChoice(frame=11, choice="blend")))


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        (InputFacts(), False),
        (InputFacts("shots/shot_0010.png", 8, 48, 36), False),
        (InputFacts("shots/shot_0010.png", 6, 48, 36), False),
        (InputFacts("shots/shot_0010.png", 8, 64, 36), True),
        (InputFacts("other/0001.png"), True),
        (InputFacts("other/0001.png", bytes=3), True),
    ],
)
def test_choices_for_another_input_are_refused(shots: Path, tmp_path: Path, facts: InputFacts, refused: bool) -> None:
    job = Job(shots, tmp_path / "out", choices=Choices((PairChoice(frame=10),), facts))
    if not refused:
        with job.open() as resolved:
            assert resolved.decisions.by_frame
        return
    with pytest.raises(OptionError, match=r"are for .*, and the input is shots/shot_0010.png \(48×36, 8 frames\)"):
        job.open()


def test_a_renamed_input_is_recognised_and_a_changed_one_noted(shots: Path, tmp_path: Path) -> None:
    with Job(shots, tmp_path / "out").open() as resolved:
        facts = InputFacts.of(resolved.whole_source)
    assert facts.bytes
    shots.rename(tmp_path / "renamed")
    job = Job(tmp_path / "renamed", tmp_path / "out", choices=Choices((PairChoice(frame=10),), facts))
    with job.open() as resolved:
        assert not resolved.decisions.notes
    changed = InputFacts(bytes=facts.bytes + 1)
    with Job(tmp_path / "renamed", tmp_path / "out", choices=Choices((), changed)).open() as resolved:
        assert "has changed since the choices were made" in resolved.decisions.notes[0]


def test_one_file_is_for_one_input(shots: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="`choices` is for a single input"):
        Job.for_each([shots, tmp_path / "other"], choices=chosen(PairChoice(frame=10)))


def test_plans_and_previews_know_choices(shots: Path, tmp_path: Path) -> None:
    from midframe.jobs.preview import make_preview

    job = Job(shots, tmp_path / "out", choices=chosen(PairChoice(frame=11, choice="hold")))
    analysis = job.plan().analysis
    assert analysis is not None
    assert [pair.choice for pair in analysis.pairs] == [None, "hold", *[None] * 5]
    with job.open() as resolved:
        assert make_preview(resolved, FakeNetwork(), 1, "1/2").origin == "held_choice"
        assert make_preview(resolved, FakeNetwork(), 2, "1/2").origin == "synthesised"


def test_events_name_the_choice(shots: Path, tmp_path: Path) -> None:
    _, recorder = carried_out(Job(shots, tmp_path / "out", choices=chosen(PairChoice(frame=10, choice="cut"))))
    pairs = [event for event in recorder.events if isinstance(event, PairClassified)]
    assert [(pair.verdict, pair.choice) for pair in pairs[:2]] == [("cut", "cut"), ("moving", None)]


def test_a_mask_keeps_parts_of_source_frames(shots: Path, tmp_path: Path) -> None:
    mask = np.zeros((36, 48), np.uint8)
    mask[:, :20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    job = Job(shots, tmp_path / "out", mask=tmp_path / "mask.png", factor=4)
    carried_out(job, report=tmp_path / "report.json")
    carried_out(Job(shots, tmp_path / "plain", factor=4))
    found, plain, given = (pictures(folder) for folder in (tmp_path / "out", tmp_path / "plain", shots))
    for number in range(len(found)):
        left, place = divmod(number, 4)
        np.testing.assert_array_equal(found[number][:, :20], given[left + (place == 3)][:, :20])
        np.testing.assert_array_equal(found[number][:, 24:], plain[number][:, 24:])
    with Job(shots, tmp_path / "new", mask=tmp_path / "mask.png").open() as resolved:
        assert "stays as in the nearer source frame, with edges faded out over 4 pixels" in " ".join(resolved.notes)
        setting = resolved.settings["mask"]
    assert json.loads((tmp_path / "report.json").read_text())["settings"]["mask"] == setting


def test_masks_work_in_the_planes_of_videos(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 6, codec="ffv1", options={})
    mask = np.zeros((48, 64), np.uint8)
    mask[:, :32], mask[:, 32:] = 255, 1
    Image.fromarray(mask).save(tmp_path / "mask.png")
    carried_out(Job(clip, tmp_path / "out.mkv", mask=tmp_path / "mask.png"))
    frames, given = (list(read_rgb_frames(path)) for path in (tmp_path / "out.mkv", clip))
    for left in range(5):
        np.testing.assert_array_equal(frames[2 * left + 1][:, :30], given[left][:, :30])
        assert not np.array_equal(frames[2 * left + 1][:, 34:], given[left][:, 34:])
