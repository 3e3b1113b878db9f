"""The worker on a cluster: makes an engine, then interpolates chunk after chunk. Does not depend on Ray."""

from __future__ import annotations

import contextlib
import importlib
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midframe.engines.protocols import Engine, EngineMaker
from midframe.errors import EngineError
from midframe.executors.chunks import PairRequest, interpolate_pairs
from midframe.executors.ray.transfer import FrameFile, SharedFileError
from midframe.executors.remote_errors import RemoteFailure
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Samples
from midframe.version import __version__

PRELOADED = "midframe.engines.loading"
"""What making an engine needs."""


@dataclass(frozen=True)
class WorkerInfo:
    """A worker that is ready.

    Attributes:
        version: Version of midframe.
        node: The machine's name.
        device_name: The device, as the engine names it.
    """

    version: str
    node: str
    device_name: str


@dataclass(frozen=True)
class ChunkReply:
    """What a worker returns for a chunk.

    Attributes:
        frames: For each request, its frames; ends early if something went wrong.
        seconds: Wall time of the interpolation.
        failure: Why there are no more frames; None if they are complete.
        unseen: Why a file of the input could not be read here, so that samples must be sent instead; None if none was
            needed, or all were read.
        ready: False from a worker that was started again and has not been set up since.
        notices: Sentences for the user from the worker's engine, all so far.
    """

    frames: tuple[tuple[Samples, ...], ...]
    seconds: float
    failure: RemoteFailure | None = None
    unseen: str | None = None
    ready: bool = True
    notices: tuple[str, ...] = ()


class ChunkWorker:
    """One engine that interpolates chunks."""

    def __init__(self) -> None:
        """Load what takes long, while the main process may still be reading weights and frames."""
        # A missing or different installation is reported by `set_up`.
        with contextlib.suppress(ImportError):
            importlib.import_module(PRELOADED)
        self._setting: tuple[ViewTransform, Mode] | None = None
        self._engine: Engine[Any] | None = None
        self._notices: list[str] = []

    def set_up(
        self, version: str, maker: EngineMaker, transform: ViewTransform, mode: Mode
    ) -> WorkerInfo | RemoteFailure:
        """Make the engine, if there is none yet.

        Args:
            version: Version of midframe in the main process.
            maker: Makes the engine.
            transform: Makes the views.
            mode: How several frames in a pair are interpolated.
        """
        self._setting = (transform, mode)
        node = platform.node()
        try:
            if version != __version__:
                return RemoteFailure(_other_version(node, version))
            self._engine = self._engine or maker.make_engine(self._notices.append)
        # Every error is raised in the main process.
        except Exception as error:  # noqa: BLE001
            return RemoteFailure.current(error)
        return WorkerInfo(__version__, node, self._engine.device_name)

    def interpolate(self, requests: Sequence[PairRequest], sources: Mapping[int, Samples | FrameFile]) -> ChunkReply:
        """Interpolate a chunk.

        Args:
            requests: The pairs.
            sources: The source frames, by the keys in the requests.
        """
        if self._engine is None or self._setting is None:
            return ChunkReply((), 0.0, ready=False)
        started = time.perf_counter()
        frames: list[tuple[Samples, ...]] = []
        failure = unseen = None

        def samples(key: int) -> Samples:
            source = sources[key]
            # Ray passes arrays as read-only memory that it owns.
            return source.read() if isinstance(source, FrameFile) else np.array(source)

        try:
            frames.extend(interpolate_pairs(self._engine, *self._setting, requests, samples))
        except SharedFileError as error:
            unseen = str(error)
        # As above.
        except Exception as error:  # noqa: BLE001
            failure = RemoteFailure.current(error)
        seconds = time.perf_counter() - started
        return ChunkReply(tuple(frames), seconds, failure, unseen, notices=tuple(self._notices))


def _other_version(node: str, version: str) -> EngineError:
    return EngineError(
        f"The node {node} has midframe {__version__}, and this machine has {version}; install the same version on all "
        "nodes."
    )
