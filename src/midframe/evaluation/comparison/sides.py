"""The two inputs that are compared: their frames, when they are shown, and their views."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from midframe.errors import OptionError, SequenceError
from midframe.jobs.time import DEFAULT_RATE, TimeOptions, resolve_time
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.pixels import ViewSamples, ViewTransform
from midframe.media.protocols import FrameSource
from midframe.media.sources import open_source
from midframe.paths import user_path
from midframe.runtime.view_fitting import fit_view
from midframe.timing.clock import SourceClock
from midframe.types import Frame, FrameFormat


class StillSource(FrameSource):
    """A single picture as a sequence of one frame; see `FrameSource`."""

    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        codec = codec_for_suffix(path.suffix)
        assert codec is not None
        self._codec_name = codec.name
        self._path = path
        self._frame = codec.read(path)

    @property
    def codec_name(self) -> str:
        """Format of the picture's file."""
        return self._codec_name

    @property
    def files(self) -> tuple[Path, ...]:
        """The picture's file."""
        return (self._path,)

    @property
    def format(self) -> FrameFormat:
        """Format of the picture."""
        return self._frame.format

    def __len__(self) -> int:
        return 1

    def read(self, index: int) -> Frame:
        """The picture."""
        assert index == 0
        return self._frame

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, eq=False)
class ComparedSide:
    """One of the two inputs of a comparison.

    Attributes:
        name: Name of the file or folder.
        source: Its frames.
        clock: When they are shown; None for a single picture.
        transform: Makes views of samples, as for the network.
        notes: Sentences for the user.
    """

    name: str
    source: FrameSource
    clock: SourceClock | None
    transform: ViewTransform
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of frames."""
        return self.source.format.width, self.source.format.height

    def view(self, index: int, size: tuple[int, int] | None = None) -> ViewSamples:
        """The view of a frame, scaled to a width and height if it has others.

        Raises:
            UnreadableFileError: It cannot be decoded.
        """
        view = self.transform.view(self.source.read(index).samples)
        return view if size is None or size == self.size else _scaled(view, size)


def open_side(given: str, rate: Fraction | None, option: str) -> ComparedSide:
    """Open a picture, a sequence or a video.

    Args:
        given: An input of `midframe.media.sources.open_source`, or a single picture.
        rate: Frames per second of a sequence of images; None for 24.
        option: Name of the option that sets `rate`.

    Raises:
        InputError: Of the kind that fits.
    """
    path = user_path(given)
    name = path.name or path.resolve().name
    try:
        source: FrameSource = open_source(given)
    except SequenceError:
        if not path.is_file() or codec_for_suffix(path.suffix) is None:
            raise
        still = StillSource(path)
        return ComparedSide(name, still, None, ViewTransform.fit([still.read(0)]))
    timed = source.video_file is not None
    if timed and rate is not None:
        raise OptionError(f"`{option}` is for image sequences; {given} has its own times.", option=option)
    clock = resolve_time(source, Fraction(1), "hold", TimeOptions(source_fps=rate), timed=True).schedule.clock
    assert isinstance(clock, SourceClock)
    notes = source.notes
    if not timed and rate is None:
        notes = (*notes, f"{name} is treated as {DEFAULT_RATE} frames per second; `{option}` sets another rate.")
    return ComparedSide(name, source, clock, fit_view(source), notes)


def _scaled(view: ViewSamples, size: tuple[int, int]) -> ViewSamples:
    planes = [
        np.asarray(Image.fromarray(view[..., channel]).resize(size, Image.Resampling.LANCZOS)) for channel in range(3)
    ]
    scaled: ViewSamples = np.clip(np.stack(planes, axis=-1), 0, 1).astype(np.float32)
    return scaled
