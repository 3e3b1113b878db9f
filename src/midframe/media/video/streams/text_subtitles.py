"""Subtitles that are text, in the words of another container."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.codeccontext import SubtitleCodecContext
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

MILLISECONDS = Fraction(1, 1000)

LINES = (b"a", b"0,0,Default,,0,0,0,,a", b"\0\1a")
"""One letter as SubRip and WebVTT, SSA, and MP4 have it: to try out subtitles that begin late."""


class TextConverter:
    """Decodes lines of text and encodes them again; what is italic or bold stays so where the encoder can.

    Args:
        stream: The subtitles of the open source.
        output: The container, which must not have been started.
        encoder: FFmpeg's encoder.

    Attributes:
        target: The new stream.

    Raises:
        ValueError: There is no decoder, or the container does not take what the encoder makes.
        av.FFmpegError: The decoder cannot be opened.
    """

    def __init__(self, stream: Stream, output: OutputContainer, encoder: str) -> None:
        if stream.type != "subtitle" or stream.codec_context is None:
            raise ValueError("it cannot be decoded")
        decoder = stream.codec_context
        assert isinstance(decoder, SubtitleCodecContext)
        decoder.open(strict=False)
        self._decoder = decoder
        self.target: Stream = output.add_stream(encoder)
        context = self.target.codec_context
        assert isinstance(context, SubtitleCodecContext)
        context.subtitle_header = decoder.subtitle_header
        context.time_base = MILLISECONDS
        self.target.time_base = MILLISECONDS
        self._encoder = context

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What becomes of a packet of the source; nothing of pictures and of lines that are empty."""
        decoded = self._decoder.decode2(packet)
        start = packet.pts if packet.pts is not None else packet.dts
        if decoded is None or start is None:
            return
        length = round((packet.duration or 0) * packet.time_base / MILLISECONDS) or decoded.end_display_time
        for line in decoded:
            if not isinstance(line, AssSubtitle) or not line.dialogue.strip():
                continue
            made = self._encoder.encode_subtitle(SubtitleSet.create(line.ass, 0, length))
            made.pts = made.dts = round(start * packet.time_base / MILLISECONDS)
            made.duration, made.time_base = length, MILLISECONDS
            made.is_keyframe = True
            made.stream = self.target
            yield made
