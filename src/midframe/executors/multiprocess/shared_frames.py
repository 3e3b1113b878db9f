"""Memory that several processes share: blocks of one frame each, reused during a whole job.

It is a file without a name, in memory where the system has such files (Linux), else in the folder for temporary
files. Workers inherit its descriptor. A file without a name cannot be left behind: the memory is freed with the last
process that has it open, however that process ends. The size of /dev/shm does not limit it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.errors import EngineError
from midframe.types import FrameFormat, Samples

ALIGNMENT = 4096


class SharedFrames:
    """Blocks of one frame each. The process that makes it allocates them; workers read and write them.

    It can be sent to processes only while they are started. Memory is taken as blocks are.

    Args:
        frame_format: Format of all frames.
        nbytes: Bytes of all blocks together; `take` may exceed them.

    Attributes:
        limit: Blocks that fit into the given bytes.

    Raises:
        OSError: The system has too little memory for such a file.
    """

    def __init__(self, frame_format: FrameFormat, *, nbytes: int) -> None:
        self._format = frame_format
        self._descriptor = _nameless_file()
        self._mapping: mmap.mmap | None = None
        self.limit = nbytes // self._block_bytes
        self._count = 0
        self._free: list[int] = []

    @property
    def _block_bytes(self) -> int:
        return -(-self._format.nbytes // ALIGNMENT) * ALIGNMENT

    def __getstate__(self) -> dict[str, Any]:
        return {"format": self._format, "descriptor": DupFd(self._descriptor)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._format = state["format"]
        self._descriptor = state["descriptor"].detach()
        self._mapping = None
        self.limit = self._count = 0
        self._free = []

    @property
    def in_use(self) -> int:
        """Blocks that are taken."""
        return self._count - len(self._free)

    def has_space(self, blocks: int) -> bool:
        """Whether so many more blocks are within the limit."""
        return self.in_use + blocks <= self.limit

    def take(self, blocks: int) -> list[int]:
        """Allocate blocks, with any content; beyond the limit if need be.

        Returns:
            Their numbers.

        Raises:
            EngineError: The system has no memory for them.
        """
        missing = blocks - len(self._free)
        if missing > 0:
            self._grow(missing)
        taken, self._free = self._free[:blocks], self._free[blocks:]
        return taken

    def give_back(self, blocks: list[int]) -> None:
        """Free blocks."""
        self._free += blocks

    def view(self, block: int) -> Samples:
        """The block itself, not a copy, as (height, width, channels) of the frames' dtype. Must not be kept."""
        end = (block + 1) * self._block_bytes
        if self._mapping is None or len(self._mapping) < end:
            # The previous mapping is freed with the last array that is a view of it.
            self._mapping = mmap.mmap(self._descriptor, 0)
        frame = self._format
        flat: NDArray[Any] = np.frombuffer(
            self._mapping,
            frame.dtype,
            frame.width * frame.height * frame.channels,
            block * self._block_bytes,
        )
        return flat.reshape(frame.height, frame.width, frame.channels)

    def close(self) -> None:
        """Free the memory in this process."""
        self._mapping = None
        os.close(self._descriptor)

    def _grow(self, blocks: int) -> None:
        size = (self._count + blocks) * self._block_bytes
        try:
            _reserve(self._descriptor, size)
        except OSError as error:
            raise EngineError(
                f"There is not enough memory ({size / 1e9:.1f} GB) for the frames sent to several devices "
                f"({error.strerror}). Use fewer devices, or interpolate fewer frames in a pair.",
                option="device",
            ) from error
        self._free += range(self._count, self._count + blocks)
        self._count += blocks


def _nameless_file() -> int:
    """The descriptor of an empty file without a name."""
    if hasattr(os, "memfd_create"):
        # Kernels and sandboxes without it raise an error.
        with contextlib.suppress(OSError):
            return os.memfd_create("midframe")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _reserve(descriptor: int, size: int) -> None:
    """Grow a file and reserve its memory now: later, a lack of memory would kill the process that writes."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.ftruncate(descriptor, size)
