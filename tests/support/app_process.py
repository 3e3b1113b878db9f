"""The app as a process of its own, which can be killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support.app_server import free_port


class AppProcess:
    """``midframe app`` on a port of its own.

    Args:
        root: Folder that files may be chosen from.
        data: The app's folder.
        port: None for a free one.
    """

    def __init__(self, root: Path, data: Path, port: int | None = None) -> None:
        self.root = root
        self.data = data
        self.port = port or free_port()
        self.lines: list[str] = []
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        arguments = ["app", "--root", self.root, "--data", self.data, "--port", self.port, "--no-browser"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "midframe", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.lines = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        deadline = time.monotonic() + 60
        while not any("http://" in line for line in self.lines):
            assert self.process.poll() is None, "".join(self.lines)
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line)

    @property
    def address(self) -> str:
        """The address with the token, as it was printed."""
        found = re.search(r"http://\S+", "".join(self.lines))
        assert found is not None
        return found[0]

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()
        self._reading.join()

    def stop(self) -> int:
        """End it as Ctrl+C does. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reading.join()
        return code
