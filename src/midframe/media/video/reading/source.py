"""The frames of a video file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from midframe.errors import SequenceError, UnreadableFileError, UnsupportedFormatError
from midframe.media.protocols import FrameSource
from midframe.media.video.captions import CaptionTrack, captions_of
from midframe.media.video.chroma import ChromaLocationSetter
from midframe.media.video.container import main_video, make_decoder, open_input, reading_video
from midframe.media.video.picture_marks import read_crop
from midframe.media.video.planes import layout_of, planar, resized, samples_of
from midframe.media.video.reading.damage_log import DamageLog, OnDamage
from midframe.media.video.reading.decoded_pictures import decode_pictures
from midframe.media.video.reading.deinterlacing import CONTEXT, Pictures, deinterlaced
from midframe.media.video.reading.index import VideoIndex, index_video
from midframe.media.video.reading.picture_crop import PictureCrop
from midframe.media.video.reading.rgb_source import RgbVideoSource
from midframe.media.video.reading.source_notes import notes_on_rows, notes_on_sizes, notes_on_time
from midframe.media.video.stream_info import DecodedPicture, VideoStreamInfo, picture_format, read_stream_info
from midframe.types import Frame, FrameFormat, Samples

SEEK_FROM = 50
"""Frames ahead from which it is tried to seek rather than to decode what lies between."""


class VideoSource(FrameSource):
    """Frames as code values, with the decoded pictures next to them; see `midframe.media.video.stream_info`.

    Frames are recognised by their time stamps. One that cannot be decoded is replaced by the one before it, or the one
    after it at the beginning; one that can be in part is taken as the decoder mends it. `notes` says so afterwards.

    Attributes:
        path: The file.
        index: What its packets state, times above all.
        on_damage: "stop" raises `UnreadableFileError` instead, at once where the file as a whole shows damage.

    Args:
        path: See there.
        on_damage: See there.
        deinterlace: How many pictures an interlaced frame becomes; None where frames are used unchanged.

    Raises:
        UnreadableFileError: Empty, no video, or nothing of it can be decoded.
        UnsupportedFormatError: Pixels that cannot be interpolated, or no decoder.
        SequenceError: A single frame.
    """

    def __init__(self, path: Path, on_damage: OnDamage = "conceal", deinterlace: Pictures | None = None) -> None:
        self.path = path
        self.on_damage = on_damage
        frames = index_video(path)
        self.index, self._deinterlacer = deinterlaced(path, frames, deinterlace) if deinterlace else (frames, None)
        self._asked = deinterlace is not None
        self._parts = self._deinterlacer.parts if self._deinterlacer is not None else 1
        self._damage = DamageLog(path, self.index, on_damage)
        if self.index.count < 2 and self._damage.signs:
            raise UnreadableFileError(f"{self._damage.signs[0]} At least two are needed to interpolate.")
        if self.index.count < 2:
            raise SequenceError(f"{path} has only one frame; at least two are needed to interpolate.", path=path)
        self._stamps = self.index.stamps
        self._count = self.index.count
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._decoder: VideoCodecContext | None = None
        self._pictures: Iterator[av.VideoFrame] = iter(())
        self._next = 0
        self._waiting: tuple[int, av.VideoFrame] | None = None
        self._last: tuple[int, Samples, av.VideoFrame] | None = None
        self._ordinal = 0
        self._crop: PictureCrop | None = None
        self._captions = CaptionTrack()
        self._brought = b""
        stamps = () if self.index.counted else self._stamps or ()
        self._numbers = {stamp: number for number, stamp in enumerate(stamps)}
        self._changes: dict[tuple[int, int], None] = {}
        self._location_setter: ChromaLocationSetter | None = None
        first, stream = self._first_picture()
        self._layout = layout_of(first.format.name)
        self._format = picture_format(first, self._layout)
        info = read_stream_info(path, stream, first, self._layout)
        interlaced = self.index.survey.interlaced > 0 and self._deinterlacer is None
        self._video_info: VideoStreamInfo = replace(info, interlaced=interlaced)
        if self._video_info.marks.dolby_vision_only:
            profile = self._video_info.marks.dolby_vision
            raise UnsupportedFormatError(
                f"{path} is Dolby Vision profile {profile}: its pictures have special colours that are wrong without "
                "its metadata, which cannot be interpolated. Convert it to HDR10 or SDR first, for example "
                "with FFmpeg's libplacebo.",
                path=path,
            )
        if info.chroma_location is not None:
            self._location_setter = ChromaLocationSetter(
                self._format.width, self._format.height, self._layout, info.chroma_location
            )
        self._restart()

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._format

    @property
    def video_info(self) -> VideoStreamInfo:
        """What the video says about its pictures as a whole."""
        return self._video_info

    @property
    def codec_name(self) -> str:
        """Name of the compression, such as "h264"."""
        return self._video_info.codec

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.path,)

    @property
    def video_file(self) -> Path:
        """The file."""
        return self.path

    @property
    def video_index(self) -> VideoIndex:
        """See `FrameInput.video_index`."""
        return self.index

    def as_pictures(self) -> RgbVideoSource:
        """See `FrameSource.as_pictures`."""
        return RgbVideoSource(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user; there may be more of them after frames were read."""
        name, survey = self.path.name, self.index.survey
        size = self._format.width, self._format.height
        return (
            *notes_on_time(name, self.index),
            *notes_on_rows(name, survey, asked=self._asked),
            *notes_on_sizes(name, survey, self._changes, size),
            *self._video_info.notes,
            *self._damage.notes,
        )

    def __len__(self) -> int:
        return self._count

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`. Quick in ascending order; going back starts again or seeks."""
        if not 0 <= index < self._count:
            raise IndexError(f"frame {index} of {self._count}")
        with self._lock, reading_video(self.path):
            if self._last is not None and self._last[0] == index:
                return self._frame(index)
            if index < self._next or index >= self._next + SEEK_FROM:
                self._seek(index)
            self._advance(index)
            return self._frame(index)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._container is not None:
                self._container.close()
                self._container = None
            self._pictures, self._waiting, self._last = iter(()), None, None
            self._next = self._count

    def _frame(self, index: int) -> Frame:
        assert self._last is not None
        _, samples, picture = self._last
        return Frame(samples, self._format, index, metadata=DecodedPicture(picture, samples, index, self._captions))

    def _advance(self, index: int) -> None:
        """Decode up to frame `index` and keep it in `_last`."""
        picture: av.VideoFrame | None = None
        while self._next <= index:
            found = self._waiting or self._decode()
            self._waiting = None
            # At the end of the stream, all that are left are missing.
            number, decoded = found or (self._count, None)
            if number > index:
                # The requested one is missing; what came instead is kept for its own turn.
                self._waiting = found
                self._damage.miss(range(self._next, index + 1))
                self._next = index + 1
                if picture is None and self._last is None and decoded is not None:
                    # At the beginning there is no frame before.
                    picture = decoded
                break
            if number >= self._next:
                self._damage.miss(range(self._next, number))
                self._next = number + 1
                picture = decoded
                if decoded is not None:
                    self._damage.inspect_picture(number, decoded)
        if picture is not None:
            picture = self._fitted(picture)
            self._last = (index, samples_of(picture, self._layout), picture)
        elif self._last is not None:
            self._last = (index, *self._last[1:])
        else:
            raise UnreadableFileError(
                f"The first frames of {self.path} cannot be decoded; it is damaged.", path=self.path
            )

    def _decode(self) -> tuple[int, av.VideoFrame] | None:
        """The next picture that has a place in the index, and its number; None at the end."""
        while True:
            picture = next(self._pictures, None)
            if picture is None:
                return None
            number = self._number(picture)
            if number is not None:
                captions = captions_of(picture)
                # Both fields of a frame bring them.
                if captions and (self._parts == 1 or captions != self._brought):
                    self._captions.put(number, captions)
                self._brought = captions
                plain = planar(picture)
                return number, plain if self._crop is None else self._crop.cropped(plain)

    def _number(self, picture: av.VideoFrame) -> int | None:
        if self.index.counted:
            self._ordinal += 1
            return self._ordinal - 1 if self._ordinal <= self._count else None
        return self._numbers.get(picture.pts) if picture.pts is not None else None

    def _fitted(self, picture: av.VideoFrame) -> av.VideoFrame:
        """A picture in the size and the pixel format of the first one."""
        size = (self._format.width, self._format.height)
        if (picture.width, picture.height) == size and picture.format.name == self._layout.name:
            return picture if self._video_info.chroma_on_pictures else self._placed(picture)
        if (picture.width, picture.height) != size:
            self._changes[picture.width, picture.height] = None
        return self._placed(resized(picture, *size, self._layout.name))

    def _placed(self, picture: av.VideoFrame) -> av.VideoFrame:
        """A picture that says where its chroma lies."""
        return picture if self._location_setter is None else self._location_setter.put(picture)

    def _first_picture(self) -> tuple[av.VideoFrame, VideoStream]:
        with reading_video(self.path):
            stream = self._restart()
            edges = read_crop(stream)
            self._crop = PictureCrop(*edges) if any(edges) else None
            found = self._decode()
        if found is None:
            raise UnreadableFileError(f"No frame of {self.path} can be decoded; it is damaged.", path=self.path)
        return found[1], stream

    def _restart(self) -> VideoStream:
        """Open the file again, at its beginning."""
        if self._container is not None:
            self._container.close()
        self._container = open_input(self.path)
        stream = main_video(self._container, self.path)
        self._decoder = make_decoder(stream)
        self._pictures = self._decoded(stream)
        self._next, self._ordinal = 0, 0
        self._waiting = self._last = None
        return stream

    def _seek(self, index: int) -> None:
        """Go to a key frame at or before a frame; to the beginning where that fails."""
        if self._container is None or index < self._next or not self.index.seekable:
            self._restart()
        if not self.index.seekable or index < SEEK_FROM:
            return
        assert self._container is not None
        assert self._stamps is not None
        stream = main_video(self._container, self.path)
        first = index if self._deinterlacer is None else max(0, index - CONTEXT * self._parts)
        self._container.seek(self._stamps[first] // self._parts, stream=stream)
        assert self._decoder is not None
        self._decoder.flush_buffers()
        self._pictures = self._decoded(stream)
        found = self._decode()
        if found is None or found[0] > first:
            self._restart()
            return
        self._waiting, self._next = found, found[0]

    def _decoded(self, stream: VideoStream) -> Iterator[av.VideoFrame]:
        """All pictures from here on. Damaged packets are passed over: the index shows which frame is missing."""
        assert self._container is not None
        assert self._decoder is not None

        def inspect(packet: Packet[VideoStream]) -> None:
            number = None if packet.pts is None else self._numbers.get(packet.pts * self._parts)
            if number is not None:
                self._damage.inspect_packet(number, packet)

        frames = decode_pictures(self._container, stream, self._decoder, self.index.continuity, inspect)
        yield from frames if self._deinterlacer is None else self._deinterlacer.whole(frames)
