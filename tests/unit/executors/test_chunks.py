from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from tests.support.executors import FORMAT, HALF, flats, tasks_of
from tests.support.fake_engine import FakeEngine

from midframe.errors import UnreadableFileError
from midframe.executors.base import PairTask
from midframe.executors.chunks import (
    CHUNK_FRAMES,
    CHUNK_TASKS,
    PairRequest,
    interpolate_pairs,
    source_frames,
    split_into_chunks,
)
from midframe.media.pixels import ViewTransform
from midframe.timing.timeline import evenly_spaced

PLENTY = 1 << 30
FRAMES = flats(range(50))


def tasks(*times: tuple[Fraction, ...]) -> Iterator[PairTask]:
    return tasks_of(FRAMES, times)


def lengths(*times: tuple[Fraction, ...], nbytes: int = PLENTY) -> list[int]:
    return [len(chunk) for chunk in split_into_chunks(tasks(*times), nbytes)]


def test_chunks_end_after_enough_frames_to_draw() -> None:
    assert CHUNK_FRAMES == 4
    assert lengths(*[HALF] * 10) == [4, 4, 2]
    assert lengths(*[evenly_spaced(3)] * 5) == [2, 2, 1]
    assert lengths(*[evenly_spaced(9)] * 3) == [1, 1, 1]


def test_chunks_end_after_enough_tasks() -> None:
    assert lengths(*[()] * 40) == [CHUNK_TASKS, CHUNK_TASKS, 8]


def test_chunks_end_before_they_have_too_many_bytes() -> None:
    assert lengths(*[HALF] * 6, nbytes=4 * FORMAT.nbytes) == [2, 2, 2]
    assert lengths(*[HALF] * 3, nbytes=1) == [1, 1, 1]
    assert lengths(*[()] * 5, nbytes=3 * FORMAT.nbytes) == [3, 2]


def test_nothing_of_nothing() -> None:
    assert lengths() == []


def test_no_task_is_taken_before_it_is_wanted() -> None:
    taken = []

    def counted() -> Iterator[PairTask]:
        for task in tasks(*[HALF] * 10):
            taken.append(task)
            yield task

    chunks = split_into_chunks(counted(), PLENTY)
    next(chunks)
    assert len(taken) == 4


def test_what_was_taken_before_an_error_is_a_chunk() -> None:
    def damaged() -> Iterator[PairTask]:
        yield from tasks(HALF, HALF)
        raise UnreadableFileError("no")

    chunks = split_into_chunks(damaged(), PLENTY)
    assert len(next(chunks)) == 2
    with pytest.raises(UnreadableFileError):
        next(chunks)


def test_what_engines_take_is_dropped() -> None:
    ((task, *_),) = split_into_chunks(tasks(HALF, HALF), PLENTY)
    assert task.pair.left.engine_frame is None
    assert task.pair.right.engine_frame is None
    assert task.times == HALF


def test_frames_of_held_pairs_are_not_sent() -> None:
    (chunk,) = split_into_chunks(tasks((), HALF, HALF, (), ()), PLENTY)
    assert list(source_frames(chunk)) == [1, 2, 3]


def test_a_frame_of_two_pairs_is_encoded_once() -> None:
    engine = FakeEngine()
    orders = [PairRequest(left, left + 1, HALF) for left in range(0, 40, 10) for left in (left, left + 1)]
    drawn = list(
        interpolate_pairs(engine, ViewTransform.fit(FRAMES), "direct", orders, lambda number: FRAMES[number].samples)
    )
    assert engine.encoded == 3 * 4
    assert [len(each) for each in drawn] == [1] * 8
    # Halfway between two neighbouring values, rounded to the even one.
    assert [int(each[0].flat[0]) for each in drawn[:2]] == [0, 2]
