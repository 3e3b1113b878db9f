"""A shell in a terminal of its own, for what only shows when a key is pressed."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>()][0AB]?)")

IN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Starts a program that the terminal of its standard input controls."""


class ShellTerminal:
    """A shell that reads its commands from a terminal, until it is closed.

    Args:
        command: The program and its arguments.
        folder: The working folder, which is the home folder too.
        path: Where it looks for programs.
    """

    def __init__(self, command: list[str], folder: Path, path: str) -> None:
        variables = {"PATH": path, "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "> "}
        self._terminal, inside = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, *command],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=folder,
            env=variables,
            start_new_session=True,
        )
        os.close(inside)

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def read_until(self, expected: str, seconds: float = 20) -> str:
        """What it shows, without control sequences, up to something.

        Raises:
            AssertionError: It does not come in time.
        """
        shown = ""
        until = time.monotonic() + seconds
        while expected not in shown:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{expected!r} has not come after {shown!r}"
            shown += os.read(self._terminal, 65536).decode(errors="replace")
        return ESCAPES.sub("", shown)

    def close(self) -> None:
        """End the shell."""
        os.close(self._terminal)
        self._process.wait(20)
