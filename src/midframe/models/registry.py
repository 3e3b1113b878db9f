"""The network architectures that midframe can load weights of.

An architecture recognises its checkpoints by the tensors in them and makes a model of those tensors. To add one,
describe it by an `Architecture` and call ``ARCHITECTURES.add``; see CONTRIBUTING.md. Tensors are numpy arrays here:
loading a checkpoint needs no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.models.rife import architecture as rife
from midframe.models.rife.spec import ROWS

Tensors = Mapping[str, NDArray[Any]]
"""Contiguous arrays of any type, by key."""


class NetworkModel(Protocol):
    """The weights of one network, complete and checked. `midframe.models.rife.architecture.RifeModel` is one.

    Which engines run it is for the engines to say, see `midframe.engines.entry.EngineEntry.runs`.
    """

    @property
    def architecture(self) -> str:
        """Name of its `Architecture`."""
        ...

    @property
    def row(self) -> str:
        """Which of the architecture's rows it is."""
        ...

    @property
    def description(self) -> str:
        """Name for messages and summaries, such as "RIFE 4.25 or 4.26"."""
        ...

    @property
    def tensors(self) -> Mapping[str, NDArray[np.float32]]:
        """Contiguous arrays, exactly what inference needs, by key."""
        ...

    @property
    def parameters(self) -> int:
        """How many numbers the network consists of."""
        ...

    def check(self, *, flow_scale: float, ensemble: bool) -> None:
        """Refuse options that the network cannot be run with.

        Raises:
            OptionError: It has no such flow scale or no ensemble mode.
        """
        ...


@dataclass(frozen=True)
class Architecture:
    """One family of networks whose weights differ in shape by row.

    Its functions must be importable by name, because worker processes get the architecture pickled.

    Attributes:
        name: Short and unique, such as "rife"; the catalogue names it.
        description: Name for messages, such as "RIFE 4".
        rows: Names of the variants, which the catalogue names.
        detect: Whether tensors (by key) are weights of this architecture, or nearly so: whatever `load` has a better
            error for than "not known". Must be quick and must not raise.
        load: A model of the tensors of a file, which is named in messages. Raises `CheckpointMismatchError` where a
            tensor is missing, misshapen, left over or not finite, `UnrecognisedCheckpointError` for checkpoints
            that are recognised but cannot be run.
        check_row: Refuses what a row cannot do, before any weights are read: called with the row's name and whether
            an ensemble is requested, raises `OptionError`. None where the tensors decide.
    """

    name: str
    description: str
    rows: tuple[str, ...]
    detect: Callable[[Tensors], bool]
    load: Callable[[Tensors, Path], NetworkModel]
    check_row: Callable[[str, bool], None] | None = None


class ArchitectureRegistry:
    """Architectures by name, in the order in which they are asked. Changes are safe while other threads read."""

    def __init__(self, *architectures: Architecture) -> None:
        self._architectures: Mapping[str, Architecture] = {
            architecture.name: architecture for architecture in architectures
        }

    def __iter__(self) -> Iterator[Architecture]:
        return iter(self._architectures.values())

    def __contains__(self, name: object) -> bool:
        return name in self._architectures

    def __getitem__(self, name: str) -> Architecture:
        return self._architectures[name]

    def add(self, architecture: Architecture) -> None:
        """Add an architecture after all others.

        Raises:
            ValueError: Its name is taken.
        """
        if architecture.name in self._architectures:
            raise ValueError(f"an architecture named {architecture.name!r} already exists")
        # A new mapping, not a changed one: iterations that are under way keep theirs.
        self._architectures = {**self._architectures, architecture.name: architecture}

    def remove(self, name: str) -> None:
        """Remove an architecture; models that were loaded are unchanged.

        Raises:
            KeyError: There is none of that name.
        """
        if name not in self._architectures:
            raise KeyError(name)
        self._architectures = {
            other: architecture for other, architecture in self._architectures.items() if other != name
        }


ARCHITECTURES = ArchitectureRegistry(
    Architecture("rife", "RIFE 4", tuple(spec.name for spec in ROWS), rife.detect, rife.load, rife.check_row)
)
"""All architectures of this process."""
