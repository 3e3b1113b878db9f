from __future__ import annotations

import signal
import threading
import time

import pytest

from midframe.signals import (
    POLL_INTERVAL_SECONDS,
    CancelRequested,
    CancelToken,
    defer_signals,
    handle_stop_signals,
    interruptible_wait,
    join_thread,
)

STOPS = pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])


@STOPS
def test_a_stop_signal_interrupts(stop: signal.Signals) -> None:
    with handle_stop_signals(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(stop)


@STOPS
def test_sections_that_defer_signals_are_finished_first(stop: signal.Signals) -> None:
    done = []

    def work() -> None:
        with defer_signals:
            with defer_signals:
                signal.raise_signal(stop)
                done.append("inner")
            assert defer_signals.interrupted
            done.append("outer")

    with handle_stop_signals():
        with pytest.raises(KeyboardInterrupt):
            work()
        assert not defer_signals.interrupted
        with defer_signals:
            done.append("a signal interrupts once")
    assert done == ["inner", "outer", "a signal interrupts once"]


def test_two_signals_inside_are_one_interruption() -> None:
    def work() -> None:
        with defer_signals:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)

    with handle_stop_signals():
        with pytest.raises(KeyboardInterrupt):
            work()
        with defer_signals:
            pass


def test_an_interruption_outweighs_an_error_inside() -> None:
    def fail() -> None:
        with defer_signals:
            signal.raise_signal(signal.SIGTERM)
            raise OSError("gone")

    with handle_stop_signals(), pytest.raises(KeyboardInterrupt) as caught:
        fail()
    assert isinstance(caught.value.__context__, OSError)


def test_errors_pass_without_an_interruption() -> None:
    with pytest.raises(OSError, match="gone"), defer_signals:
        raise OSError("gone")


def test_other_threads_are_never_interrupted() -> None:
    inside, leave = threading.Event(), threading.Event()
    seen: list[bool] = []

    def work() -> None:
        with handle_stop_signals(), defer_signals:
            inside.set()
            leave.wait(10)
            seen.append(defer_signals.interrupted)

    with handle_stop_signals():
        thread = threading.Thread(target=work)
        thread.start()
        assert inside.wait(10)
        with pytest.raises(KeyboardInterrupt):
            # At once: what another thread does forbids nothing here.
            signal.raise_signal(signal.SIGTERM)
        leave.set()
        join_thread(thread)
    assert seen == [False]


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with handle_stop_signals():
        with handle_stop_signals():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_program_that_ignores_ctrl_c_goes_on_doing_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with handle_stop_signals():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_waiting_for_a_thread_is_interrupted_also_by_a_signal_that_another_thread_received() -> None:
    """Such a signal does not end the wait that the main thread is in; it is noticed after a polling interval."""
    leave = threading.Event()
    waits = threading.Thread(target=leave.wait, args=(60,))
    waits.start()

    def stop() -> None:
        time.sleep(POLL_INTERVAL_SECONDS / 2)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    stops = threading.Thread(target=stop)
    try:
        with handle_stop_signals():
            stops.start()
            with pytest.raises(KeyboardInterrupt):
                join_thread(waits)
        assert waits.is_alive()
    finally:
        leave.set()
    waits.join(10)
    stops.join(10)


def cancel_soon(token: CancelToken) -> threading.Timer:
    timer = threading.Timer(0.05, token.cancel)
    timer.start()
    return timer


def test_a_token_is_cancelled_once_and_for_all() -> None:
    assert not CancelToken().cancelled
    token = CancelToken()
    token.raise_if_cancelled()
    for _ in range(2):
        token.cancel()
        assert token.cancelled
        with pytest.raises(CancelRequested):
            token.raise_if_cancelled()


def test_a_wait_returns_what_the_attempt_returned() -> None:
    outcomes = iter([[], [], ["ready"]])
    assert interruptible_wait(lambda seconds: next(outcomes)) == ["ready"]


def test_a_wait_is_made_of_short_steps() -> None:
    steps: list[float] = []

    def attempt(seconds: float) -> bool:
        steps.append(seconds)
        return len(steps) == 3

    assert interruptible_wait(attempt, 60)
    assert steps == [POLL_INTERVAL_SECONDS] * 3


def test_a_wait_ends_at_its_timeout() -> None:
    started = time.monotonic()
    assert not interruptible_wait(threading.Event().wait, 0.3)
    assert 0.3 <= time.monotonic() - started < 10
    assert interruptible_wait(lambda seconds: seconds == 0, 0), "one attempt in any case"


def test_a_wait_ends_when_its_token_is_cancelled_by_another_thread() -> None:
    token = CancelToken()
    started = time.monotonic()
    timer = cancel_soon(token)
    with pytest.raises(CancelRequested):
        interruptible_wait(threading.Event().wait, cancel=token)
    assert time.monotonic() - started < 0.05 + 0.5
    timer.join(10)


def test_a_cancelled_token_ends_a_wait_before_its_first_attempt() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelRequested):
        interruptible_wait(lambda seconds: pytest.fail("attempted"), cancel=token)
