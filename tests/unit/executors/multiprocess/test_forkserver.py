"""Starting a process while the one that it is forked from dies; a real one is killed in test_executor.py."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import psutil
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


@pytest.mark.skipif(not forkserver.FORKED, reason="workers are not forked here")
@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_the_server_ends_with_a_main_process_that_is_killed(tmp_path: Path, delay: float) -> None:
    """Also while it is still importing something, which here takes for ever."""
    (tmp_path / "slow_to_import.py").write_text("import time; time.sleep(600)")
    program = (
        "import time\n"
        "from multiprocessing import forkserver as standard\n"
        "from midframe.executors.multiprocess import forkserver as ours\n"
        "ours.PRELOADED = (ours.PRELOADED[0], 'slow_to_import')\n"
        "ours.start_server()\n"
        "print(standard._forkserver._forkserver_pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as main:
        assert main.stdout is not None
        server = psutil.Process(int(main.stdout.readline()))
        time.sleep(delay)
        main.kill()
    # Without an end it would be there for ten minutes.
    _, alive = psutil.wait_procs([server], timeout=20)
    assert not alive
