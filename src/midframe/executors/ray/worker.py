"""What runs in a worker of a cluster: make an engine, then draw chunk after chunk. Knows nothing of Ray.

Importing this does not load torch: the main process makes workers before it has done so itself.
"""

from __future__ import annotations

import contextlib
import importlib
import platform
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np

from midframe.engines.protocols import Engine, EngineMaker
from midframe.errors import EngineError
from midframe.executors.chunks import PairOrder, draw_pairs
from midframe.executors.ray.transfer import FrameFile, SharedFileError
from midframe.executors.remote_errors import portable
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Samples

VERSION = installed_version("midframe")

HEAVY = "midframe.engines.loading"
"""What brings torch, which takes seconds to load."""


@dataclass(frozen=True)
class Failure:
    """What went wrong in a worker.

    Attributes:
        error: One that can be raised elsewhere.
        traceback: Where it arose.
    """

    error: Exception
    traceback: str


@dataclass(frozen=True)
class Hello:
    """A worker is ready.

    Attributes:
        version: Of midframe.
        node: The machine's name.
        device_name: As the engine says it.
    """

    version: str
    node: str
    device_name: str


@dataclass(frozen=True)
class Reply:
    """What became of a chunk.

    Attributes:
        drawn: For each order, its frames; ends early if something went wrong.
        seconds: Time that drawing took.
        failure: Why there is no more; None if all is there.
        unseen: Why a file of the input could not be read here; frames must be sent instead. None if none was wanted.
        ready: False from a worker that was started again and that nobody has said hello to yet.
        told: Sentences for the user from the worker's engine, all so far.
    """

    drawn: tuple[tuple[Samples, ...], ...]
    seconds: float
    failure: Failure | None = None
    unseen: str | None = None
    ready: bool = True
    told: tuple[str, ...] = ()


class ChunkWorker:
    """One engine, which draws what it is told to."""

    def __init__(self) -> None:
        """Load what takes long, while who wants us may still be reading weights and frames."""
        # What is not there, or is another version, is for `hello` to say.
        with contextlib.suppress(ImportError):
            importlib.import_module(HEAVY)
        self._setting: tuple[ViewTransform, Mode] | None = None
        self._engine: Engine[Any] | None = None
        self._told: list[str] = []

    def hello(self, version: str, maker: EngineMaker, transform: ViewTransform, mode: Mode) -> Hello | Failure:
        """Make the engine, if there is none yet.

        Args:
            version: Of midframe, that who asks has.
            maker: Makes the engine.
            transform: Makes the views.
            mode: How several frames in a pair are drawn.
        """
        self._setting = (transform, mode)
        node = platform.node()
        try:
            if version != VERSION:
                return Failure(_other_version(node, version), "")
            self._engine = self._engine or maker.make_engine(self._told.append)
        # Whatever goes wrong belongs to the main process, which raises it.
        except Exception as error:  # noqa: BLE001
            return Failure(portable(error), traceback.format_exc())
        return Hello(VERSION, node, self._engine.device_name)

    def draw(self, orders: Sequence[PairOrder], sources: Mapping[int, Samples | FrameFile]) -> Reply:
        """Draw a chunk.

        Args:
            orders: What is wanted.
            sources: The frames that the orders speak of.
        """
        if self._engine is None or self._setting is None:
            return Reply((), 0.0, ready=False)
        started = time.perf_counter()
        drawn: list[tuple[Samples, ...]] = []
        failure = unseen = None

        def samples(key: int) -> Samples:
            source = sources[key]
            # What Ray hands over is read-only memory that it owns.
            return source.read() if isinstance(source, FrameFile) else np.array(source)

        try:
            drawn.extend(draw_pairs(self._engine, *self._setting, orders, samples))
        except SharedFileError as error:
            unseen = str(error)
        # As above.
        except Exception as error:  # noqa: BLE001
            failure = Failure(portable(error), traceback.format_exc())
        return Reply(tuple(drawn), time.perf_counter() - started, failure, unseen, told=tuple(self._told))


def _other_version(node: str, version: str) -> EngineError:
    return EngineError(
        f"The node {node} has midframe {VERSION}, and this machine has {version}; install the same version on all "
        "nodes."
    )
