from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from tests.support.fake_engine import FakeEngine
from tests.support.jobs import frame

from midframe.engines.interpolation import engine_frame
from midframe.executors.base import ClassifiedPair, PairTask, PreparedFrame
from midframe.executors.inline import InlineExecutor
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.timing.timeline import evenly_spaced

HALF = (Fraction(1, 2),)


def prepared(count: int) -> list[PreparedFrame]:
    frames = [frame(10 * index, index) for index in range(count)]
    transform = ViewTransform.fit(frames)
    return [PreparedFrame(each, engine_frame(each, transform)) for each in frames]


def task(left: PreparedFrame, right: PreparedFrame, times: tuple[Fraction, ...]) -> PairTask:
    return PairTask(ClassifiedPair(left, right), (), times)


def executor(engine: FakeEngine, mode: Mode = "direct") -> InlineExecutor[object]:
    return InlineExecutor(engine, ViewTransform.fit([frame(0)]), mode)  # type: ignore[arg-type]


def test_each_frame_is_encoded_once_for_both_its_pairs() -> None:
    engine, frames = FakeEngine(), prepared(10)
    tasks = [task(frames[index], frames[index + 1], HALF) for index in range(9)]
    results = list(executor(engine).run(tasks))
    assert engine.encoded == 10
    assert [result.task.pair.left.frame.index for result in results] == list(range(9))
    np.testing.assert_allclose(results[3].frames[0], 35, rtol=1e-5)


@pytest.mark.parametrize("held", [0, 1, 2, 3])
def test_held_pairs_cost_nothing(held: int) -> None:
    engine, frames = FakeEngine(), prepared(5)
    tasks = [task(frames[i], frames[i + 1], () if i == held else HALF) for i in range(4)]
    results = list(executor(engine).run(tasks))
    assert [len(result.frames) for result in results] == [int(index != held) for index in range(4)]
    assert engine.encoded == (4 if held in (0, 3) else 5)
    assert engine.estimated == 3


@pytest.mark.parametrize("mode", ["direct", "recursive", "bisect"])
def test_drawn_frames_come_in_the_order_of_the_times(mode: Mode) -> None:
    frames = prepared(2)
    (result,) = executor(FakeEngine(), mode).run([task(frames[0], frames[1], evenly_spaced(4))])
    assert len(result.frames) == 4
    if mode != "recursive":
        assert [float(each.mean()) for each in result.frames] == pytest.approx([2, 4, 6, 8], rel=1e-4)


def test_tasks_are_taken_one_at_a_time() -> None:
    frames, taken = prepared(5), []

    def tasks() -> Iterator[PairTask]:
        for index in range(4):
            taken.append(index)
            yield task(frames[index], frames[index + 1], HALF)

    running = executor(FakeEngine()).run(tasks())
    next(running)
    assert taken == [0]
    next(running)
    assert taken == [0, 1]


def test_time_in_the_engine_is_counted() -> None:
    frames, runner = prepared(2), executor(FakeEngine())
    assert runner.engine_seconds == 0
    list(runner.run([task(frames[0], frames[1], ())]))
    assert runner.engine_seconds == 0
    list(runner.run([task(frames[0], frames[1], HALF)]))
    assert runner.engine_seconds > 0
