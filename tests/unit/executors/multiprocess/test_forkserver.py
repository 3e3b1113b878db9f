"""Starting a process while the one that it is forked from dies; a real one is killed in test_executor.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from midframe.errors import EngineError
from midframe.executors.multiprocess import forkserver


class Unlucky:
    """A process that starts when all that may go wrong has done so."""

    def __init__(self, troubles: Sequence[Exception]) -> None:
        self.troubles = list(troubles)
        self.started = 0

    def start(self) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.started += 1


def start(process: Unlucky) -> None:
    forkserver.start_process(cast(forkserver.WorkerProcess, process))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forkserver, "RETRY_SECONDS", 0.001)


def test_a_server_that_is_dying() -> None:
    """It refuses connections, or takes one and says nothing more."""
    process = Unlucky([ConnectionRefusedError(), BrokenPipeError(), EOFError(), ConnectionResetError()])
    start(process)
    assert process.started == 1


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forkserver, "START_TIMEOUT_SECONDS", 0.01)
    with pytest.raises(EngineError, match=r"cannot be started \(refused\)"):
        start(Unlucky([ConnectionRefusedError("refused")] * 10_000))


def test_what_else_goes_wrong_is_not_tried_again() -> None:
    process = Unlucky([OSError("Too many open files")])
    with pytest.raises(OSError, match="Too many open files"):
        start(process)
    assert process.started == 0
