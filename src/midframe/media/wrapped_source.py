"""What sources that change another one have in common."""

from __future__ import annotations

from pathlib import Path

from midframe.media.protocols import FrameSource
from midframe.types import Annotations


class WrappedSource(FrameSource):
    """A source of the frames of another one; what is said of their files is what that one says.

    Attributes:
        source: The other one, which closing this one closes.
    """

    def __init__(self, source: FrameSource) -> None:
        self.source = source

    @property
    def codec_name(self) -> str:
        """The format of the files of the frames."""
        return self.source.codec_name

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the frames."""
        return self.source.files

    @property
    def image_files(self) -> tuple[Path, ...]:
        """The files that are images."""
        return self.source.image_files

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return self.source.notes

    @property
    def annotations(self) -> Annotations:
        """See `FrameInput.annotations`."""
        return self.source.annotations

    @property
    def suffix(self) -> str | None:
        """See `FrameInput.suffix`."""
        return self.source.suffix

    def close(self) -> None:
        """Release open files."""
        self.source.close()
