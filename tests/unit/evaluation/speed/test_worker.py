from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.fake_engine import FakeEngine

from midframe.engines.interpolation import PairInterpolator
from midframe.errors import OutOfMemoryError
from midframe.evaluation.speed import worker
from midframe.evaluation.speed.worker import FEWEST, MOST, WARM_UP, Pairs, Task, run_task
from midframe.media.pixels import ViewTransform
from midframe.types import FrameFormat

WIDTH, HEIGHT, COUNT = 8, 6, 4


@pytest.fixture
def frames() -> np.ndarray:
    return np.stack([np.full((HEIGHT, WIDTH, 3), 10 * number, np.uint8) for number in range(COUNT)])


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def pairs(engine: FakeEngine, frames: np.ndarray) -> Pairs:
    transform = ViewTransform.usual(FrameFormat(WIDTH, HEIGHT, 3, np.dtype(np.uint8)))
    return Pairs(PairInterpolator(engine, transform), frames)


def ticks(step: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += step


def test_frames_are_used_to_and_fro_and_encoded_once(pairs: Pairs, engine: FakeEngine) -> None:
    values = [float(pairs.interpolate().mean()) for _ in range(7)]
    assert values == pytest.approx([5, 15, 25, 25, 15, 5, 5], abs=1e-3)
    assert engine.encoded == 8


@pytest.mark.parametrize(("step", "count"), [(100.0, FEWEST), (0.0, MOST), (0.25, 5)])
def test_how_many_frames_are_measured(pairs: Pairs, engine: FakeEngine, step: float, count: int) -> None:
    clock = ticks(step)
    times = pairs.measure(3.0, clock=lambda: next(clock))
    assert len(times) == count
    assert times == pytest.approx([step] * count)
    assert engine.estimated == count + WARM_UP - 1


class Model:
    """A loaded model that makes fake engines, or finds no memory for large frames."""

    def __init__(self, largest: int = 1 << 30) -> None:
        self.largest = largest

    def fitted(self, frame_format: FrameFormat, times: int, mode: str) -> Model:
        if frame_format.width * frame_format.height > self.largest:
            raise OutOfMemoryError("Too large.")
        return self

    def make_engine(self) -> FakeEngine:
        return FakeEngine()


def task_of(folder: Path, *widths: int, seconds: float = 100.0, makes: bool = True) -> Task:
    files = []
    for width in widths:
        path = folder / f"{width}.npy"
        np.save(path, np.stack([np.full((HEIGHT, width, 3), 10 * number, np.uint8) for number in range(COUNT)]))
        files.append(str(path))
    sizes = tuple((width, HEIGHT) for width in widths)
    return Task({"device": "cpu"}, sizes, tuple(files), seconds, str(folder / "reference.npy"), makes)


def run(task: Task, monkeypatch: pytest.MonkeyPatch, model: Model | None = None) -> list[dict[str, Any]]:
    monkeypatch.setattr(worker, "load_model", lambda options: model or Model())
    found: list[dict[str, Any]] = []
    run_task(task, found.append)
    return found


def test_what_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(task_of(tmp_path, 8, 16), monkeypatch)
    assert [(each["event"], each.get("size")) for each in found] == [
        ("first", 0),
        ("measured", 0),
        ("first", 1),
        ("measured", 1),
        ("done", None),
    ]
    measured = found[1]
    assert FEWEST <= len(measured["seconds"]) <= MOST
    assert measured["memory"] > 1 << 20
    assert measured["device_memory"] is None
    assert measured["strips"] == 1
    assert "difference" not in measured
    assert found[-1]["processor_seconds"] > 0


def test_frames_are_compared_with_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(task_of(tmp_path, 8), monkeypatch)
    reference = np.load(tmp_path / "reference.npy")
    np.save(tmp_path / "reference.npy", reference + np.where(np.arange(8)[None, :, None] == 3, 2, 0))
    found = run(task_of(tmp_path, 8, 16, makes=False), monkeypatch)
    assert found[1]["difference"] == pytest.approx(2)
    assert found[1]["mean_difference"] == pytest.approx(0.25)
    assert "difference" not in found[3]


def test_without_a_reference_nothing_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "difference" not in run(task_of(tmp_path, 8, makes=False), monkeypatch)[1]


def test_a_size_that_would_take_too_long_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(task_of(tmp_path, 8, 1600, seconds=0.0), monkeypatch)
    assert [each["event"] for each in found] == ["first", "measured", "skipped", "done"]
    assert found[2] == {"event": "skipped", "size": 1, "reason": "no time left"}


def test_a_size_that_does_not_fit_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(task_of(tmp_path, 8, 16, 32), monkeypatch, Model(largest=16 * HEIGHT))
    assert [each["event"] for each in found] == ["first", "measured", "first", "measured", "skipped", "done"]
    assert found[4]["reason"] == "not enough memory"


def test_a_task_travels() -> None:
    task = Task({"device": "cpu", "model": "a"}, ((8, 6), (16, 12)), ("a", "b"), 2.5, "c", True)
    assert Task.from_json(task.to_json()) == task
