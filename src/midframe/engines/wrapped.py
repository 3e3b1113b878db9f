"""What engines around an engine have in common."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from midframe.engines.protocols import Engine

Inner = TypeVar("Inner", bound=Engine[Any])


class WrappedEngine(Generic[Inner]):
    """Passes on what a wrapper leaves unchanged; see `Engine`."""

    def __init__(self, engine: Inner) -> None:
        self._engine: Inner = engine

    @property
    def device_name(self) -> str:
        """Device of the engine inside, in words."""
        return self._engine.device_name

    @property
    def strips(self) -> int:
        """Strips of the engine inside."""
        return self._engine.strips

    @strips.setter
    def strips(self, strips: int) -> None:
        self._engine.strips = strips

    def release(self) -> None:
        """Free what the engine inside keeps for speed."""
        self._engine.release()
