"""Finished outputs of which single pairs are redone: nothing else changes, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support.clips import frame_hashes, packets, times, write_clip
from tests.support.jobs import FakeNetwork, Recorder, StopError

from midframe.errors import CancelledError, OptionError, OutputExistsError, ResumeError
from midframe.jobs.choices import Choices, PairChoice
from midframe.jobs.job import Job
from midframe.jobs.journal import read_journal
from midframe.jobs.run import run_job
from midframe.jobs.run_report import RunReport
from midframe.media.video.writing.recovery import SEGMENT_FRAMES
from midframe.runtime.events import Advanced, Event, FramePlaced, JobSummary, Notice, Reporter
from midframe.signals import CancelToken

FRAMES = SEGMENT_FRAMES // 2 + 40
"""Of the source: the output at factor 2 has a whole segment and a part of one."""


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Seven frames, numbered 10, 11, ..., in which a bar moves."""
    return painted_shots(tmp_path / "shots")


def painted_shots(folder: Path, repeated: int = 1) -> Path:
    folder.mkdir()
    for index in range(7 * repeated):
        place = index // repeated
        picture = np.full((24, 40, 3), 40, np.uint8)
        picture[4:20, 3 + 4 * place : 12 + 4 * place] = 200
        Image.fromarray(picture).save(folder / f"{10 + index}.png")
    return folder


def carried_out(
    job: Job, on_event: Callable[[Event], None] = lambda event: None, cancel: CancelToken | None = None
) -> tuple[JobSummary, Recorder]:
    recorder = Recorder(on_event)
    return run_job(job.open(), FakeNetwork(), Reporter([recorder]), cancel=cancel), recorder


def chosen(**pairs: str) -> Choices:
    """Choices by frame number: ``chosen(f12="hold")``."""
    return Choices(tuple(PairChoice(frame=int(name[1:]), choice=choice) for name, choice in pairs.items()))  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.png"))}


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.png"))}


def placed(recorder: Recorder) -> list[tuple[int, str]]:
    return [(event.number, event.origin) for event in recorder.events if isinstance(event, FramePlaced)]


def notices(recorder: Recorder) -> str:
    return " ".join(event.text for event in recorder.events if isinstance(event, Notice))


def test_only_the_files_of_changed_pairs_are_replaced(shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    carried_out(Job(shots, out))
    before = identities(out)
    summary, recorder = carried_out(Job(shots, out, redo=chosen(f12="hold", f14="blend")))
    after = identities(out)
    assert [name for name in after if after[name] != before[name]] == ["0000005.png", "0000009.png"]
    assert placed(recorder) == [(5, "held_choice"), (9, "blended_choice")]
    assert (summary.outputs, summary.resumed, summary.held, summary.blended) == (13, 11, 1, 1)
    carried_out(Job(shots, tmp_path / "whole", choices=chosen(f12="hold", f14="blend")))
    assert contents(out) == contents(tmp_path / "whole")


def test_choices_of_before_are_remembered(shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    carried_out(Job(shots, out, choices=chosen(f11="hold", f12="hold", f13="cut")))
    _, recorder = carried_out(Job(shots, out, redo=chosen(f11="hold", f12="blend")))
    assert placed(recorder) == [(5, "blended_choice"), (7, "synthesised")]
    summary, recorder = carried_out(Job(shots, out, redo=chosen(f11="hold", f12="blend")))
    assert placed(recorder) == []
    assert "there is nothing to do" in notices(recorder)
    assert summary.resumed == 13
    carried_out(Job(shots, out, redo=Choices()))
    carried_out(Job(shots, tmp_path / "whole"))
    assert contents(out) == contents(tmp_path / "whole")


possible: list[dict[str, Any]] = [{"choice": "hold"}, {"choice": "blend"}, {"choice": "cut"}, {}, {"flow_scale": 0.5}]
choice_sets = st.dictionaries(st.integers(10, 15), st.sampled_from(possible), max_size=6).map(
    lambda pairs: Choices(tuple(PairChoice(frame=frame, **options) for frame, options in pairs.items()))
)


@given(
    steps=st.lists(choice_sets, min_size=1, max_size=3),
    factor=st.sampled_from(["2", "5/2", "3"]),
    dedup=st.booleans(),
    end=st.sampled_from(["drop", "hold", "loop"]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_redoing_equals_running_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Choices], factor: str, dedup: bool, end: Any
) -> None:
    folder = tmp_path_factory.mktemp("redo")
    shots = painted_shots(folder / "shots", repeated=2 if dedup else 1)
    options: dict[str, Any] = {"factor": factor, "dedup": dedup, "end": end}
    carried_out(Job(shots, folder / "out", **options))
    for choices in steps:
        carried_out(Job(shots, folder / "out", redo=choices, **options))
    carried_out(Job(shots, folder / "whole", choices=steps[-1], **options))
    assert contents(folder / "out") == contents(folder / "whole")


KINDS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "h264.mkv": {"codec": "h264"},
    "h265.mp4": {"codec": "h265", "preset": "ultrafast"},
    "prores.mov": {"codec": "prores"},
    "ffv1.mkv": {"codec": "ffv1"},
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("source") / "clip.mp4", FRAMES, sound=True)


def at(frame: int, **options: Any) -> PairChoice:
    return PairChoice(time=Fraction(frame, 25), **options)


@pytest.mark.parametrize("name", KINDS)
def test_every_other_picture_of_a_video_stays_the_same(clip: Path, tmp_path: Path, name: str) -> None:
    """Also around the end of a segment, and at the end of the video."""
    out, options = tmp_path / name, {"cuts": "off", **KINDS[name]}
    carried_out(Job(clip, out, **options))
    before, shown, sound = frame_hashes(out), times(out), packets(out, "audio")
    edge = SEGMENT_FRAMES // 2 - 1
    redone = Choices((at(20, choice="hold"), at(edge, flow_scale=0.5), at(FRAMES - 2, flow_scale=0.5)))
    summary, recorder = carried_out(Job(clip, out, redo=redone, **options))
    after = frame_hashes(out)
    differing = [number for number, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert differing == [41, 2 * edge + 1, 2 * FRAMES - 3]
    assert summary.resumed == 2 * FRAMES - 3
    assert (times(out), packets(out, "audio")) == (shown, sound)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".{name}.midframe-journal", name]
    assert "encoded again" not in notices(recorder)


@pytest.mark.parametrize(("factor", "name"), [(3, "a.mp4"), (4, "b.mp4"), (4, "c.mkv")])
def test_several_pictures_in_a_pair(clip: Path, tmp_path: Path, factor: int, name: str) -> None:
    out, options = tmp_path / name, {"cuts": "off", "factor": factor, "end_time": 2}
    carried_out(Job(clip, out, **options))  # type: ignore[arg-type]
    before = frame_hashes(out)
    last = SEGMENT_FRAMES // factor - 1
    redone = Choices((at(7, choice="hold"), at(last, flow_scale=0.5)))
    carried_out(Job(clip, out, redo=redone, **options))  # type: ignore[arg-type]
    pairs = enumerate(zip(before, frame_hashes(out), strict=True))
    differing = [number for number, (old, new) in pairs if old != new]
    assert differing == [*range(7 * factor + 1, 8 * factor), *range(last * factor + 1, (last + 1) * factor)]


@pytest.mark.parametrize(
    ("name", "options"),
    [("plain.mp4", {"preset": "ultrafast"}), ("vp9.webm", {"preset": "8"}), ("many.mp4", {"factor": 9, "end_time": 1})],
)
def test_segments_are_encoded_again_where_pictures_depend_on_each_other(
    clip: Path, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    out, whole = tmp_path / name, tmp_path / f"whole-{name}"
    options = {"cuts": "off", **options}
    carried_out(Job(clip, out, **options))
    before, shown = frame_hashes(out), times(out)
    choices = Choices((at(22, choice="hold"),))
    _, recorder = carried_out(Job(clip, out, redo=choices, **options))
    after = frame_hashes(out)
    factor = int(options.get("factor", 2))
    segment = 22 * factor // SEGMENT_FRAMES
    inside = range(segment * SEGMENT_FRAMES, (segment + 1) * SEGMENT_FRAMES)
    outside = [number for number in range(len(after)) if number not in inside]
    assert [after[number] for number in outside] == [before[number] for number in outside]
    assert after[22 * factor + 1] != before[22 * factor + 1]
    assert times(out) == shown
    assert "are encoded again too" in notices(recorder)
    carried_out(Job(clip, whole, choices=choices, **options))
    assert len(frame_hashes(whole)) == len(after)


def test_other_rates_and_parts(clip: Path, tmp_path: Path) -> None:
    out, options = tmp_path / "out.mkv", {"codec": "ffv1", "fps": 60, "start_time": 0.5, "end_time": 2, "cuts": "off"}
    carried_out(Job(clip, out, **options))  # type: ignore[arg-type]
    before = frame_hashes(out)
    carried_out(Job(clip, out, redo=Choices((at(20, choice="hold"), at(3, choice="hold"))), **options))  # type: ignore[arg-type]
    differing = [number for number, (old, new) in enumerate(zip(before, frame_hashes(out), strict=True)) if old != new]
    # The first frame that is used is number 13, at 0.52 s; frame 20 comes 0.28 s later.
    assert differing == [17, 18, 19]


class Interruption:
    """Stops a job when that many frames are written."""

    def __init__(self, after: int, error: BaseException | None = None, cancel: CancelToken | None = None) -> None:
        self.after, self.error, self.cancel = after, error, cancel

    def __call__(self, event: Event) -> None:
        if isinstance(event, Advanced) and event.stage == "write" and event.done == self.after:
            if self.cancel is not None:
                self.cancel.cancel()
            if self.error is not None:
                raise self.error


def test_a_folder_is_whole_wherever_redoing_stops(shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    carried_out(Job(shots, out))
    first, second = chosen(f10="hold", f12="hold", f14="hold"), chosen(f11="blend")
    with pytest.raises(StopError):
        carried_out(Job(shots, out, redo=first), Interruption(2, StopError("stop")))
    assert len(contents(out)) == 13
    assert not list(out.glob(".midframe-*.part"))
    # Whatever is chosen next, what was replaced is made again.
    carried_out(Job(shots, out, redo=second))
    carried_out(Job(shots, tmp_path / "whole", choices=second))
    assert contents(out) == contents(tmp_path / "whole")


def test_a_video_is_whole_wherever_redoing_stops(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    carried_out(Job(clip, out, cuts="off"))
    content = out.read_bytes()
    redone = Choices((at(5, choice="hold"), at(9, choice="hold")))
    cancel = CancelToken()
    with pytest.raises(CancelledError, match="is whole; the same command"):
        carried_out(Job(clip, out, redo=redone, cuts="off"), Interruption(1, cancel=cancel), cancel)
    assert out.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.mp4.midframe-journal", "out.mp4"]
    _, recorder = carried_out(Job(clip, out, redo=redone, cuts="off"))
    assert [number for number, _ in placed(recorder)] == [11, 19]


def test_leftovers_of_killed_runs_are_removed(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    carried_out(Job(clip, out, cuts="off", end_time=0.4))
    (tmp_path / "out.midframe-0123abcd.part.mp4").write_bytes(b"killed")
    carried_out(Job(clip, out, cuts="off", end_time=0.4, redo=Choices((at(5, choice="hold"),))))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.mp4.midframe-journal", "out.mp4"]


def test_the_report_has_the_frames_that_were_made_again(shots: Path, tmp_path: Path) -> None:
    carried_out(Job(shots, tmp_path / "out"))
    job = Job(shots, tmp_path / "out", redo=chosen(f12="hold")).open()
    network = FakeNetwork()
    run_job(job, network, Reporter([RunReport(tmp_path / "report.json", job, network)]))
    report = json.loads((tmp_path / "report.json").read_text())
    assert [(frame["number"], frame["origin"]) for frame in report["frames"]] == [(5, "held_choice")]
    assert [pair["choice"] for pair in report["pairs"]] == ["hold"]
    assert report["finished"]


def test_what_cannot_be_redone(shots: Path, clip: Path, tmp_path: Path) -> None:
    choices = chosen(f12="hold")
    with pytest.raises(OptionError, match=r"There is no .*out to redo"):
        Job(shots, tmp_path / "out", redo=choices).open()
    carried_out(Job(shots, tmp_path / "out"))
    with pytest.raises(OptionError, match="Give either `redo` or `choices`"):
        Job(shots, tmp_path / "out", redo=choices, choices=choices)
    carried_out(Job(shots, tmp_path / "out.tif"))
    with pytest.raises(OptionError, match="can only be made as a whole"):
        carried_out(Job(shots, tmp_path / "out.tif", redo=choices))
    carried_out(Job(shots, tmp_path / "out.gif"))
    with pytest.raises(OptionError, match="can only be made as a whole"):
        carried_out(Job(shots, tmp_path / "out.gif", redo=choices))
    (tmp_path / "out" / "0000003.png").unlink()
    with pytest.raises(ResumeError, match="1 of 13 frames are missing"):
        carried_out(Job(shots, tmp_path / "out", redo=choices))


def test_other_files_and_other_settings_are_refused(clip: Path, tmp_path: Path) -> None:
    out, choices = tmp_path / "out.mp4", Choices((at(3, choice="hold"),))
    carried_out(Job(clip, out, cuts="off", end_time=1))
    content = out.read_bytes()
    for options in ({"end_time": 2}, {"factor": 3, "end_time": 1}, {"codec": "h265", "end_time": 1}):
        with pytest.raises(ResumeError, match=r"is not the video of .* that this command makes"):
            carried_out(Job(clip, out, cuts="off", redo=choices, **options))
    carried_out(Job(clip, out, cuts="off", end_time=1, redo=choices))
    with pytest.raises(ResumeError, match=r"with other settings \(mode: direct, now bisect\)"):
        carried_out(Job(clip, out, cuts="off", end_time=1, redo=choices, mode="bisect"))
    assert out.read_bytes() != content


def test_an_unfinished_output_is_not_redone(shots: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        carried_out(Job(shots, tmp_path / "out"), Interruption(5, StopError("stop")))
    with pytest.raises((OutputExistsError, ResumeError), match="not finished"):
        carried_out(Job(shots, tmp_path / "out", redo=chosen(f12="hold")))


def test_the_journal_of_a_job_with_choices_stays(shots: Path, tmp_path: Path) -> None:
    carried_out(Job(shots, tmp_path / "plain"))
    assert not (tmp_path / "plain" / ".midframe-journal").exists()
    carried_out(Job(shots, tmp_path / "out", choices=chosen(f12="hold")))
    record = read_journal(tmp_path / "out" / ".midframe-journal")
    assert record is not None
    assert record.complete
    assert record.settings["choices"] == [{"frame": 12, "choice": "hold"}]


def test_a_redone_output_can_still_be_resumed(shots: Path, tmp_path: Path) -> None:
    choices = chosen(f12="hold")
    carried_out(Job(shots, tmp_path / "out"))
    carried_out(Job(shots, tmp_path / "out", redo=choices))
    (tmp_path / "out" / "0000008.png").unlink()
    summary, _ = carried_out(Job(shots, tmp_path / "out", choices=choices, resume=True))
    assert summary.resumed == 8
    carried_out(Job(shots, tmp_path / "whole", choices=choices))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_preview_of_a_redo_needs_no_output(shots: Path, tmp_path: Path) -> None:
    from midframe.jobs.session import Session

    with Session() as session:
        session._model = FakeNetwork()
        preview = session.preview(Job(shots, tmp_path / "out", redo=chosen(f12="hold")), 2)
    assert preview.origin == "held_choice"
