"""All pictures that a decoder gives, from some place of a file on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from midframe.media.video.container import main_video, make_decoder, open_input
from midframe.media.video.reading.continuity import Continuity


@dataclass(frozen=True)
class DecodedPictures:
    """What decoding a whole file has given.

    Attributes:
        stamps: Presentation times of the pictures in the order in which they come; None for those without.
        places: Which of the packets that hold something each came from, counted from 0; -1 where that is unknown.
        kinds: What the pictures are like.
    """

    stamps: tuple[int | None, ...]
    places: tuple[int, ...]
    kinds: tuple[PictureKind, ...]


@dataclass(frozen=True)
class PictureKind:
    """What a picture is like: what all pictures of a film should have in common.

    Attributes:
        width: Pixels.
        height: Pixels.
        pixels: Pixel format.
        interlaced: Whether it is marked as holding rows of two times.
    """

    width: int
    height: int
    pixels: str
    interlaced: bool

    @staticmethod
    def of(picture: av.VideoFrame) -> PictureKind:
        """Look at a picture."""
        return PictureKind(picture.width, picture.height, picture.format.name, picture.interlaced_frame)


def decode_pictures(
    container: InputContainer,
    stream: VideoStream,
    decoder: VideoCodecContext,
    continuity: Continuity,
    on_packet: Callable[[Packet[VideoStream]], None] | None = None,
) -> Iterator[av.VideoFrame]:
    """The pictures from where the container stands. Damaged packets are passed over.

    Args:
        container: Open.
        stream: Which of its streams.
        decoder: Of `make_decoder`.
        continuity: Moves packets onto one time line.
        on_packet: Called with every packet before it is decoded.
    """
    packets = continuity.moved(container.demux(stream))
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            # The index ends here too.
            return
        if packet is None:
            return
        if not packet.size and packet.dts is not None:
            # A place without a picture, as AVI has them. Only the last packet of all empties the decoder.
            continue
        if packet.size and on_packet is not None:
            on_packet(packet)
        with contextlib.suppress(av.FFmpegError):
            yield from decoder.decode(packet if packet.size else None)


def decode_all(path: Path, continuity: Continuity) -> DecodedPictures:
    """Decode a whole file.

    Raises:
        UnreadableFileError: It cannot be opened.
    """
    stamps: list[int | None] = []
    places: list[int] = []
    kinds: list[PictureKind] = []
    count = 0

    def number(packet: Packet[VideoStream]) -> None:
        nonlocal count
        packet.opaque = count
        count += 1

    with open_input(path) as container:
        stream = main_video(container, path)
        decoder = make_decoder(stream)
        decoder.flags |= Flags.copy_opaque
        for picture in decode_pictures(container, stream, decoder, continuity, number):
            stamps.append(picture.pts)
            places.append(picture.opaque if isinstance(picture.opaque, int) else -1)
            kinds.append(PictureKind.of(picture))
    return DecodedPictures(tuple(stamps), tuple(places), tuple(kinds))
