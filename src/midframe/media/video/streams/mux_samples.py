"""The first packets of all streams of a file, kept so that containers can be tried with them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream

SAMPLES = 12
"""Packets of a stream that are tried; of subtitles two, as they may be minutes apart."""

LOOK_AHEAD = 600
"""Packets of the film among which those of other streams are looked for; subtitles may begin after hours."""


@dataclass(frozen=True)
class SamplePacket:
    """A packet, with times that begin at 0.

    Attributes:
        content: Its bytes.
        pts: When it is shown, in units of `time_base`; None where the source does not say it.
        dts: When it is decoded; None as before.
        duration: How long it is shown.
        time_base: Seconds.
        is_keyframe: Whether decoding can begin with it.
    """

    content: bytes
    pts: int | None
    dts: int | None
    duration: int
    time_base: Fraction
    is_keyframe: bool

    def packet(self) -> Packet[Stream]:
        """A new packet: muxers and filters use packets up."""
        made: Packet[Stream] = Packet(self.content)
        made.pts, made.dts, made.duration, made.time_base = self.pts, self.dts, self.duration, self.time_base
        made.is_keyframe = self.is_keyframe
        return made


def first_packets(source: InputContainer, main: Stream) -> dict[int, list[SamplePacket]]:
    """The first packets of all streams but the film's, by index of the stream.

    Args:
        source: An open file, which is read on.
        main: The stream of the film.
    """
    wanted = [stream for stream in source.streams if not isinstance(stream, AttachmentStream)]
    found: dict[int, list[SamplePacket]] = {stream.index: [] for stream in wanted if stream.index != main.index}
    enough = {stream.index: _enough(stream) for stream in source.streams}
    starts: dict[int, int] = {}
    seen = 0
    if not found:
        return found
    try:
        for packet in source.demux(wanted):
            index = packet.stream_index
            if index == main.index:
                seen += 1
            elif packet.size and len(found[index]) < enough[index]:
                stamp = packet.dts if packet.dts is not None else packet.pts
                start = starts.setdefault(index, stamp or 0)
                found[index].append(_sample(packet, start))
            if seen > LOOK_AHEAD or all(len(packets) >= enough[number] for number, packets in found.items()):
                break
    except av.FFmpegError:
        # What lies before the damage can be tried.
        pass
    return found


def _enough(stream: Stream) -> int:
    if stream.disposition & Disposition.attached_pic:
        return 1
    return 2 if stream.type == "subtitle" else SAMPLES


def _sample(packet: Packet[Stream], start: int) -> SamplePacket:
    pts, dts = (None if stamp is None else stamp - start for stamp in (packet.pts, packet.dts))
    return SamplePacket(bytes(packet), pts, dts, packet.duration or 0, packet.time_base, packet.is_keyframe)
