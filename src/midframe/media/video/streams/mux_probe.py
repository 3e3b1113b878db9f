"""Trying out a container before any work: the beginning of the file is written into memory, and read back."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.video.stream import VideoStream

from midframe.media.video.containers.mp4_boxes import hide_empty_pictures, mp4_tracks
from midframe.media.video.streams.mux_samples import SamplePacket
from midframe.media.video.streams.side_streams import SideStream, SideStreamWriter

MP4_FORMATS = ("mp4", "mov")
"""Muxers whose files have a four-character code for each track."""


@dataclass(frozen=True)
class TrialFile:
    """Container options and what goes into the file.

    Attributes:
        format: FFmpeg's muxer.
        options: Its options.
        metadata: Titles and so on.
    """

    format: str
    options: Mapping[str, str]
    metadata: Mapping[str, str]

    def written(
        self,
        source: InputContainer | None,
        sides: Sequence[SideStream],
        samples: Mapping[int, list[SamplePacket]],
        add_pictures: Callable[[OutputContainer], VideoStream] | None = None,
    ) -> bytes:
        """The file, with the first packets of each stream.

        Args:
            source: The open source; None where nothing is copied.
            sides: The streams that are copied.
            samples: Their first packets.
            add_pictures: Adds a stream of pictures; one black picture is encoded with it. None for none.

        Raises:
            av.FFmpegError: The container does not take this.
            ValueError: The same.
        """
        content = io.BytesIO()
        with av.open(content, "w", format=self.format, container_options=dict(self.options)) as output:
            output.metadata.update(self.metadata)
            pictures = add_pictures(output) if add_pictures is not None else None
            writers = [(side, SideStreamWriter(side, source.streams[side.index], output)) for side in sides if source]
            if pictures is not None:
                black = av.VideoFrame(pictures.width, pictures.height, pictures.pix_fmt or "yuv420p")
                black.make_writable()
                black.pts, black.time_base = 0, pictures.codec_context.time_base
                for packet in (*pictures.encode(black), *pictures.encode(None)):
                    # Encoders may make up the decoding time of a single picture.
                    packet.dts = packet.pts
                    output.mux_one(packet)
            output.start_encoding()
            for side, writer in writers:
                cover = writer.cover()
                if cover is not None:
                    output.mux_one(cover)
                if side.form == "packets":
                    for sample in samples.get(side.index, ()):
                        output.mux(list(writer.packets(sample.packet())))
        if self.format in MP4_FORMATS:
            hide_empty_pictures(content)
        return content.getvalue()


def read_back_refusal(
    content: bytes, stream: Stream, side: SideStream, tag: str | None, samples: Sequence[SamplePacket]
) -> str | None:
    """Why the only stream of a file in memory is not the one that went in; None if it is.

    Args:
        content: The file.
        stream: The stream of the source.
        side: How it was written.
        tag: Four-character code of its samples in the source, where that is known.
        samples: The packets that were written.
    """
    refusal = "the written data cannot be read back"
    try:
        with av.open(io.BytesIO(content), "r", metadata_errors="replace") as written:
            if [found.type for found in written.streams] != [stream.type]:
                return refusal
            found = written.streams[0]
            if side.text is None and _codec(found) != _codec(stream):
                return refusal
            number, name = found.id, written.format.name
            packets = [packet for packet in written.demux(found) if packet.size]
            if samples and not packets:
                return refusal
            if isinstance(found, AudioStream) and isinstance(stream, AudioStream) and _breaks(found, packets):
                # Where the source itself cannot be decoded, a copy is better than nothing.
                same = _breaks(stream, [each.packet() for each in samples])
                return None if same else "the written data cannot be decoded"
    except av.FFmpegError:
        return refusal
    has_decoder = stream.codec_context is not None
    if not has_decoder and tag is not None and name.startswith("mov"):
        found_tag = mp4_tracks(io.BytesIO(content)).entries.get(number)
        return None if found_tag == tag else refusal
    return None


def _breaks(stream: AudioStream, packets: Sequence[Packet[Any]]) -> bool:
    """Whether packets of sound cannot be decoded."""
    try:
        for packet in packets:
            stream.decode(packet)
    except av.FFmpegError:
        return True
    return False


def attached_count(content: bytes) -> int:
    """How many covers and attached files a file in memory has."""
    with av.open(io.BytesIO(content), "r", metadata_errors="replace") as written:
        return sum(map(is_attached, written.streams))


def is_attached(stream: Stream) -> bool:
    """Whether a stream is a cover or an attached file, and has no time."""
    return isinstance(stream, AttachmentStream) or bool(stream.disposition & Disposition.attached_pic)


def _codec(stream: Stream) -> str | None:
    return stream.codec_context.name if stream.codec_context is not None else getattr(stream, "name", None)
