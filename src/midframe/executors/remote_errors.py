"""Errors that arise in a worker and are raised in the main process."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from midframe.errors import EngineError, MidframeError


class RemoteError(Exception):
    """The traceback of an error in a worker, as its cause. Only shown to users with ``--debug``."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


@dataclass(frozen=True)
class RemoteFailure:
    """An error in a worker, in a form that can be sent to another process.

    Attributes:
        error: The error to raise.
        traceback: Where in the worker it arose; empty where that does not matter.
    """

    error: Exception
    traceback: str = ""

    @staticmethod
    def current(error: Exception) -> RemoteFailure:
        """Describe the error that is being handled."""
        return RemoteFailure(portable(error), traceback.format_exc())

    def restored(self) -> Exception:
        """The error, with the traceback as its cause."""
        self.error.__cause__ = RemoteError(self.traceback)
        return self.error


def portable(error: Exception) -> Exception:
    """An error that can be pickled for certain: those of midframe are a sentence and plain fields."""
    if isinstance(error, MidframeError):
        return error
    if isinstance(error, MemoryError):
        return EngineError(
            "Out of memory: try `flow_scale=0.5` (or 0.25), smaller frames, or fewer workers.", option="flow_scale"
        )
    return RuntimeError(f"{type(error).__name__}: {error}")
