"""Animated WebP and AVIF as sources, through Pillow: FFmpeg decodes no WebP animations, and of AVIF the still alone."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL.AvifImagePlugin import AvifImageFile
from PIL.ImageFile import ImageFile
from PIL.WebPImagePlugin import WebPImageFile

from midframe.errors import SequenceError
from midframe.media.images.codec_io import check_content, damaged, reading_image, truncated
from midframe.media.images.pillow import CHANNELS, DAMAGE, EIGHT_BITS, decode
from midframe.media.protocols import FrameSource
from midframe.media.video.reading.index import VideoIndex
from midframe.types import Alpha, Frame, FrameFormat

TICK = Fraction(1, 1000)
UNSTATED_DURATION = 100
"""Milliseconds for which players show frames that state 0."""

AnimatedKind = Literal["WebP", "AVIF"]

FILE_HEAD = 12
CHUNK_HEAD = 8


@dataclass(frozen=True)
class _Timing:
    durations: tuple[int, ...]
    plays: int


class AnimatedImageSource(FrameSource):
    """The frames of an animated WebP or AVIF as plain pictures, RGB or RGBA of 8 bits.

    Args:
        path: The file.
        kind: "WebP" or "AVIF".

    Raises:
        SequenceError: Fewer than two frames.
        UnreadableFileError: Not such a file, damaged or cut off.
    """

    def __init__(self, path: Path, kind: AnimatedKind) -> None:
        self.path = path
        self._kind = kind
        self._lock = threading.Lock()
        check_content(path, kind)
        self._image: ImageFile
        with self._reading():
            data = path.read_bytes()
            if kind == "WebP":
                if int.from_bytes(data[4:8], "little") + CHUNK_HEAD > len(data):
                    raise truncated(path, kind)
                self._timing = _webp_timing(data)
                self._image = WebPImageFile(BytesIO(data))
            else:
                self._image = AvifImageFile(BytesIO(data))
                self._timing = _avif_timing(self._image)
        if len(self._timing.durations) < 2:
            raise SequenceError(f"{path} contains one frame; at least two are needed to interpolate.", path=path)
        self._mode = "RGBA" if self._image.mode == "RGBA" else "RGB"
        alpha = Alpha(3, premultiplied=False) if self._mode == "RGBA" else None
        self._format = FrameFormat(*self._image.size, CHANNELS[self._mode], EIGHT_BITS, alpha)

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._format

    @property
    def codec_name(self) -> str:
        """In words."""
        return f"animated {self._kind}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.path,)

    @property
    def notes(self) -> tuple[str, ...]:
        """Always empty."""
        return ()

    @property
    def times_played(self) -> int:
        """See `FrameInput.times_played`."""
        return self._timing.plays

    @property
    def video_index(self) -> VideoIndex:
        """See `FrameInput.video_index`."""
        durations = self._timing.durations
        stamps = tuple(sum(durations[:number]) for number in range(len(durations)))
        rates = (1000 / Fraction(durations[0]),) if len(set(durations)) == 1 else ()
        return VideoIndex(stamps, len(stamps), durations[-1], TICK, rates, Fraction(0))

    def __len__(self) -> int:
        return len(self._timing.durations)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`. Quick in ascending order."""
        if not 0 <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        with self._lock, self._reading():
            self._image.seek(index)
            samples = decode(self._image, self._mode)
        if samples.shape != (self._format.height, self._format.width, self._format.channels):
            raise damaged(self.path, self._kind)
        return Frame(samples, self._format, index)

    def close(self) -> None:
        """Nothing stays open."""

    def _reading(self) -> AbstractContextManager[None]:
        return reading_image(self.path, self._kind, RuntimeError, *DAMAGE)


def _webp_timing(data: bytes) -> _Timing:
    """Durations in milliseconds, and how often the animation is played; chunks as the WebP specification has them."""
    durations, plays = [], 0
    offset = FILE_HEAD
    while offset + CHUNK_HEAD <= len(data):
        kind = data[offset : offset + 4]
        length = int.from_bytes(data[offset + 4 : offset + 8], "little")
        content = data[offset + CHUNK_HEAD : offset + CHUNK_HEAD + min(length, 16)]
        if kind == b"ANMF":
            durations.append(int.from_bytes(content[12:15], "little") or UNSTATED_DURATION)
        elif kind == b"ANIM":
            plays = int.from_bytes(content[4:6], "little")
        offset += CHUNK_HEAD + length + length % 2
    return _Timing(tuple(durations), plays)


def _avif_timing(image: ImageFile) -> _Timing:
    """The same of AVIF, whose frames say it when they are decoded; players repeat them for ever."""
    durations = []
    for number in range(int(getattr(image, "n_frames", 1))):
        image.seek(number)
        image.load()
        durations.append(int(image.info.get("duration") or UNSTATED_DURATION))
    return _Timing(tuple(durations), 0)


def is_animated_webp(path: Path) -> bool:
    """Whether a file is a WebP with several frames."""
    try:
        with path.open("rb") as stream:
            head = stream.read(FILE_HEAD + CHUNK_HEAD + 1)
    except OSError:
        return False
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20] & 0x02) if len(head) > 20 else False
