"""Errors that arise in another process and are raised in this one."""

from __future__ import annotations

from midframe.errors import EngineError, MidframeError


class RemoteError(Exception):
    """Where in a worker an error arose, as its cause. Never reaches a user, except with ``--debug``."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def portable(error: Exception) -> Exception:
    """An error that can be sent to another process for certain: all of ours are a sentence and nothing else."""
    if isinstance(error, MidframeError):
        return error
    if isinstance(error, MemoryError):
        return EngineError("Out of memory: try --scale 0.5 (or 0.25), smaller frames, or fewer workers.")
    return RuntimeError(f"{type(error).__name__}: {error}")
