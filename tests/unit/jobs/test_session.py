"""Sessions: jobs that share a model, with events, previews and cancellation."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.command_line import write_png
from tests.support.fake_engine import FakeEngine
from tests.support.jobs import FakeNetwork
from tests.support.rows import pan

import midframe
from midframe import CancelledError, CancelToken, EngineOptions, Job, MidframeError, OptionError, Session
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.options import PairOptions
from midframe.engines.protocols import EngineFrame, Notify, ignore_notice
from midframe.errors import BatchError, InputError, OutputExistsError
from midframe.jobs import session as session_module
from midframe.jobs.session import run_each
from midframe.media.images.codecs import codec_for
from midframe.runtime.events import Advanced, Event, Finished, FramePreview, JobSummary, Notice, Planned, Started
from midframe.types import FrameFormat


class SlowNetwork(FakeNetwork):
    """Takes its time for every frame, as the fake engine takes none."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        between = self.engine.between

        def slow(left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
            time.sleep(seconds)
            return between(left, right, times)

        self.engine.between = slow  # type: ignore[method-assign]


@dataclass(frozen=True)
class PlannedMaker:
    """Of an engine that follows a memory plan."""

    memory: MemoryPlan
    device: str = "fake"

    def make_engine(self, notify: Notify = ignore_notice) -> FakeEngine:
        raise AssertionError("made by the network")


class PlannedNetwork(FakeNetwork):
    """Every plan finds less memory free than the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.strips = 1
        self.need = 0
        self.notify: Notify = ignore_notice

    def fitted(
        self, frame_format: FrameFormat, times: int, mode: str, pair_options: Sequence[PairOptions] = ()
    ) -> PlannedNetwork:
        self.need += 1
        memory = MemoryPlan(self.strips, 1, 1.0, need=self.need, spare=100 - self.need)
        self.makers = (PlannedMaker(memory),)
        return self

    def make_engine(self, notify: Notify = ignore_notice) -> FakeEngine:
        self.notify = notify
        return super().make_engine(notify)


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A panning sequence of 12 frames with a cut in the middle and a static pair at the end."""
    frames = [*pan(6, seed=1), *pan(5, seed=2)]
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, samples in enumerate([*frames, frames[-1]]):
        write_png(folder / f"{number:03d}.png", samples)
    return folder


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[FakeNetwork]:
    """Networks in the order in which sessions load them."""
    loaded: list[FakeNetwork] = []

    def load(*_: object, **__: object) -> FakeNetwork:
        loaded.append(FakeNetwork())
        return loaded[-1]

    monkeypatch.setattr(session_module, "load_for_execution", load)
    return loaded


def output_frames(folder: Path) -> list[Any]:
    return [codec_for(path).read(path).samples for path in sorted(folder.glob("*.png"))]


class TestPlan:
    def test_a_job_is_planned_without_a_model(self, shots: Path, loads: list[FakeNetwork]) -> None:
        plan = Job(shots, factor=2).plan()
        assert (plan.sources, plan.outputs, plan.synthesised, plan.seconds) == (12, 23, 11, None)
        assert plan.analysis is not None
        assert [(pair.left, pair.right) for pair in plan.analysis.cuts] == [(5, 6)]
        assert plan.analysis.static_pairs == 1
        assert not loads
        assert not shots.with_name("shots_2x").exists()

    def test_without_analysis_nothing_is_read(self, shots: Path) -> None:
        assert Job(shots, factor=2).plan(analyze=False).analysis is None

    def test_a_session_also_knows_how_long_it_takes(self, shots: Path, loads: list[FakeNetwork]) -> None:
        with Session() as session:
            plan = session.plan(Job(shots, factor=2))
        assert plan.seconds is not None
        assert plan.device == "fake"
        assert len(loads) == 1

    def test_reading_is_reported_and_can_be_cancelled(self, shots: Path) -> None:
        token = CancelToken()
        seen: list[Event] = []

        def on_event(event: Event) -> None:
            seen.append(event)
            if isinstance(event, Advanced) and event.done == 3:
                token.cancel()

        with pytest.raises(CancelledError, match="Nothing was written"):
            Job(shots).plan(on_event=on_event, cancel=token)
        assert seen[0] == Started({"read": 12})
        assert isinstance(seen[-1], Advanced)
        assert seen[-1].done <= 4


class TestRun:
    def test_events_come_in_order_and_the_summary_is_returned(self, shots: Path, loads: list[FakeNetwork]) -> None:
        events: list[Event] = []
        with Session() as session:
            summary = session.run(Job(shots, factor=2), on_event=events.append)
        assert isinstance(summary, JobSummary)
        assert (summary.outputs, summary.copied, summary.synthesised, summary.held) == (23, 12, 9, 2)
        assert isinstance(events[0], Planned)
        assert events[0].plan.outputs == 23
        assert events[-1] == Finished(summary)
        assert [event.done for event in events if isinstance(event, Advanced) and event.stage == "write"] == [
            *range(1, 24)
        ]

    def test_jobs_share_one_model(self, shots: Path, loads: list[FakeNetwork], tmp_path: Path) -> None:
        with Session() as session:
            session.run(Job(shots, tmp_path / "a", factor=2))
            session.run(Job(shots, tmp_path / "b", factor=3))
        assert len(loads) == 1

    def test_jobs_that_are_planned_alike_share_one_engine(
        self, shots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network = PlannedNetwork()
        monkeypatch.setattr(session_module, "load_for_execution", lambda *_, **__: network)
        with Session() as session:
            session.run(Job(shots, tmp_path / "a"))
            session.preview(Job(shots, tmp_path / "a"))
            session.plan(Job(shots, tmp_path / "b"))
            session.run(Job(shots, tmp_path / "b"))
            assert network.made == 1
            network.strips = 2
            session.run(Job(shots, tmp_path / "c"))
            assert network.made == 2

    def test_an_engine_that_fell_back_is_not_kept(
        self, shots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network = PlannedNetwork()
        between, sentence = network.engine.between, "Out of memory: continuing with one frame at a time."
        fell_back = False

        def out_of_memory(left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[Any]:
            nonlocal fell_back
            if not fell_back:
                fell_back = True
                # A preview meanwhile does not take the notices of the job.
                session.preview(Job(shots, tmp_path / "a"))
                network.notify(sentence)
            return between(left, right, times)

        network.engine.between = out_of_memory  # type: ignore[method-assign]
        monkeypatch.setattr(session_module, "load_for_execution", lambda *_, **__: network)
        events: list[Event] = []
        with Session() as session:
            session.run(Job(shots, tmp_path / "a"), on_event=events.append)
            assert [event.text for event in events if isinstance(event, Notice)] == [sentence]
            assert network.made == 1
            session.run(Job(shots, tmp_path / "b"))
            assert network.made == 2

    def test_no_model_is_loaded_for_copies(self, shots: Path, tmp_path: Path, loads: list[FakeNetwork]) -> None:
        with Session() as session:
            job = Job(shots, tmp_path / "out", factor=1)
            assert session.plan(job).synthesised == 0
            assert session.run(job).model == "none"
        assert not loads

    def test_a_job_that_is_cancelled_before_it_begins_does_nothing(
        self, shots: Path, tmp_path: Path, loads: list[FakeNetwork]
    ) -> None:
        token = CancelToken()
        token.cancel()
        with Session() as session, pytest.raises(CancelledError, match="Nothing was written"):
            session.run(Job(shots, tmp_path / "out"), cancel=token)
        assert not loads
        assert not (tmp_path / "out").exists()

    def test_a_report_is_closed_when_a_callback_fails_at_once(
        self, shots: Path, tmp_path: Path, loads: list[FakeNetwork]
    ) -> None:
        def on_event(event: Event) -> None:
            raise ValueError("from the callback")

        job = Job(shots, tmp_path / "out", report=tmp_path / "report.json")
        with Session() as session, pytest.raises(ValueError, match="from the callback"):
            session.run(job, on_event=on_event)
        assert {path.name for path in tmp_path.iterdir()} <= {"shots", "report.json"}

    @pytest.mark.parametrize("report", ["shots/003.png", "out/0000003.png", "out/.midframe-journal", "out/other.png"])
    def test_a_report_in_the_place_of_a_file_of_the_job_is_refused(
        self, shots: Path, tmp_path: Path, loads: list[FakeNetwork], report: str
    ) -> None:
        before = (shots / "003.png").read_bytes()
        job = Job(shots, tmp_path / "out", report=tmp_path / report)
        with Session() as session, pytest.raises(OptionError, match="would replace a file") as refused:
            session.run(job)
        assert refused.value.option == "report"
        assert (shots / "003.png").read_bytes() == before

    def test_a_job_can_be_run_again(self, shots: Path, loads: list[FakeNetwork]) -> None:
        job = Job(shots, factor=2)
        with Session() as session:
            session.run(job)
            with pytest.raises(OutputExistsError):
                session.run(job)
            assert session.run(replace(job, overwrite=True)).outputs == 23

    def test_the_one_liner(self, shots: Path, loads: list[FakeNetwork]) -> None:
        assert midframe.run(shots, factor=2).outputs == 23
        assert len(output_frames(shots.with_name("shots_2x"))) == 23

    def test_the_one_liner_takes_options_of_the_engine(
        self, shots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[EngineOptions] = []

        class Spy(Session):
            def __init__(self, engine: EngineOptions | None = None) -> None:
                super().__init__(engine)
                seen.append(self.engine)

        monkeypatch.setattr("midframe.jobs.session.Session", Spy)
        midframe.run(shots, tmp_path / "out", factor=1, quality="best", engine=EngineOptions(threads=1, quality="fast"))
        assert seen == [EngineOptions(threads=1, quality="best")]
        with pytest.raises(OptionError, match="takes `EngineOptions`, not 'torch'"):
            midframe.run(shots, factor=1, engine="torch")  # type: ignore[arg-type]

    def test_report_and_flow_options_are_checked_before_a_model_is_loaded(
        self, shots: Path, loads: list[FakeNetwork]
    ) -> None:
        with Session() as session, pytest.raises(OptionError) as caught:
            session.run(Job(shots, flow_folder=shots, mode="direct"))
        assert caught.value.option == "flow_folder"
        assert not loads

    def test_a_second_job_at_the_same_time_is_refused(self, shots: Path, loads: list[FakeNetwork]) -> None:
        refused: list[str] = []

        def start_another(event: Event) -> None:
            if isinstance(event, Planned):
                try:
                    session.run(Job(shots, shots.with_name("other")))
                except MidframeError as error:
                    refused.append(str(error))

        with Session() as session:
            session.run(Job(shots), on_event=start_another)
            assert refused == ["This session is running a job. Wait until it ends, or use another session."]
            session.run(Job(shots, shots.with_name("other")))

    def test_closed_sessions_refuse(self, shots: Path, loads: list[FakeNetwork]) -> None:
        session = Session()
        assert repr(session) == "<Session: 4.25 on auto, not loaded yet>"
        with session:
            session.plan(Job(shots))
            assert repr(session) == "<Session: 4.25 on auto, loaded>"
        assert repr(session) == "<Session: 4.25 on auto, closed>"
        with pytest.raises(MidframeError, match="closed"):
            session.run(Job(shots))


class TestCancel:
    @pytest.fixture
    def slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session_module, "load_for_execution", lambda *_, **__: SlowNetwork(0.1))

    @pytest.mark.usefixtures("slow")
    @pytest.mark.parametrize("video", [False, True], ids=["folder", "video"])
    def test_from_another_thread_within_half_a_second_leaving_whole_frames(
        self, shots: Path, tmp_path: Path, *, video: bool
    ) -> None:
        output = tmp_path / ("out.mkv" if video else "out")
        token, cancelled_at = CancelToken(), [0.0]

        def cancel_soon(event: Event) -> None:
            if isinstance(event, Advanced) and event.stage == "interpolate" and event.done == 3:
                threading.Thread(target=cancel).start()

        def cancel() -> None:
            cancelled_at[0] = time.monotonic()
            token.cancel()

        options: dict[str, Any] = {"codec": "ffv1"} if video else {}
        job = Job(shots, output, factor=2, cuts="off", **options)
        with Session() as session:
            then = "too few to resume from: the same command begins again" if video else "`resume` continues after"
            with pytest.raises(CancelledError, match=rf"Stopped.*{then}"):
                session.run(job, on_event=cancel_soon, cancel=token)
            assert time.monotonic() - cancelled_at[0] < 0.5
            if not video:
                kept = output_frames(output)
                assert 6 <= len(kept) < 23
            # What was written is what a whole run writes, and the job can be resumed.
            summary = session.run(replace(job, resume=True))
        assert summary.outputs == (24 if video else 23)
        if not video:
            assert summary.resumed >= 6
            for before, after in zip(kept, output_frames(output), strict=False):
                np.testing.assert_array_equal(before, after)

    @pytest.mark.usefixtures("loads")
    def test_a_token_that_is_cancelled_already_stops_at_once(self, shots: Path) -> None:
        token = CancelToken()
        token.cancel()
        with Session() as session, pytest.raises(CancelledError):
            session.run(Job(shots), cancel=token)


class TestPreview:
    def test_it_is_the_frame_of_the_job(self, shots: Path, loads: list[FakeNetwork], tmp_path: Path) -> None:
        job = Job(shots, tmp_path / "out", factor=4)
        with Session() as session:
            session.run(job)
            made = output_frames(tmp_path / "out")
            for pair in range(11):
                for step in (1, 2, 3):
                    preview = session.preview(job, pair=pair, time=Fraction(step, 4))
                    np.testing.assert_array_equal(preview.image, made[4 * pair + step])
                    assert (preview.left, preview.right, preview.time) == (pair, pair + 1, Fraction(step, 4))

    def test_of_an_open_job_it_is_the_same(self, shots: Path, loads: list[FakeNetwork], tmp_path: Path) -> None:
        job = Job(shots, tmp_path / "out", factor=4)
        with Session() as session, job.open_for_preview() as opened:
            for pair in (7, 2, 7):
                preview = session.preview(opened, pair, "1/4")
                np.testing.assert_array_equal(preview.image, session.preview(job, pair, "1/4").image)

    def test_source_frames_are_shown_alike(self, shots: Path, loads: list[FakeNetwork], tmp_path: Path) -> None:
        job = Job(shots, tmp_path / "out")
        with Session() as session:
            session.run(job)
        made = output_frames(tmp_path / "out")
        shown = list(job.source_frames([3, 0, 11]))
        assert [(frame.left, frame.right, frame.origin) for frame in shown] == [
            (number, number, "copied") for number in (3, 0, 11)
        ]
        for frame in shown:
            np.testing.assert_array_equal(frame.image, made[2 * frame.left])
        with pytest.raises(OptionError, match="no source frame 12; they are from 0 to 11"):
            list(job.source_frames([12]))

    def test_it_says_how_the_frame_was_made(self, shots: Path, loads: list[FakeNetwork]) -> None:
        with Session() as session:
            origins = [session.preview(Job(shots), pair=pair).origin for pair in (0, 5, 10)]
            blended = session.preview(Job(shots, cuts="blend"), pair=5).origin
        assert origins == ["synthesised", "held_cut", "held_static"]
        assert blended == "blended_cut"

    def test_other_modes_depend_on_the_other_frames(
        self, shots: Path, loads: list[FakeNetwork], tmp_path: Path
    ) -> None:
        job = Job(shots, tmp_path / "out", factor=4, mode="recursive")
        with Session() as session:
            session.run(job)
            preview = session.preview(job, pair=2, time="1/4")
        np.testing.assert_array_equal(preview.image, output_frames(tmp_path / "out")[9])

    def test_a_pipe_is_not_opened_for_it(self, loads: list[FakeNetwork], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session_module, "resolve_job", lambda *_: pytest.fail("opened"))
        with Session() as session, pytest.raises(OptionError, match="only once"):
            session.preview(Job("-", "out.mp4"))

    def test_duplicates_make_pairs_longer(self, tmp_path: Path, loads: list[FakeNetwork]) -> None:
        folder = tmp_path / "twos"
        folder.mkdir()
        for number, samples in enumerate(frame for frame in pan(6, step=4) for _ in range(2)):
            write_png(folder / f"{number:03d}.png", samples)
        with Session() as session:
            preview = session.preview(Job(folder, dedup=True, cuts="off"), pair=5, time="1/2")
        assert (preview.left, preview.right, preview.time) == (4, 6, Fraction(3, 4))

    @pytest.mark.parametrize(
        ("where", "option"),
        [
            ({"pair": -1}, "pair"),
            ({"pair": 11}, "pair"),
            ({"pair": 1.5}, "pair"),
            ({"time": 0}, "time"),
            ({"time": "x"}, "time"),
            ({"time": None}, "time"),
        ],
        ids=str,
    )
    def test_places_that_do_not_exist(
        self, shots: Path, loads: list[FakeNetwork], where: dict[str, Any], option: str
    ) -> None:
        with Session() as session, pytest.raises(OptionError) as caught:
            session.preview(Job(shots), **where)
        assert caught.value.option == option

    def test_running_jobs_report_previews_as_often_as_wanted(self, shots: Path, loads: list[FakeNetwork]) -> None:
        def previews(interval: float | None, name: str) -> list[FramePreview]:
            events: list[Event] = []
            with Session() as session:
                session.run(Job(shots, shots.with_name(name)), on_event=events.append, preview_interval=interval)
            return [event for event in events if isinstance(event, FramePreview)]

        assert previews(None, "none") == []
        (first,) = previews(3600, "rare")
        assert (first.image.shape, first.image.dtype, first.origin) == ((64, 96, 3), np.dtype(np.uint8), "synthesised")
        assert len(previews(0, "all")) == 9
        assert repr(first).startswith("<FramePreview: frame ")


class TestSeveral:
    def test_one_that_fails_does_not_stop_the_rest(self) -> None:
        jobs = [Job("a"), Job("b"), Job("c")]
        started: list[Any] = []
        failed: list[MidframeError] = []
        done: list[object] = []

        def action(job: Any) -> str:
            if job.source == "b":
                raise InputError("b is broken")
            done.append(job.source)
            return str(job.source)

        with pytest.raises(BatchError, match="1 of 3 inputs") as caught:
            run_each(jobs, action, on_start=started.append, on_error=failed.append)
        assert (started, done, [str(error) for error in failed]) == (jobs, ["a", "c"], ["b is broken"])
        assert caught.value.exit_code == 2
        assert run_each([jobs[0]], action, on_start=started.append, on_error=failed.append) == ["a"]

    def test_cancelling_stops_the_rest(self) -> None:
        def action(job: Any) -> None:
            raise CancelledError("Stopped.")

        started: list[Any] = []
        with pytest.raises(CancelledError):
            run_each([Job("a"), Job("b")], action, on_start=started.append, on_error=lambda error: None)
        assert len(started) == 1
