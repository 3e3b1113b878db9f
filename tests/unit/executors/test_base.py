from __future__ import annotations

from collections.abc import Iterator

import pytest

from midframe.errors import UnreadableFileError
from midframe.executors.base import DeferredErrors


def numbers(error: Exception | None) -> Iterator[int]:
    yield from (1, 2)
    if error is not None:
        raise error


def test_what_comes_before_a_failure_is_had_and_the_failure_kept() -> None:
    error = UnreadableFileError("3.png is damaged.")
    readable = DeferredErrors(numbers(error))
    assert list(readable) == [1, 2]
    assert readable.error is error


def test_without_a_failure_there_is_none() -> None:
    readable = DeferredErrors(numbers(None))
    assert (list(readable), readable.error) == ([1, 2], None)


def test_defects_are_no_failures_of_reading() -> None:
    with pytest.raises(ZeroDivisionError):
        list(DeferredErrors(numbers(ZeroDivisionError())))
