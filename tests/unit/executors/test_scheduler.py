"""The scheduler with workers that only exist in memory, and that do what a test says."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.executors import HALF, flats, tasks_of

from midframe.errors import EngineError, UnreadableFileError
from midframe.executors.base import PairTask
from midframe.executors.scheduler import (
    CHUNKS_AHEAD,
    MAX_CHUNKS,
    ChunkFailure,
    ChunkLoss,
    ChunkRequest,
    ChunkResult,
    OrderedScheduler,
    TransportEvent,
    WorkerLoss,
    WorkerReady,
)
from midframe.signals import CancelRequested, CancelToken
from midframe.types import Samples

FRAMES = flats(range(60))


def tasks(*wanted: bool) -> list[PairTask]:
    return list(tasks_of(FRAMES, [HALF if each else () for each in wanted]))


def cut(row: Sequence[PairTask], size: int) -> Iterator[tuple[PairTask, ...]]:
    for start in range(0, len(row), size):
        yield tuple(row[start : start + size])


class FakeTransport:
    """A transport whose workers do one thing at a time, which `choose` decides.

    Attributes:
        holding: The chunks that each worker has, oldest first; None for workers that do not exist yet.
        sent: Numbers of worker and chunk, in the order in which chunks were sent.
        most: The highest number of chunks that were in flight at once.
    """

    def __init__(
        self,
        workers: int,
        choose: Callable[[FakeTransport, float], Sequence[TransportEvent]],
        *,
        room: int = 1000,
        ready: bool = True,
    ) -> None:
        self.max_workers = workers
        self.choose = choose
        self.room = room
        self.holding: dict[int, list[ChunkRequest]] = {worker: [] for worker in range(workers)}
        self.events: list[TransportEvent] = [WorkerReady(worker) for worker in range(workers) if ready]
        self.requested: list[int] = []
        self.sent: list[tuple[int, int]] = []
        self.reserved: dict[int, int] = {}
        self.collected: list[tuple[int, int]] = []
        self.most = 0

    @property
    def has_capacity(self) -> bool:
        return sum(self.reserved.values()) < self.room

    def reserve(self, request: ChunkRequest) -> bool:
        if self.reserved and sum(self.reserved.values()) + len(request.tasks) > self.room:
            return False
        self.reserved[request.number] = len(request.tasks)
        self.most = max(self.most, len(self.reserved))
        return True

    def request_workers(self, count: int) -> None:
        self.requested.append(count)

    def send(self, worker: int, request: ChunkRequest) -> None:
        assert len(self.holding[worker]) < CHUNKS_AHEAD
        assert request.missing
        self.holding[worker].append(request)
        self.sent.append((worker, request.number))

    def wait(self, seconds: float) -> Sequence[TransportEvent]:
        if self.events:
            events, self.events = self.events, []
            return events
        return self.choose(self, seconds)

    def collect(self, request: ChunkRequest, position: int) -> tuple[Samples, ...]:
        assert position in request.done
        self.collected.append((request.number, position))
        return (np.full(1, position),)

    def release(self, request: ChunkRequest) -> None:
        del self.reserved[request.number]

    # What can happen, for `choose`.

    def busy(self) -> list[int]:
        return [worker for worker, requests in self.holding.items() if requests]

    def finish_pair(self, worker: int) -> Sequence[TransportEvent]:
        request = self.holding[worker][0]
        position = request.missing[0]
        if len(request.missing) == 1:
            self.holding[worker].pop(0)
        return [ChunkResult(request.number, (position,))]

    def finish(self, worker: int) -> Sequence[TransportEvent]:
        request = self.holding[worker].pop(0)
        return [ChunkResult(request.number, tuple(request.missing))]

    def lose(self, worker: int, error: Exception | None = None) -> Sequence[TransportEvent]:
        self.holding[worker].clear()
        return [WorkerLoss(worker, error)]


def oldest_first(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
    """Workers take turns, and nothing goes wrong."""
    busy = transport.busy()
    assert busy or not seconds, "waiting forever"
    return transport.finish(busy[0]) if busy else ()


def numbers(scheduler: OrderedScheduler) -> Iterator[int]:
    return (result.task.pair.left.frame.index for result in scheduler.results())


@given(
    st.lists(st.booleans(), max_size=59),
    st.integers(1, 4),
    st.integers(1, 5),
    st.sampled_from([1, 7, 1000]),
    st.randoms(use_true_random=False),
)
def test_results_come_in_order_and_once_whatever_happens(
    wanted: list[bool], workers: int, size: int, room: int, chance: random.Random
) -> None:
    """Whole chunks, single pairs and losses, in any order and of any worker, also of workers that have nothing."""
    gone: set[int] = set()

    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        busy = [worker for worker in transport.busy() if worker not in gone]
        acts = [lambda worker=worker: transport.finish(worker) for worker in busy]
        acts += [lambda worker=worker: transport.finish_pair(worker) for worker in busy]
        if chance.random() < 0.3:
            acts += [lambda worker=worker: lose(transport, worker) for worker in range(workers) if worker not in gone]
            acts += [lambda worker=worker: lose_chunk(transport, worker) for worker in busy]
        acts += [lambda worker=worker: come_back(worker) for worker in sorted(gone)]
        if not seconds and chance.random() < 0.5:
            return ()
        assert acts or not seconds, "waiting forever"
        return chance.choice(acts)() if acts else ()

    def lose(transport: FakeTransport, worker: int) -> Sequence[TransportEvent]:
        gone.add(worker)
        return transport.lose(worker)

    def come_back(worker: int) -> Sequence[TransportEvent]:
        gone.remove(worker)
        return [WorkerReady(worker)]

    def lose_chunk(transport: FakeTransport, worker: int) -> Sequence[TransportEvent]:
        return [ChunkLoss(transport.holding[worker].pop(0).number)]

    row = tasks(*wanted)
    transport = FakeTransport(workers, choose, room=room)
    results = list(OrderedScheduler(transport, cut(row, size)).results())
    assert [result.task for result in results] == row
    assert [len(result.frames) for result in results] == [len(task.times) for task in row]
    assert len(transport.collected) == len(set(transport.collected)) == sum(wanted)
    assert not transport.reserved
    assert transport.most <= MAX_CHUNKS * workers


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 4), st.integers(0, 39), st.randoms(use_true_random=False))
def test_an_error_comes_after_all_results_before_it(
    count: int, workers: int, size: int, failing: int, chance: random.Random
) -> None:
    """Whichever worker meets the pair, and whatever others do meanwhile."""
    failing %= count

    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        busy = transport.busy()
        assert busy or not seconds, "waiting forever"
        if not busy:
            return ()
        worker = chance.choice(busy)
        request = transport.holding[worker][0]
        index = request.tasks[request.missing[0]].pair.left.frame.index
        if index != failing:
            return transport.finish_pair(worker)
        if chance.random() < 0.5:
            transport.holding[worker].pop(0)
            return [ChunkFailure(request.number, EngineError("broken"))]
        return transport.lose(worker, EngineError("broken"))

    results = numbers(OrderedScheduler(FakeTransport(workers, choose), cut(tasks(*[True] * count), size)))
    assert [next(results) for _ in range(failing)] == list(range(failing))
    with pytest.raises(EngineError, match="broken"):
        next(results)


def test_the_worker_with_the_least_to_do_is_sent_the_next_chunk() -> None:
    transport = FakeTransport(3, lambda this, seconds: oldest_first(this, seconds) if seconds else ())
    list(OrderedScheduler(transport, cut(tasks(*[True] * 9), 1)).results())
    assert [worker for worker, _ in transport.sent[:3]] == [0, 1, 2]
    assert [chunk for _, chunk in transport.sent] == list(range(1, 10))


def test_workers_are_requested_for_chunks_that_wait() -> None:
    def come(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        if seconds and not transport.sent:
            return [WorkerReady(0)]
        return oldest_first(transport, seconds) if transport.sent else ()

    transport = FakeTransport(2, come, ready=False)
    list(OrderedScheduler(transport, cut(tasks(*[True] * 9), 1)).results())
    assert transport.requested[:4] == [1, 1, 2, 2]
    assert max(transport.requested) == CHUNKS_AHEAD * 2
    assert {worker for worker, _ in transport.sent} == {0}


def test_no_chunk_is_taken_before_it_is_needed() -> None:
    taken = []

    def counted() -> Iterator[tuple[PairTask, ...]]:
        for chunk in cut(tasks(*[True] * 59), 1):
            taken.append(chunk)
            yield chunk

    results = OrderedScheduler(FakeTransport(2, oldest_first), counted()).results()
    next(results)
    assert len(taken) <= CHUNKS_AHEAD * 2 + 1
    list(results)
    assert len(taken) == 59


def test_a_lost_chunk_goes_back_to_its_worker_if_it_is_as_free_as_others() -> None:
    """So that a worker that dies over certain frames uses up its own restarts, and not those of all others."""
    losses = 0

    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        nonlocal losses
        if losses < 3 and transport.holding[1]:
            losses += 1
            return [*transport.lose(1), WorkerReady(1)]
        return oldest_first(transport, seconds)

    transport = FakeTransport(2, choose)
    assert list(numbers(OrderedScheduler(transport, cut(tasks(True, True), 1)))) == [0, 1]
    assert transport.sent == [(0, 1), (1, 2), (1, 2), (1, 2), (1, 2)]


@pytest.mark.parametrize("counted", [True, False])
def test_attempts_are_limited(counted: bool) -> None:
    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        if not transport.busy():
            return ()
        if len(transport.sent) < 6 and transport.holding[0][0].number == 2:
            return [ChunkLoss(transport.holding[0].pop(0).number, counted=counted)]
        return oldest_first(transport, seconds)

    transport = FakeTransport(1, choose)
    scheduler = OrderedScheduler(
        transport, cut(tasks(True, True, True), 1), max_attempts=3, attempts_error="3 times on the same frames"
    )
    results = numbers(scheduler)
    assert next(results) == 0
    if not counted:
        assert list(results) == [1, 2]
        return
    with pytest.raises(EngineError, match="3 times on the same frames"):
        next(results)
    assert [chunk for _, chunk in transport.sent].count(2) == 3


def test_other_workers_finish_what_was_taken_when_one_is_lost_for_good() -> None:
    """The error is raised, although all frames that were taken are there: others were not taken any more."""

    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        if not transport.collected:
            return oldest_first(transport, seconds)
        if 1 in transport.holding and not transport.holding[1]:
            del transport.holding[1]
            return [WorkerLoss(1, EngineError("dies"))]
        return transport.finish(transport.busy()[-1]) if transport.busy() else ()

    results = numbers(OrderedScheduler(FakeTransport(2, choose), cut(tasks(*[True] * 59), 1)))
    found: list[int] = []
    with pytest.raises(EngineError, match="dies"):
        found.extend(results)
    assert found == list(range(len(found)))
    assert 1 < len(found) < 59


def test_a_worker_that_is_lost_for_good_after_its_last_chunk_does_no_harm() -> None:
    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        if seconds and 0 in transport.holding and not transport.holding[0]:
            del transport.holding[0]
            return [WorkerLoss(0, EngineError("dies"))]
        return oldest_first(transport, seconds)

    assert list(numbers(OrderedScheduler(FakeTransport(2, choose), cut(tasks(True, True), 1)))) == [0, 1]


def test_without_workers_nothing_is_waited_for() -> None:
    def choose(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        return [WorkerLoss(0, EngineError("no engine"))] if transport.reserved else ()

    with pytest.raises(EngineError, match="no engine"):
        list(numbers(OrderedScheduler(FakeTransport(1, choose, ready=False), cut(tasks(*[True] * 9), 1))))


def test_a_worker_that_cannot_be_started_is_lost_for_good() -> None:
    class Refusing(FakeTransport):
        def send(self, worker: int, request: ChunkRequest) -> None:
            if request.number == 3:
                raise EngineError("cannot be started")
            super().send(worker, request)

    results = numbers(OrderedScheduler(Refusing(1, oldest_first), cut(tasks(*[True] * 9), 1)))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(EngineError, match="cannot be started"):
        next(results)


def test_an_error_of_the_input_comes_after_all_results_before_it() -> None:
    def damaged() -> Iterator[tuple[PairTask, ...]]:
        yield from cut(tasks(*[True] * 5), 2)
        raise UnreadableFileError("damaged")

    results = numbers(OrderedScheduler(FakeTransport(2, oldest_first), damaged()))
    assert [next(results) for _ in range(5)] == list(range(5))
    with pytest.raises(UnreadableFileError, match="damaged"):
        next(results)


def test_a_token_that_is_cancelled_in_another_thread_ends_a_wait() -> None:
    def idle(transport: FakeTransport, seconds: float) -> Sequence[TransportEvent]:
        time.sleep(seconds)
        return ()

    token = CancelToken()
    results = numbers(OrderedScheduler(FakeTransport(1, idle), cut(tasks(True), 1), cancel=token))
    timer = threading.Timer(0.1, token.cancel)
    started = time.monotonic()
    timer.start()
    with pytest.raises(CancelRequested):
        next(results)
    assert time.monotonic() - started < 0.1 + 0.5


def test_a_token_ends_a_job_that_does_not_wait() -> None:
    token = CancelToken()
    results = numbers(OrderedScheduler(FakeTransport(1, oldest_first), cut(tasks(*[True] * 59), 1), cancel=token))
    next(results)
    token.cancel()
    with pytest.raises(CancelRequested):
        next(results)
