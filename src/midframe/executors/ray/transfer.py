"""How frames get to other machines: as samples, or as names of files that all nodes see."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midframe.errors import MidframeError
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, Samples


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
