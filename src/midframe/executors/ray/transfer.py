"""How frames are sent to other machines: as samples, or as paths of files that all nodes can read."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midframe.errors import InputError, MidframeError
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, Samples


class SharedFileError(Exception):
    """A file is missing or different on a node."""


@dataclass(frozen=True)
class FrameFile:
    """The path of a frame on storage that all nodes share.

    Attributes:
        path: Absolute.
        shape: (height, width, channels) of the samples.
        dtype: Their dtype, as numpy names it.
        checksum: Their CRC-32, to detect another file of the same name.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: str
    checksum: int

    @staticmethod
    def of(frame: Frame) -> FrameFile | None:
        """Describe the file of a frame; None if there is none, or one that gives this frame only among others."""
        if frame.path is None or not _reads_alike(frame, frame.path):
            return None
        samples = frame.samples
        return FrameFile(frame.path.absolute(), samples.shape, str(samples.dtype), _checksum(samples))

    def read(self) -> Samples:
        """Read the samples.

        Raises:
            SharedFileError: There is no such file here, or another one.
        """
        try:
            samples = codec_for(self.path).read(self.path).samples
        except (MidframeError, OSError) as error:
            raise SharedFileError(str(error)) from error
        if (samples.shape, str(samples.dtype)) != (self.shape, self.dtype) or _checksum(samples) != self.checksum:
            raise SharedFileError(f"{self.path} is a different file on that node.")
        return samples


def _reads_alike(frame: Frame, path: Path) -> bool:
    """Whether a file gives the frame also where it is read without the other files of its sequence."""
    try:
        return codec_for(path).probe(path) == frame.format
    except InputError:
        # It is gone here; what that means is determined there.
        return True


def _checksum(samples: Samples) -> int:
    return zlib.crc32(np.ascontiguousarray(samples).data.cast("B"))
