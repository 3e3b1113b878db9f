from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine
from tests.support.jobs import FORMAT, FakeNetwork, Recorder, StopError, frame

from midframe.detection.rules import PairRules
from midframe.engines.protocols import EngineFrame, Motion
from midframe.errors import CancelledError, EngineError, UnreadableFileError, WriteError
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.run import run_job
from midframe.media.images.codecs import codec_for
from midframe.runtime.events import STAGES, Advanced, Event, Finished, Notice, Reporter, Started

MakeJob = Callable[..., ResolvedJob]


def run(
    job: ResolvedJob, network: FakeNetwork | None, recorder: Recorder | None = None, **options: Any
) -> dict[str, int]:
    """Run, and give the figures of the summary."""
    summary = run_job(job, network, Reporter([recorder] if recorder else []), **options)
    assert summary.copied + summary.synthesised + summary.held + summary.blended == summary.outputs
    return {name: getattr(summary, name) for name in ("outputs", "copied", "synthesised", "held", "static_pairs")}


def brightness(folder: Path) -> list[int]:
    """Of every output frame, in order; each must be whole and flat."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    assert names
    assert names == [f"{number:07d}{Path(names[0]).suffix}" for number in range(len(names))]
    values = []
    for name in names:
        samples = codec_for(folder / name).read(folder / name).samples
        assert (samples == samples[0, 0, 0]).all()
        values.append(int(samples[0, 0, 0]))
    return values


@pytest.mark.parametrize("mode", ["direct", "bisect"])
def test_frames_stand_where_time_wants_them(make_job: MakeJob, network: FakeNetwork, tmp_path: Path, mode: str) -> None:
    figures = run(make_job([0, 40, 80, 240], mode=mode), network)
    assert brightness(tmp_path / "out") == [0, 10, 20, 30, 40, 50, 60, 70, 80, 120, 160, 200, 240]
    assert figures == {"outputs": 13, "copied": 4, "synthesised": 9, "held": 0, "static_pairs": 0}
    assert network.engine.encoded == (4 if mode == "direct" else 7)


def test_recursive_mode_draws_as_many(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    assert run(make_job([0, 40], mode="recursive", factor=Fraction(6)), network)["synthesised"] == 5
    values = brightness(tmp_path / "out")
    assert values == sorted(values)
    assert len(set(values)) == 7


def test_source_frames_are_copied_byte_for_byte(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    run(make_job([0, 40, 80]), network)
    for index in range(3):
        original = tmp_path / "in" / f"{index:04d}.png"
        assert (tmp_path / "out" / f"{4 * index:07d}.png").read_bytes() == original.read_bytes()


def test_the_last_frame_is_held(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    figures = run(make_job([0, 40, 80], end="hold"), network)
    assert brightness(tmp_path / "out") == [0, 10, 20, 30, 40, 50, 60, 70, 80, 80, 80, 80]
    assert figures == {"outputs": 12, "copied": 3, "synthesised": 6, "held": 3, "static_pairs": 0}


def test_fractional_factor(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    figures = run(make_job([0, 60, 120], factor=Fraction(3, 2)), network)
    assert brightness(tmp_path / "out") == [0, 40, 80, 120]
    assert figures == {"outputs": 4, "copied": 2, "synthesised": 2, "held": 0, "static_pairs": 0}


def test_fractional_factor_with_held_end(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    run(make_job([0, 60], factor=Fraction(3, 2), end="hold"), network)
    assert brightness(tmp_path / "out") == [0, 40, 60]


class TestStaticPairs:
    def test_are_held_and_the_count_stays(self, make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
        figures = run(make_job([0, 40, 40, 80]), network)
        assert brightness(tmp_path / "out") == [0, 10, 20, 30, 40, 40, 40, 40, 40, 50, 60, 70, 80]
        assert figures == {"outputs": 13, "copied": 4, "synthesised": 6, "held": 3, "static_pairs": 1}
        assert network.engine.encoded == 4

    def test_held_frames_are_copies_of_the_left_one(
        self, make_job: MakeJob, network: FakeNetwork, tmp_path: Path
    ) -> None:
        job = make_job([100, 100, 200], factor=Fraction(2))
        nearly = frame(100).samples.copy()
        nearly[0, 0, 0] = 101
        codec_for(tmp_path / "in" / "0001.png").write(tmp_path / "in" / "0001.png", frame(100).with_samples(nearly))
        assert run(job, network)["held"] == 1
        files = [(tmp_path / "out" / f"{number:07d}.png").read_bytes() for number in range(3)]
        assert files[0] == files[1] != files[2]

    def test_off_holds_only_identical_ones(self, make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
        job = make_job([100, 100, 100], factor=Fraction(2), rules=PairRules(None, "off"))
        nearly = frame(100).samples.copy()
        nearly[0, 0, 0] = 101
        codec_for(tmp_path / "in" / "0002.png").write(tmp_path / "in" / "0002.png", frame(100).with_samples(nearly))
        assert run(job, network) == {"outputs": 5, "copied": 3, "synthesised": 1, "held": 1, "static_pairs": 1}

    def test_all_static(self, make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
        figures = run(make_job([7, 7, 7], end="hold", factor=Fraction(5, 2)), network)
        assert figures == {"outputs": 8, "copied": 2, "synthesised": 0, "held": 6, "static_pairs": 2}
        assert brightness(tmp_path / "out") == [7] * 8
        assert network.engine.encoded == 0


class TestWithoutNetwork:
    @pytest.mark.parametrize("end", ["drop", "hold"])
    def test_factor_1_copies_and_says_so(self, make_job: MakeJob, tmp_path: Path, end: str) -> None:
        recorder = Recorder()
        figures = run(make_job([9, 9, 60], factor=Fraction(1), end=end), None, recorder)
        assert figures == {"outputs": 3, "copied": 3, "synthesised": 0, "held": 0, "static_pairs": 0}
        assert brightness(tmp_path / "out") == [9, 9, 60]
        assert any("nothing is interpolated" in event.text for event in recorder.events if isinstance(event, Notice))

    def test_a_network_that_is_not_needed_is_not_made(self, make_job: MakeJob, network: FakeNetwork) -> None:
        run(make_job([9, 60], factor=Fraction(1)), network)
        assert network.made == 0


class TestEvents:
    @pytest.mark.parametrize("values", [[0, 40, 40, 80], [0, 40, 80, 120]])
    @pytest.mark.parametrize("factor", [Fraction(1), Fraction(3), Fraction(7, 3)], ids=str)
    def test_every_stage_counts_up_to_its_total(
        self, make_job: MakeJob, network: FakeNetwork, values: Sequence[int], factor: Fraction
    ) -> None:
        recorder = Recorder()
        figures = run(make_job(values, factor=factor), network, recorder)
        (started,) = [event for event in recorder.events if isinstance(event, Started)]
        assert started.totals["read"] == len(values)
        assert started.totals["write"] == figures["outputs"]
        for stage in STAGES:
            done = [event.done for event in recorder.events if isinstance(event, Advanced) and event.stage == stage]
            assert done == sorted(done)
            assert (done[-1] if done else 0) == started.totals[stage]

    def test_summary_comes_last_and_then_the_end(self, make_job: MakeJob, network: FakeNetwork) -> None:
        recorder = Recorder()
        run(make_job([0, 40]), network, recorder)
        last = recorder.events[-1]
        assert isinstance(last, Finished)
        assert (last.summary.device, last.summary.model, last.summary.model_sha256) == ("fake", "a fake", "0" * 64)
        assert last.summary.frames_per_second == pytest.approx(last.summary.outputs / last.summary.seconds)
        assert 0 < last.summary.engine_seconds <= last.summary.seconds
        assert recorder.closed == 1

    def test_notes_of_input_and_network_come_first(self, make_job: MakeJob, tmp_path: Path) -> None:
        recorder = Recorder()
        run(make_job([0, 40]), FakeNetwork(("Python files are ignored.",)), recorder)
        assert recorder.events[0] == Notice("Python files are ignored.")

    def test_listeners_are_closed_after_a_failure_too(self, make_job: MakeJob, tmp_path: Path) -> None:
        recorder, job = Recorder(), make_job([0, 40])
        (tmp_path / "in" / "0001.png").write_bytes(b"broken")
        with pytest.raises(UnreadableFileError):
            run(job, FakeNetwork(), recorder)
        assert recorder.closed == 1
        assert not any(isinstance(event, Finished) for event in recorder.events)


class FailingEngine(FakeEngine):
    """Calls something at the n-th estimate."""

    def __init__(self, at: int, then: Callable[[], object]) -> None:
        super().__init__()
        self._at, self._then = at, then

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        if self.estimated + 1 == self._at:
            self._then()
        return super().motion(left, right, time)


def network_that(at: int, then: Callable[[], object]) -> FakeNetwork:
    network = FakeNetwork()
    network.engine = FailingEngine(at, then)
    return network


def raising(error: BaseException) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


class TestStopping:
    """Whatever stops a job: frames 0 … n are there, each whole, and nothing else."""

    VALUES = range(0, 200, 10)

    def whole_frames(self, folder: Path) -> list[int]:
        values = brightness(folder)
        wanted = [round(2.5 * number) for number in range(len(values))]
        assert all(abs(value - each) <= 0.5 for value, each in zip(values, wanted, strict=True))
        return values

    def test_engine(self, make_job: MakeJob, tmp_path: Path) -> None:
        network = network_that(20, raising(EngineError("Out of memory.")))
        with pytest.raises(EngineError, match="Out of memory"):
            run(make_job(self.VALUES), network)
        # Six pairs of three frames were complete.
        assert len(self.whole_frames(tmp_path / "out")) == 24

    def test_reader(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = make_job(self.VALUES)
        damaged = tmp_path / "in" / "0012.png"
        damaged.write_bytes(damaged.read_bytes()[:-20])
        with pytest.raises(UnreadableFileError, match=r"0012\.png"):
            run(job, FakeNetwork())
        # Eleven pairs could be read.
        assert len(self.whole_frames(tmp_path / "out")) == 44

    def test_reader_whose_file_is_gone(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = make_job(self.VALUES)
        (tmp_path / "in" / "0012.png").unlink()
        with pytest.raises(UnreadableFileError, match=r"0012\.png"):
            run(job, FakeNetwork())

    def test_writer(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = make_job(self.VALUES, overwrite=True)
        (tmp_path / "out" / "0000017.png").mkdir(parents=True)
        with pytest.raises(WriteError, match=r"0000017\.png"):
            run(job, FakeNetwork(), buffered=4 * FORMAT.nbytes)
        (tmp_path / "out" / "0000017.png").rmdir()
        assert len(self.whole_frames(tmp_path / "out")) == 17

    def test_listener(self, make_job: MakeJob, tmp_path: Path) -> None:
        """A pipe that nobody reads any more."""

        def broken(event: object) -> None:
            if event == Advanced("write", 5):
                raise BrokenPipeError

        with pytest.raises(BrokenPipeError):
            run(make_job(self.VALUES), FakeNetwork(), Recorder(broken))
        assert len(self.whole_frames(tmp_path / "out")) >= 5

    def test_keyboard(self, make_job: MakeJob, tmp_path: Path) -> None:
        network = network_that(20, raising(KeyboardInterrupt()))
        with pytest.raises(CancelledError, match="finished so far") as caught:
            run(make_job(self.VALUES), network)
        assert caught.value.exit_code == 130
        assert str(tmp_path / "out") in str(caught.value)
        assert len(self.whole_frames(tmp_path / "out")) == 24

    @pytest.mark.skipif(os.name == "nt", reason="signals of this kind are POSIX")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signals(self, make_job: MakeJob, tmp_path: Path, number: signal.Signals) -> None:
        before = signal.getsignal(signal.SIGTERM)

        def stop() -> None:
            os.kill(os.getpid(), number)
            threading.Event().wait(10)

        network = network_that(20, stop)
        with pytest.raises(CancelledError):
            run(make_job(self.VALUES), network)
        assert signal.getsignal(signal.SIGTERM) is before
        assert len(self.whole_frames(tmp_path / "out")) == 24

    def test_before_the_first_frame_nothing_is_left(self, make_job: MakeJob, tmp_path: Path) -> None:
        with pytest.raises(EngineError):
            run(make_job(self.VALUES), network_that(1, raising(EngineError("no"))))
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("suffix", [".tif", ".mkv"])
    def test_a_listener_that_fails_at_the_start_leaves_nothing(
        self, make_job: MakeJob, network: FakeNetwork, tmp_path: Path, suffix: str
    ) -> None:
        def on_event(event: Event) -> None:
            if isinstance(event, Started):
                raise StopError("no")

        job = make_job([0, 10, 20, 30], output=tmp_path / f"out{suffix}")
        with pytest.raises(StopError):
            run_job(job, network, Reporter([Recorder(on_event)]))
        assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []

    def test_a_stack_is_left_out_unless_it_is_finished(self, make_job: MakeJob, tmp_path: Path) -> None:
        job = make_job([0, 10, 20, 30], suffix=".tif", output=tmp_path / "out.tif")
        with pytest.raises(EngineError):
            run(job, network_that(7, raising(EngineError("no"))))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_stack_can_be_the_output(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    run(make_job([0, 40, 80], suffix=".tif", output=tmp_path / "out.tif"), network)
    pages = tifffile.imread(tmp_path / "out.tif")
    assert [int(page.flat[0]) for page in pages] == [0, 10, 20, 30, 40, 50, 60, 70, 80]


def test_a_small_buffer_changes_nothing(make_job: MakeJob, network: FakeNetwork, tmp_path: Path) -> None:
    run(make_job(range(0, 200, 10)), network, buffered=1)
    assert len(brightness(tmp_path / "out")) == 77


def test_a_slow_engine_never_has_more_than_the_buffer_waiting(make_job: MakeJob, tmp_path: Path) -> None:
    """The reader runs ahead of the engine by the bytes that it may, not by the length of the sequence."""
    read: list[int] = []
    ahead: list[int] = []

    class Watching(FakeEngine):
        def between(
            self, left: EngineFrame, right: EngineFrame, times: Sequence[float]
        ) -> Sequence[NDArray[np.float32]]:
            threading.Event().wait(0.005)
            ahead.append(len(read) - self.encoded)
            return super().between(left, right, times)

    network = FakeNetwork()
    network.engine = Watching()
    job = make_job(range(0, 250, 5))

    def count(event: object) -> None:
        if isinstance(event, Advanced) and event.stage == "read":
            read.append(event.done)

    prepared_bytes = 9 * FORMAT.nbytes
    run(job, network, Recorder(count), buffered=4 * prepared_bytes)
    # Four waiting and one in the reader's hands.
    assert max(ahead) <= 5
