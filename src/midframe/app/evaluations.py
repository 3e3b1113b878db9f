"""Evaluations of inputs on request: a process each, which the app starts, watches and ends."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from midframe.errors import InputError, WriteError
from midframe.text import printable

EvaluationCommand = Callable[[Sequence[str], Path], list[str]]
"""The words of a command that evaluates inputs and writes a page."""

EvaluationState = Literal["", "running", "failed", "done"]

LONGEST_REASON = 500
"""Characters of the words of a process that has failed."""


class Evaluations:
    """Evaluations of items, one at a time.

    Args:
        folder: For their pages.
        command: Evaluates; None where its libraries are not installed.
        on_change: Called with the name of an item whose evaluation has begun or ended.
    """

    def __init__(self, folder: Path, command: EvaluationCommand | None, on_change: Callable[[str], None]) -> None:
        self._folder = folder
        self._command = command
        self._on_change = on_change
        self._lock = threading.Lock()
        self._running: tuple[str, subprocess.Popen[bytes]] | None = None
        self._reasons: dict[str, str] = {}

    @property
    def is_available(self) -> bool:
        """Whether anything can be evaluated."""
        return self._command is not None

    def page(self, item_id: str) -> Path:
        """Where the page of an item is."""
        return self._folder / f"{item_id}.html"

    def state(self, item_id: str) -> tuple[EvaluationState, str]:
        """How far the evaluation of an item is, and why it failed."""
        with self._lock:
            if self._running is not None and self._running[0] == item_id:
                return "running", ""
            reason = self._reasons.get(item_id)
        if reason is not None:
            return "failed", reason
        return ("done" if self.page(item_id).is_file() else ""), ""

    def start(self, item_id: str, sources: Sequence[str]) -> None:
        """Begin an evaluation.

        Raises:
            InputError: Another one runs, or nothing can be evaluated.
            WriteError: The folder cannot be made, or the process cannot be started.
        """
        if self._command is None:
            raise InputError("The libraries that measure are not installed: they are the extra `evaluate`.")
        with self._lock:
            if self._running is not None:
                raise InputError("Another evaluation is running. Wait for its end.")
            self._remove(item_id)
            log = self._log(item_id)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                with log.open("wb") as output:
                    process = subprocess.Popen(  # noqa: S603 - our own program, without a shell
                        self._command(sources, self.page(item_id)),
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
            except OSError as error:
                raise WriteError(f"The evaluation cannot be started: {error.strerror or error}.") from error
            self._running = item_id, process
            threading.Thread(target=self._wait, args=(item_id, process), name="evaluation", daemon=True).start()
        self._on_change(item_id)

    def remove(self, item_id: str) -> None:
        """End the evaluation of an item, and remove its page."""
        with self._lock:
            if self._running is not None and self._running[0] == item_id:
                self._running[1].terminate()
            self._remove(item_id)

    def close(self) -> None:
        """End what runs."""
        with self._lock:
            running = self._running
        if running is not None:
            running[1].terminate()
            running[1].wait()

    def _wait(self, item_id: str, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        with self._lock:
            self._running = None
            if code and not self.page(item_id).is_file():
                lines = self._log(item_id).read_text("utf-8", "replace").splitlines() or ["It has ended."]
                self._reasons[item_id] = printable(lines[-1].removeprefix("midframe: "))[:LONGEST_REASON]
        self._on_change(item_id)

    def _remove(self, item_id: str) -> None:
        self._reasons.pop(item_id, None)
        for path in self._folder.glob(f"{item_id}.*"):
            path.unlink(missing_ok=True)

    def _log(self, item_id: str) -> Path:
        return self._folder / f"{item_id}.log"
