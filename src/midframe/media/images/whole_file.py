"""What codecs share whose files say little before they are decoded: looking at one means decoding it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from midframe.media.images.codec_io import check_content, reading_image
from midframe.types import Frame, FrameFormat


class WholeFileCodec(ABC):
    """Reads a file at once, and decodes it to find out its format and whether it is whole."""

    name: str
    damage: tuple[type[Exception], ...]
    """What decoding raises for broken files, besides `OSError`."""

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        return self.read(path).format

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        check_content(path, self.name)
        with reading_image(path, self.name, *self.damage):
            return self.decode(path, path.read_bytes())

    @abstractmethod
    def decode(self, path: Path, data: bytes) -> Frame:
        """The frame that a file's bytes hold.

        Args:
            path: The file, for the frame and for messages.
            data: All of its bytes.

        Raises:
            UnreadableFileError: It is incomplete.
            UnsupportedFormatError: A layout that cannot be interpolated.
        """
