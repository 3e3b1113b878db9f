"""The pictures of a video file that is being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from midframe.media.video.animations import packet_with
from midframe.media.video.writing.encoders import MOST_BETWEEN, make_encoder
from midframe.media.video.writing.frame_timing import FrameTiming, shown_until
from midframe.media.video.writing.picture_stream import add_picture_stream, describe_colours
from midframe.media.video.writing.recovery import SEGMENT_FRAMES, FoundSegments

if TYPE_CHECKING:
    from midframe.media.video.writing.plan import VideoPlan

MOST_DELAY = 16
"""Frames that a decoder may have to hold back, in H.264 and H.265."""


def order_decoding(packets: Sequence[Packet[VideoStream]]) -> None:
    """Give packets, which come in the order of decoding, decoding times that ascend and lie before their showing."""
    stamps = [packet.pts for packet in packets if packet.pts is not None]
    shown = sorted(stamps)
    ahead = max(place - shown.index(stamp) for place, stamp in enumerate(stamps))
    for place, packet in enumerate(packets):
        packet.dts = shown[place - ahead] if place >= ahead else shown[0] - (ahead - place)


def encoder_for(plan: VideoPlan, options: Mapping[str, str]) -> VideoCodecContext:
    """An encoder for pictures of a video, not opened yet.

    Args:
        plan: What the video is.
        options: Options for the encoder.
    """
    context = make_encoder(plan.encoding, *plan.size, plan.unit, plan.rate)
    context.options = dict(options)
    describe_colours(context, plan)
    return context


class SegmentWriter:
    """Encodes pictures and hands the packets to a container.

    The encoder starts again every `SEGMENT_FRAMES` frames, but for animations. Not thread-safe. The stream is added to
    the container, which must not have been started.

    Args:
        plan: What the video is.
        output: Takes the packets.
        options: Options for the encoder.
        on_packet: Called with the decoding time of every packet, in seconds, before it is handed over.

    Attributes:
        next: Number of the frame that is to come.
        muxed: Packets that were handed to the container.
    """

    def __init__(
        self, plan: VideoPlan, output: OutputContainer, options: dict[str, str], on_packet: Callable[[Fraction], None]
    ) -> None:
        self._plan = plan
        self._output = output
        self._options = options
        self._on_packet = on_packet
        self._start = plan.timing.time(0)
        self._frame_timing = FrameTiming(plan.timing, plan.count, plan.unit, plan.encoding.container.least)
        self._durations: dict[int, int] = {}
        self._captions: dict[int, Sequence[bytes]] = {}
        self._until = self._longest = 0
        self._last_decoding: Fraction | None = None
        self._stream = add_picture_stream(output, plan, options)
        self._encoder = self._stream.codec_context
        self._encodes = False
        self.next = 0
        self.muxed = 0

    @property
    def at_segment_end(self) -> bool:
        """Whether the last frame has completed a segment."""
        return 0 < self.next == self.whole_segments

    @property
    def whole_segments(self) -> int:
        """Frames of whole segments, all of which the container has once it is closed."""
        return self._in_segments(self.next)

    @property
    def written_segments(self) -> int:
        """Frames of the segments that the container has written: it does when the key frame after one comes."""
        return self._in_segments(max(0, self.muxed - 1))

    @property
    def end(self) -> Fraction:
        """When the last frame so far stops being shown, in seconds."""
        return shown_until(self._plan.timing, self.next - 1, self._plan.count)

    def _in_segments(self, frames: int) -> int:
        animation = self._plan.encoding.container.animation
        return 0 if animation else frames // SEGMENT_FRAMES * SEGMENT_FRAMES

    def encode(self, picture: av.VideoFrame, captions: Sequence[bytes] = ()) -> None:
        """Compress the next frame; at the end of a segment, all that the encoder has held back comes out.

        Args:
            picture: The frame.
            captions: Closed captions that come with it.
        """
        if self.at_segment_end:
            self._encoder = self.new_encoder()
        self._encodes = True
        place = self._frame_timing.place(self.next)
        if place is not None:
            self._durations[place.begin] = place.duration
            if captions:
                self._captions[place.begin] = captions
            self._longest = max(self._longest, place.duration)
            self._until = place.begin + place.duration
            picture.pict_type = self._wished_type()
            picture.pts, picture.time_base, picture.duration = place.begin, self._plan.unit, place.duration
            self._write(self._encoder.encode(picture))
        self.next += 1
        if self.at_segment_end:
            self.finish()

    def finish(self) -> None:
        """Let the encoder hand out what it has held back."""
        if self._encodes:
            self._encodes = False
            self._write(self._encoder.encode(None))

    def _wished_type(self) -> PictureType:
        """How the next picture is to be coded, where that matters.

        Pictures that no other one refers to can be replaced without any change to others: interpolated ones, if they
        are coded between source frames. The type of an original's picture itself would undo the encoder's own choice.
        """
        plan, number = self._plan, self.next
        period = plan.timing.period or 1
        if not plan.encoding.looks_ahead or not 1 < period <= MOST_BETWEEN + 1:
            return PictureType.NONE
        end = number // SEGMENT_FRAMES * SEGMENT_FRAMES + SEGMENT_FRAMES
        end = end if plan.count is None else min(end, plan.count)
        following = (number // period + 1) * period
        if number % period:
            return PictureType.B if following < end else PictureType.NONE
        # The last one is coded before those that follow it.
        ends = following >= end or (period > 2 and plan.encoding.codec.counts_runs)
        return PictureType.P if ends and number % SEGMENT_FRAMES else PictureType.NONE

    def take_over(self, segments: FoundSegments) -> None:
        """Copy the packets of whole segments, with exact times; their file may have rounded them."""
        for number, decoding, packet in self.packets_of(segments):
            self.take(number, decoding, packet)
        self.next = segments.frames

    def packets_of(self, segments: FoundSegments) -> Iterator[tuple[int, int, Packet[VideoStream]]]:
        """The packets of segments as `FoundSegments.packets` gives them, early enough for the container."""
        timing = self._plan.timing

        def off(delay: int) -> Fraction:
            return abs(timing.time(delay) - timing.time(0) - segments.lead)

        delay = min(range(min(MOST_DELAY + 1, segments.frames)), key=off, default=0)
        yield from segments.packets(delay) if segments.frames else ()

    def take(self, number: int, decoding: int, packet: Packet[VideoStream]) -> None:
        """Copy a packet, with exact times.

        Args:
            number: Number of the frame that it shows.
            decoding: Number of the frame at whose time it is to be decoded; below 0 before the first.
            packet: The packet, as an encoder gives it.
        """
        unit, timing, count = self._plan.mux_unit, self._plan.timing, self._plan.count
        begin = timing.time(number)
        end = shown_until(timing, number, count)
        early = timing.time(max(decoding, 0)) + min(decoding, 0) * self._plan.unit
        packet.duration = max(1, round((end - begin) / unit))
        packet.pts, packet.dts = round(begin / unit), round(early / unit)
        self._mux(packet)

    def new_encoder(self) -> VideoCodecContext:
        """An encoder that knows nothing of the frames before, as for a new segment."""
        context = encoder_for(self._plan, self._options)
        if self._stream.codec_context.flags & Flags.global_header:
            context.flags |= Flags.global_header
        return context

    def _write(self, packets: list[Packet[VideoStream]]) -> None:
        unit, mux_unit = self._plan.unit, self._plan.mux_unit
        finish = self._plan.encoding.container.finish_packet
        if any(self._is_implausible(packet) for packet in packets):
            order_decoding(packets)
        with_captions = self._plan.encoding.codec.with_captions
        for given in packets:
            assert given.pts is not None
            captions = self._captions.pop(given.pts, ())
            packet = given if finish is None else packet_with(given, finish(bytes(given), self._until))
            if captions and with_captions is not None:
                packet = packet_with(packet, with_captions(bytes(packet), captions))
            assert packet.pts is not None
            assert packet.dts is not None
            packet.duration = round(self._durations.pop(packet.pts, 0) * unit / mux_unit)
            packet.pts = round((self._start + packet.pts * unit) / mux_unit)
            packet.dts = round((self._start + packet.dts * unit) / mux_unit)
            self._mux(packet)

    def _is_implausible(self, packet: Packet[VideoStream]) -> bool:
        """Whether a decoding time lies after showing, or far before: x265 computes none for segments of two frames."""
        assert packet.pts is not None
        assert packet.dts is not None
        return not 0 <= packet.pts - packet.dts <= (MOST_DELAY + 1) * self._longest

    def _mux(self, packet: Packet[VideoStream]) -> None:
        assert packet.pts is not None
        assert packet.dts is not None
        unit = self._plan.mux_unit
        # A segment that begins with long intervals would have its first decoding times before the last ones. The
        # least step is one of the container's own ticks: a whole frame could bring decoding after showing.
        if self._last_decoding is not None and packet.dts * unit <= self._last_decoding:
            ours, unit = unit, min(unit, self._stream.time_base or unit)
            packet.pts, packet.duration = round(packet.pts * ours / unit), round((packet.duration or 0) * ours / unit)
            packet.dts = floor(self._last_decoding / unit) + 1
        self._last_decoding = packet.dts * unit
        packet.stream = self._stream
        packet.time_base = unit
        self._on_packet(self._last_decoding)
        self._output.mux_one(packet)
        self.muxed += 1
