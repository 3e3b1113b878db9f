from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest

from midframe.runtime.queues import MAX_WAITING, ByteQueue, QueueCancelledError
from midframe.signals import CancelRequested, CancelToken, handle_stop_signals


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_first_in_first_out_then_none() -> None:
    queue: ByteQueue[str] = ByteQueue(100)
    for item in "abc":
        queue.put(item, 10)
    queue.close()
    assert [queue.get() for _ in range(5)] == ["a", "b", "c", None, None]


def test_bytes_inside_are_counted() -> None:
    queue: ByteQueue[str] = ByteQueue(100)
    queue.put("a", 30)
    queue.put("b", 50)
    assert queue.used == 80
    queue.get()
    assert queue.used == 50


def test_put_waits_for_room_and_no_longer() -> None:
    queue: ByteQueue[str] = ByteQueue(100)
    queue.put("a", 60)
    queue.put("b", 40)
    thread = in_thread(lambda: queue.put("c", 60))
    thread.join(0.05)
    assert thread.is_alive()
    assert queue.used == 100
    assert queue.get() == "a"
    thread.join(10)
    assert not thread.is_alive()
    assert queue.used == 100


def test_a_slow_consumer_never_sees_more_than_the_budget() -> None:
    queue: ByteQueue[int] = ByteQueue(100)
    sizes = [10, 90, 35, 35, 35, 60, 1, 99, 100, 50] * 5

    def produce() -> None:
        for number, size in enumerate(sizes):
            queue.put(number, size)
        queue.close()

    thread = in_thread(produce)
    seen, highest = [], 0
    while True:
        highest = max(highest, queue.used)
        item = queue.get()
        if item is None:
            break
        seen.append(item)
        time.sleep(0.0005)
    thread.join(10)
    assert seen == list(range(len(sizes)))
    assert highest <= 100


def test_an_item_larger_than_the_budget_goes_alone() -> None:
    queue: ByteQueue[str] = ByteQueue(100)
    queue.put("huge", 1000)
    thread = in_thread(lambda: queue.put("small", 1))
    thread.join(0.05)
    assert thread.is_alive()
    assert queue.get() == "huge"
    thread.join(10)
    assert queue.get() == "small"


def test_error_comes_after_the_items_before_it() -> None:
    queue: ByteQueue[str] = ByteQueue(100)
    queue.put("a", 1)
    queue.close(OSError("gone"))
    assert queue.get() == "a"
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            queue.get()


def test_cancel_wakes_a_producer_that_waits() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    queue.put("a", 10)
    raised: list[type[BaseException]] = []

    def produce() -> None:
        try:
            queue.put("b", 10)
        except QueueCancelledError as error:
            raised.append(type(error))

    thread = in_thread(produce)
    thread.join(0.05)
    assert thread.is_alive()
    queue.cancel()
    thread.join(10)
    assert raised == [QueueCancelledError]
    assert queue.used == 0


def test_cancel_wakes_a_consumer_that_waits() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    raised: list[type[BaseException]] = []

    def consume() -> None:
        try:
            queue.get()
        except QueueCancelledError as error:
            raised.append(type(error))

    thread = in_thread(consume)
    queue.cancel()
    thread.join(10)
    assert raised == [QueueCancelledError]


def test_nothing_goes_in_after_cancel() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    queue.cancel()
    with pytest.raises(QueueCancelledError):
        queue.put("a", 1)
    with pytest.raises(QueueCancelledError):
        queue.get()


def test_close_wakes_a_consumer_that_waits() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    got: list[object] = []
    thread = in_thread(lambda: got.append(queue.get()))
    thread.join(0.02)
    queue.close()
    thread.join(10)
    assert got == [None]


def test_small_items_do_not_pile_up() -> None:
    """However small frames are, only that many wait: the rest of the budget would be filled for nothing."""
    queue: ByteQueue[int] = ByteQueue(1 << 30)

    def fill() -> None:
        for number in range(2 * MAX_WAITING):
            queue.put(number, 1)

    producer = in_thread(fill)
    deadline = time.monotonic() + 60
    while queue.used < MAX_WAITING and time.monotonic() < deadline:
        time.sleep(0.01)
    producer.join(0.2)
    assert queue.used == MAX_WAITING
    for number in range(2 * MAX_WAITING):
        assert queue.used <= MAX_WAITING
        assert queue.get() == number
    producer.join(timeout=10)
    assert not producer.is_alive()


def stop_from_another_thread() -> threading.Thread:
    """A signal that another thread receives does not end the wait that the main thread is in.

    Neither does one that comes just before that wait begins, but that moment is hard to meet.
    """

    def stop() -> None:
        time.sleep(0.05)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    return in_thread(stop)


def test_a_wait_for_items_ends_when_the_user_stops() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    with handle_stop_signals():
        stop_from_another_thread()
        with pytest.raises(KeyboardInterrupt):
            queue.get()
    # Its lock is free.
    in_thread(lambda: queue.put("a", 1)).join(10)
    assert queue.get() == "a"


def test_a_wait_for_room_ends_when_the_user_stops_and_loses_nothing() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    queue.put("a", 10)
    with handle_stop_signals():
        stop_from_another_thread()
        with pytest.raises(KeyboardInterrupt):
            queue.put("b", 10)
    queue.close()
    assert [queue.get() for _ in range(3)] == ["a", "b", None]


@pytest.mark.parametrize("main_thread", [True, False])
def test_a_token_that_is_cancelled_in_another_thread_ends_a_wait_for_items(main_thread: bool) -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    token = CancelToken()
    ended: list[float] = []

    def consume() -> None:
        with pytest.raises(CancelRequested):
            queue.get(cancel=token)
        ended.append(time.monotonic())

    cancelled = time.monotonic() + 0.1
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    if main_thread:
        consume()
    else:
        in_thread(consume).join(10)
    assert ended[0] - cancelled < 0.5
    # Its lock is free.
    queue.put("a", 1)
    assert queue.get() == "a"


def test_a_token_ends_a_wait_for_room_and_loses_nothing() -> None:
    queue: ByteQueue[str] = ByteQueue(10)
    queue.put("a", 10)
    token = CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    with pytest.raises(CancelRequested):
        queue.put("b", 10, cancel=token)
    queue.close()
    assert [queue.get() for _ in range(3)] == ["a", "b", None]
