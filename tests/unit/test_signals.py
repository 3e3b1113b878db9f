from __future__ import annotations

import signal
import threading
import time

import pytest

from midframe.signals import LOOK_UP_SECONDS, stop_signals_heard, unbroken, wait_for_end

STOPS = pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])


@STOPS
def test_a_stop_signal_interrupts(stop: signal.Signals) -> None:
    with stop_signals_heard(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(stop)


@STOPS
def test_unbroken_steps_are_finished_first(stop: signal.Signals) -> None:
    done = []

    def work() -> None:
        with unbroken:
            with unbroken:
                signal.raise_signal(stop)
                done.append("inner")
            assert unbroken.interrupted
            done.append("outer")

    with stop_signals_heard():
        with pytest.raises(KeyboardInterrupt):
            work()
        assert not unbroken.interrupted
        with unbroken:
            done.append("a signal is heard once")
    assert done == ["inner", "outer", "a signal is heard once"]


def test_two_signals_inside_are_one_interruption() -> None:
    def work() -> None:
        with unbroken:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)

    with stop_signals_heard():
        with pytest.raises(KeyboardInterrupt):
            work()
        with unbroken:
            pass


def test_an_interruption_outweighs_an_error_inside() -> None:
    def fail() -> None:
        with unbroken:
            signal.raise_signal(signal.SIGTERM)
            raise OSError("gone")

    with stop_signals_heard(), pytest.raises(KeyboardInterrupt) as caught:
        fail()
    assert isinstance(caught.value.__context__, OSError)


def test_errors_pass_where_nobody_interrupts() -> None:
    with pytest.raises(OSError, match="gone"), unbroken:
        raise OSError("gone")


def test_other_threads_are_never_interrupted() -> None:
    inside, leave = threading.Event(), threading.Event()
    seen: list[bool] = []

    def work() -> None:
        with stop_signals_heard(), unbroken:
            inside.set()
            leave.wait(10)
            seen.append(unbroken.interrupted)

    with stop_signals_heard():
        thread = threading.Thread(target=work)
        thread.start()
        assert inside.wait(10)
        with pytest.raises(KeyboardInterrupt):
            # At once: what another thread does forbids nothing here.
            signal.raise_signal(signal.SIGTERM)
        leave.set()
        wait_for_end(thread)
    assert seen == [False]


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stop_signals_heard():
        with stop_signals_heard():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_program_that_ignores_ctrl_c_goes_on_doing_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_signals_heard():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_waiting_for_a_thread_is_interrupted_also_by_a_signal_that_another_thread_received() -> None:
    """Such a signal does not end the wait that the main thread is in; it is seen when that looks up."""
    leave = threading.Event()
    waits = threading.Thread(target=leave.wait, args=(60,))
    waits.start()

    def stop() -> None:
        time.sleep(LOOK_UP_SECONDS / 2)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    stops = threading.Thread(target=stop)
    try:
        with stop_signals_heard():
            stops.start()
            with pytest.raises(KeyboardInterrupt):
                wait_for_end(waits)
        assert waits.is_alive()
    finally:
        leave.set()
    waits.join(10)
    stops.join(10)
