"""One stream of a source on its way into another container: as it is, but for what the container makes of it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream

from midframe.media.video.copied_stream import add_copy
from midframe.media.video.streams.text_subtitles import TextConverter

ADTS_FILTER = "aac_adtstoasc"
"""Takes the headers off AAC that comes in a broadcast; other containers say once what those headers repeat."""

NEW_CONFIG: Literal["new_extradata"] = "new_extradata"
"""FFmpeg's name of a decoder configuration that comes with a packet."""

Form = Literal["packets", "cover", "attachment"]
"""How a stream arrives: as a track, as a cover picture, or as a file inside the file."""


@dataclass(frozen=True)
class SideStream:
    """A stream that is copied.

    Attributes:
        index: Its index in the source.
        form: What it becomes.
        filter: FFmpeg's bit stream filter that its packets go through; None for none.
        config: Decoder configuration that the filter has found; None where the source's own is right.
        content: The picture of a cover, which is not a part of the stream of packets; empty for all others.
        text: Encoder that subtitles are converted with; None where they stay what they are.
    """

    index: int
    form: Form = "packets"
    filter: str | None = None
    config: bytes | None = None
    content: bytes = b""
    text: str | None = None


def describe_side_stream(stream: Stream, first: Packet[Stream] | None, container_format: str) -> SideStream:
    """How a stream gets into a container, if it does.

    Args:
        stream: A stream of the source.
        first: Its first packet; None if it has none.
        container_format: FFmpeg's muxer.
    """
    if isinstance(stream, AttachmentStream):
        return SideStream(stream.index, "attachment")
    if stream.disposition & Disposition.attached_pic:
        # Matroska keeps pictures as attached files; the others as a track with a single packet.
        form: Form = "attachment" if container_format in ("matroska", "webm") else "cover"
        return SideStream(stream.index, form, content=bytes(first) if first is not None else b"")
    config = _adts_config(stream, first) if first is not None else None
    if config is not None:
        return SideStream(stream.index, filter=ADTS_FILTER, config=config)
    return SideStream(stream.index)


class SideStreamWriter:
    """Adds a stream to a container that has not been started, and hands packets over to it.

    Args:
        side: How it gets there.
        stream: The stream of the open source.
        output: The container.
        add: Makes the track where that takes more than usual; None where it does not.

    Raises:
        ValueError: The container does not take it.
        av.FFmpegError: As before.
    """

    def __init__(
        self, side: SideStream, stream: Stream, output: OutputContainer, add: Callable[[], Stream | None] = lambda: None
    ) -> None:
        self._side = side
        self._filter: BitStreamFilterContext | None = None
        self._text: TextConverter | None = None
        if side.form == "attachment":
            self.target = self._attach(stream, output)
        elif side.text is not None:
            self._text = TextConverter(stream, output, side.text)
            self.target = self._text.target
        else:
            self.target = add() or add_copy(stream, output)
        self.target.metadata.update(stream.metadata)
        if side.form != "attachment":
            self.target.disposition = stream.disposition
        if side.filter is not None:
            if self.target.codec_context is None:
                raise ValueError("it does not support this compression")
            self._filter = BitStreamFilterContext(side.filter, in_stream=stream)
            self.target.codec_context.extradata = side.config

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What becomes of a packet of the source: packets of the output."""
        if self._text is not None:
            yield from self._text.packets(packet)
            return
        filtered = [packet] if self._filter is None else self._filter.filter(packet)
        for each in filtered:
            # The track says it already; said twice, FFmpeg's Matroska muxer writes over what follows.
            plain = without_side_data(each) if each.has_sidedata(NEW_CONFIG) else each
            plain.stream = self.target
            yield plain

    def cover(self) -> Packet[Stream] | None:
        """The packet of a cover; None for all other streams."""
        if self._side.form != "cover" or not self._side.content:
            return None
        packet: Packet[Stream] = Packet(self._side.content)
        packet.stream = self.target
        packet.pts = packet.dts = 0
        packet.is_keyframe = True
        return packet

    def _attach(self, stream: Stream, output: OutputContainer) -> Stream:
        if output.format.name != "matroska":
            raise ValueError("files cannot be attached to it")
        if isinstance(stream, AttachmentStream):
            return output.add_attachment(
                stream.name or "attachment", stream.mimetype or "application/octet-stream", stream.data
            )
        if not self._side.content:
            raise ValueError("it is empty")
        kind = _picture_type(stream)
        name = stream.metadata.get("filename") or f"cover{mimetypes.guess_extension(kind) or ''}"
        return output.add_attachment(name, stream.metadata.get("mimetype") or kind, self._side.content)


def without_side_data(packet: Packet[Stream]) -> Packet[Stream]:
    """A packet with the same bytes and times, and nothing next to them."""
    made: Packet[Stream] = Packet(bytes(packet))
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    made.is_keyframe = packet.is_keyframe
    return made


def _picture_type(stream: Stream) -> str:
    name = stream.codec_context.name if stream.codec_context is not None else ""
    return "image/jpeg" if name == "mjpeg" else f"image/{name or 'unknown'}"


def _adts_config(stream: Stream, first: Packet[Stream]) -> bytes | None:
    """The decoder configuration of AAC with ADTS headers; None for all other streams."""
    if not isinstance(stream, AudioStream) or stream.codec_context is None or stream.codec_context.name != "aac":
        return None
    head = bytes(first)[:2]
    if len(head) < 2 or int.from_bytes(head, "big") & 0xFFF6 != 0xFFF0:
        return None
    trial: Packet[Stream] = Packet(bytes(first))
    try:
        filtered = BitStreamFilterContext(ADTS_FILTER, in_stream=stream).filter(trial)
    except av.FFmpegError:
        return None
    configs = [bytes(packet.get_sidedata(NEW_CONFIG)) for packet in filtered if packet.has_sidedata(NEW_CONFIG)]
    return configs[0] if configs else None
