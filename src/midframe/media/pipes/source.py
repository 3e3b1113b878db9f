"""The frames that come through a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av.stream import Disposition

from midframe.errors import UnreadableFileError
from midframe.media.pipes.raw import RawPictures, RawVideo
from midframe.media.pipes.streams import PIPE, PipeReader
from midframe.media.pipes.y4m import (
    FRAME,
    INTERLACED,
    LONGEST_LINE,
    MAGIC,
    PipeFormat,
    Y4mHeader,
    parse_header,
)
from midframe.media.protocols import FrameStream
from midframe.media.video.chroma import USUAL_LOCATION, Y4M_CHROMA_LOCATIONS, shares_chroma
from midframe.media.video.planes import layout_of, planar, planar_name, samples_of
from midframe.media.video.reading.rgb_source import RgbStream
from midframe.media.video.stream_info import ColourTags, DecodedPicture, VideoStreamInfo, picture_format
from midframe.types import Frame, FrameFormat


class PipeSource(FrameStream):
    """Y4M or raw planes as a `FrameStream`: code values, with the pictures next to them as for video files.

    The header is read at once.

    Args:
        reader: The pipe.
        raw: What the pictures are, where no header says it.

    Raises:
        UnreadableFileError: Nothing comes, or no Y4M.
        UnsupportedFormatError: Samples that midframe does not know.
    """

    def __init__(self, reader: PipeReader, raw: RawVideo | None = None) -> None:
        self._reader = reader
        header = None if raw else _read_header(reader)
        described = raw or header
        assert described is not None
        self._pipe_format = PipeFormat(described.pixels, header)
        self._rate = described.rate
        place = None
        if shares_chroma(layout_of(planar_name(described.pixels))):
            place = Y4M_CHROMA_LOCATIONS.get(header.samples if header else "", USUAL_LOCATION)
        self._raw = RawPictures(described.width, described.height, described.pixels, place)
        # All pictures become what an empty one becomes.
        blank = self._raw.decode(bytes(self._raw.nbytes))
        self._range = header.range if header else 0
        if self._range:
            blank.color_range = self._range
        first = planar(blank)
        self._layout = layout_of(first.format.name)
        self._format = picture_format(first, self._layout)
        self._video_info = VideoStreamInfo(
            path=Path(PIPE),
            codec="rawvideo",
            layout=self._layout,
            chroma_location=place,
            colour=ColourTags.of(first),
            aspect=header.aspect if header and header.aspect != 1 else None,
            display_matrix=None,
            mastering=None,
            light_level=None,
            interlaced=header is not None and header.interlacing in INTERLACED,
            disposition=Disposition(0),
            metadata=(),
        )

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._format

    @property
    def video_info(self) -> VideoStreamInfo:
        """What the pipe says about its pictures as a whole."""
        return self._video_info

    @property
    def codec_name(self) -> str:
        """What the frames come as."""
        pipe = self._pipe_format
        return "Y4M" if pipe.header else f"raw {pipe.pixels}"

    @property
    def pipe_format(self) -> PipeFormat:
        """See `FrameInput.pipe_format`."""
        return self._pipe_format

    @property
    def rate(self) -> Fraction | None:
        """Frames per second; None where the pipe does not say."""
        return self._rate

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        if not self._video_info.interlaced:
            return ()
        return ("The video in the pipe is interlaced; its frames are not deinterlaced. Deinterlace it first.",)

    def frames(self) -> Iterator[Frame]:
        """See `FrameStream.frames`."""
        header = self._pipe_format.header
        index = 0
        while not self._reader.ended:
            if header is not None:
                self._pass_frame_line(index)
            data = self._reader.exactly(self._raw.nbytes)
            if len(data) < self._raw.nbytes:
                raise UnreadableFileError(
                    f"The pipe ended within frame {index}, after {len(data):,} of {self._raw.nbytes:,} bytes: the "
                    f"sending program was stopped{'' if header else ', or `raw_input` is wrong'}."
                )
            picture = self._raw.decode(data)
            if self._range:
                picture.color_range = self._range
            picture = planar(picture)
            samples = samples_of(picture, self._layout)
            yield Frame(samples, self._format, index, metadata=DecodedPicture(picture, samples))
            index += 1

    def as_pictures(self) -> RgbStream:
        """See `FrameStream.as_pictures`."""
        return RgbStream(self)

    def close(self) -> None:
        """Read no more."""
        self._reader.close()

    def _pass_frame_line(self, index: int) -> None:
        line = self._reader.line(LONGEST_LINE)
        if line is None or line.split(b" ")[0] != FRAME:
            raise UnreadableFileError(
                f"The pipe is damaged: frame {index} does not start where it should. All frames of a Y4M must have "
                "the size in its header."
            )


def _read_header(reader: PipeReader) -> Y4mHeader:
    if reader.ended:
        raise UnreadableFileError("No data came through the pipe. See the message of the sending program.")
    begin = reader.exactly(len(MAGIC))
    # Anything else need not have lines at all.
    line = reader.line(LONGEST_LINE) if begin == MAGIC else b""
    if line is None:
        raise UnreadableFileError("The Y4M header in the pipe has no end; the pipe is damaged.")
    return parse_header(begin + line)
