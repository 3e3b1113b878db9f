"""Damaged and hostile files for everything that reads files: `make fuzz` for long, a short run with all other tests."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from midframe.errors import InputError

LONGEST_SECONDS = 10
"""Processor time for one small file, on a slow and busy machine; what is wrong takes minutes."""

LARGEST_GROWTH = 1 << 30
"""Bytes of memory, for the largest of all small files."""

settings.register_profile(
    "fuzz",
    max_examples=1_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

Bounded = Callable[..., AbstractContextManager[None]]


def require_a_sentence(read: Callable[[Path], object], file: Path, bounded: Bounded, *, silent: bool = True) -> None:
    """Read a file, which may end in nothing but a result or an error of midframe's about the user's input.

    Args:
        read: Reads it.
        file: The file.
        bounded: The fixture.
        silent: Whether nothing may be said on the standard streams.
    """
    message = None
    with bounded(silent):
        try:
            read(file)
        except InputError as error:
            message = str(error)
    if message is not None:
        assert str(file) in message
        assert len(message) < 2000
        assert message.encode().decode().isprintable()


@pytest.fixture
def bounded(capfd: pytest.CaptureFixture[str]) -> Iterator[Bounded]:
    """A block that must be over soon, and in which nothing may speak on the standard streams."""

    @contextmanager
    def check(silent: bool = True) -> Iterator[None]:
        began = time.process_time()
        signal.alarm(6 * LONGEST_SECONDS)
        try:
            yield
        finally:
            signal.alarm(0)
        assert time.process_time() - began < LONGEST_SECONDS
        said = capfd.readouterr()
        assert not silent or said == ("", "")

    def too_long(*_: object) -> None:
        raise AssertionError("this takes too long")

    previous = signal.signal(signal.SIGALRM, too_long)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield check
    signal.signal(signal.SIGALRM, previous)
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    assert grown < LARGEST_GROWTH
