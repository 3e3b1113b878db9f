"""A running mpv, controlled through its socket."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.vapoursynth_environment import VapourSynth

PATIENCE = 60
"""Seconds after which something that does not happen is taken for a hang."""


class Player:
    """Sends commands, and waits for what they lead to."""

    def __init__(self, process: subprocess.Popen[str], connection: socket.socket) -> None:
        self.process = process
        self._connection = connection
        self._lines = connection.makefile("r", encoding="utf-8")
        self._number = 0

    def command(self, *words: object) -> Any:
        """Send a command and return its data; None where mpv refuses, as for what is not known yet."""
        self._number += 1
        message = {"command": list(words), "request_id": self._number}
        self._connection.sendall(json.dumps(message).encode() + b"\n")
        for line in self._lines:
            answer = json.loads(line)
            if answer.get("request_id") == self._number:
                return answer.get("data") if answer["error"] == "success" else None
        raise AssertionError("mpv has closed its socket")

    def shown_at(self) -> float | None:
        """Seconds at which the frame that is shown stands."""
        found = self.command("get_property", "time-pos/full")
        return None if found is None else float(found)

    def step(self) -> float:
        """Show the next frame, and return when it stands."""
        before = self.shown_at()
        self.command("frame-step")
        return self.wait_for_other(before)

    def seek(self, seconds: float) -> float:
        """Go there exactly, and return when the frame stands that is shown then."""
        before = self.shown_at()
        self.command("seek", seconds, "absolute+exact")
        return self.wait_for_other(before)

    def wait_for_other(self, before: float | None) -> float:
        """Wait until another frame is shown."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            now = self.shown_at()
            if now is not None and now != before and not self.command("get_property", "seeking"):
                return now
            time.sleep(0.02)
        raise AssertionError(f"mpv still shows the frame at {before} s")


@contextmanager
def play(vapoursynth: VapourSynth, folder: Path, *arguments: object) -> Iterator[Player]:
    """Start mpv, paused at the first frame, without a window; it is stopped in the end."""
    path = folder / "mpv"
    options = ["--no-config", "--hwdec=no", "--vo=null", "--no-audio", "--pause", f"--input-ipc-server={path}"]
    process = vapoursynth.start("mpv", *options, *arguments, cwd=folder)
    connection = socket.socket(socket.AF_UNIX)
    try:
        ends = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < ends:
            try:
                connection.connect(str(path))
                break
            except OSError:
                time.sleep(0.05)
        connection.settimeout(PATIENCE)
        player = Player(process, connection)
        player.wait_for_other(None)
        yield player
    finally:
        connection.close()
        process.kill()
        process.communicate()
