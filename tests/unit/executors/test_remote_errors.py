from __future__ import annotations

import pickle

import pytest

from midframe.errors import EngineError, MidframeError, UnreadableFileError
from midframe.executors.remote_errors import RemoteFailure, portable


def fail() -> None:
    raise UnreadableFileError("3.png is damaged.", path="3.png")


def test_a_failure_arrives_with_its_fields_and_its_traceback() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        fail()
    try:
        raise caught.value
    except UnreadableFileError as error:
        sent = pickle.dumps(RemoteFailure.current(error))
    restored = pickle.loads(sent).restored()
    assert isinstance(restored, UnreadableFileError)
    assert (str(restored), str(restored.path)) == ("3.png is damaged.", "3.png")
    assert "in fail" in str(restored.__cause__)


def test_a_lack_of_memory_says_what_to_do() -> None:
    error = portable(MemoryError())
    assert isinstance(error, EngineError)
    assert error.option == "flow_scale"


def test_errors_of_other_kinds_are_named() -> None:
    error = portable(ZeroDivisionError("division by zero"))
    assert not isinstance(error, MidframeError)
    assert str(error) == "ZeroDivisionError: division by zero"
