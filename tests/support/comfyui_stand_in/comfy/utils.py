"""The progress bar, whose update notices interruptions, as in a running server."""

from __future__ import annotations

import threading
from typing import Any

from comfy import model_management

shown: list[tuple[int, int, Any, str]] = []
"""Value, total, preview and name of the thread of every update."""


class ProgressBar:
    def __init__(self, total: int, node_id: str | None = None) -> None:
        self.total = total

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        self.total = total or self.total
        model_management.throw_exception_if_processing_interrupted()
        shown.append((value, self.total, preview, threading.current_thread().name))
