"""Reading up to what cannot be read: everything before it is used before the failure is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from midframe.errors import MidframeError

Item = TypeVar("Item")


class UntilFailure(Generic[Item]):
    """The items of an iterable up to the first that cannot be had; `failure` says why, for the reader to raise."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self.failure: MidframeError | None = None

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._items
        except MidframeError as error:
            self.failure = error
