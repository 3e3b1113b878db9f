"""How things get to other machines: weights as bytes, frames as samples or as names of files that all nodes see."""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engine.base import Engine
from midframe.errors import MidframeError, WeightsError
from midframe.media.images import codec_for
from midframe.pipeline.networks.network import Tell, unheard
from midframe.pipeline.networks.setup import CheckpointEngineMaker
from midframe.types import Frame, Samples


@dataclass(frozen=True, eq=False)
class ShippedEngineMaker:
    """Makes an engine from a checkpoint that travels along, for machines that do not have the file.

    Attributes:
        content: The checkpoint file, as bytes.
        maker: What makes the engine once the file lies somewhere; checks that it is the right one.
    """

    content: NDArray[np.uint8]
    maker: CheckpointEngineMaker

    @staticmethod
    def load(maker: CheckpointEngineMaker) -> ShippedEngineMaker:
        """Read the checkpoint.

        Raises:
            WeightsError: It cannot be read any more.
        """
        try:
            content = maker.path.read_bytes()
        except OSError as error:
            raise WeightsError(f"{maker.path} cannot be read: {error.strerror or error}.") from error
        return ShippedEngineMaker(np.frombuffer(content, np.uint8), maker)

    @property
    def device(self) -> str:
        """The device, as torch names it."""
        return self.maker.device

    def make_engine(self, tell: Tell = unheard) -> Engine[Any]:
        """Lay the checkpoint down, and make an engine of it.

        Raises:
            WeightsError: It is not what it was, or there is no place for it.
            EngineError: The network does not fit on the device.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="midframe-") as folder:
                path = Path(folder) / self.maker.path.name
                path.write_bytes(self.content.tobytes())
                return replace(self.maker, path=path).make_engine(tell)
        except OSError as error:
            raise WeightsError(
                f"The weights could not be laid down on a node ({error.strerror or error}); its temporary folder needs "
                f"{self.content.nbytes >> 20} MiB."
            ) from error


class SharedFileError(Exception):
    """A node does not see a file as the main process does."""


@dataclass(frozen=True)
class FrameFile:
    """A frame that lies on storage that all nodes see, as its name.

    Attributes:
        path: Absolute.
        shape: (height, width, channels) of the samples.
        dtype: Their type.
        checksum: Their CRC-32, which tells another file of the same name.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: str
    checksum: int

    @staticmethod
    def of(frame: Frame) -> FrameFile | None:
        """The name of a frame; None if no file holds it and nothing else."""
        if frame.path is None:
            return None
        samples = frame.samples
        return FrameFile(frame.path.absolute(), samples.shape, str(samples.dtype), _checksum(samples))

    def read(self) -> Samples:
        """The samples.

        Raises:
            SharedFileError: There is no such file here, or another one.
        """
        try:
            samples = codec_for(self.path).read(self.path).samples
        except (MidframeError, OSError) as error:
            raise SharedFileError(str(error)) from error
        if (samples.shape, str(samples.dtype)) != (self.shape, self.dtype) or _checksum(samples) != self.checksum:
            raise SharedFileError(f"{self.path} is another file there.")
        return samples


def _checksum(samples: Samples) -> int:
    return zlib.crc32(np.ascontiguousarray(samples).data.cast("B"))
