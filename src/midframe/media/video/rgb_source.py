"""The frames of a video as plain pictures, for outputs that are no video."""

from __future__ import annotations

import threading
from pathlib import Path

import av
from av.video.reformatter import VideoReformatter

from midframe.media.video.facts import DecodedPicture, rgb_format
from midframe.media.video.pictures import full_range
from midframe.media.video.planes import RGB_PIXELS
from midframe.media.video.source import VideoSource
from midframe.types import Frame, FrameFormat, Samples


class RgbVideoSource:
    """A video whose frames are converted once, when they are read: to full range, 8 bit, or 16 for more than 8."""

    def __init__(self, video: VideoSource) -> None:
        self.video = video
        self._format = rgb_format(video.format)
        self._lock = threading.Lock()
        self._reformatter = VideoReformatter()

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._format

    @property
    def codec_name(self) -> str:
        """Name of the compression, such as "h264"."""
        return self.video.codec_name

    @property
    def files(self) -> tuple[Path, ...]:
        """The video."""
        return self.video.files

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user; there may be more of them after frames were read."""
        return self.video.notes

    def __len__(self) -> int:
        return len(self.video)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        frame = self.video.read(index)
        assert isinstance(frame.metadata, DecodedPicture)
        return Frame(self._convert(frame.metadata.picture), self._format, index)

    def close(self) -> None:
        """Let go of the file."""
        self.video.close()

    def _convert(self, picture: av.VideoFrame) -> Samples:
        name = RGB_PIXELS[self._format.dtype.name, self._format.channels]
        with self._lock:
            converted = full_range(picture, name, self.video.format, self._reformatter)
        samples: Samples = converted.to_ndarray()
        return samples[..., None] if samples.ndim == 2 else samples
