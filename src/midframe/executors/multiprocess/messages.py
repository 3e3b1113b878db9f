"""What the main process and its workers say to each other. Pixels lie in shared blocks; only their numbers travel."""

from __future__ import annotations

from dataclasses import dataclass

from midframe.executors.chunks import PairOrder


@dataclass(frozen=True)
class Order:
    """Draw this, please.

    Attributes:
        chunk: Number of the chunk.
        pairs: Position in the chunk, and what is wanted; the keys of frames are numbers of blocks.
        results: For each of them, the blocks to draw into.
    """

    chunk: int
    pairs: tuple[tuple[int, PairOrder], ...]
    results: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Ready:
    """The worker has its engine.

    Attributes:
        device_name: In words.
    """

    device_name: str


@dataclass(frozen=True)
class Told:
    """Something that the user should know.

    Attributes:
        sentence: For the user.
    """

    sentence: str


@dataclass(frozen=True)
class Drawn:
    """The frames of a pair lie in their blocks.

    Attributes:
        chunk: Number of the chunk.
        position: Of the pair in it.
        seconds: Wall time from the pair's samples to its finished frames.
    """

    chunk: int
    position: int
    seconds: float


@dataclass(frozen=True)
class Failed:
    """The worker gives up: its engine cannot be made, or failed on the first pair that is not told as drawn.

    Attributes:
        error: What to raise.
        traceback: Where in the worker it arose.
    """

    error: Exception
    traceback: str


Reply = Ready | Told | Drawn | Failed
