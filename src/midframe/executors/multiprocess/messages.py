"""Messages between the main process and its workers. Pixels lie in shared blocks; only block numbers are sent."""

from __future__ import annotations

from dataclasses import dataclass

from midframe.executors.chunks import PairRequest
from midframe.executors.remote_errors import RemoteFailure


@dataclass(frozen=True)
class ChunkMessage:
    """To a worker: interpolate these pairs.

    Attributes:
        chunk: Number of the chunk.
        positions: Positions of the pairs in the chunk.
        pairs: What is requested of each; the keys of frames are numbers of blocks.
        results: Blocks that the frames of each pair go to.
    """

    chunk: int
    positions: tuple[int, ...]
    pairs: tuple[PairRequest, ...]
    results: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class EngineReady:
    """From a worker: it has its engine.

    Attributes:
        device_name: The device in words.
    """

    device_name: str


@dataclass(frozen=True)
class WorkerNotice:
    """From a worker: something that the user should know.

    Attributes:
        text: A sentence.
    """

    text: str


@dataclass(frozen=True)
class PairDone:
    """From a worker: the frames of a pair lie in their blocks.

    Attributes:
        chunk: Number of the chunk.
        position: Position of the pair in it.
        seconds: Wall time from the pair's samples to its finished frames.
    """

    chunk: int
    position: int
    seconds: float


WorkerMessage = EngineReady | WorkerNotice | PairDone | RemoteFailure
"""From a worker. A failure is its last message: its engine cannot be made, or failed on the first pair not yet done."""
