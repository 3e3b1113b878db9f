"""What an unfinished video holds that another run can continue after.

Pictures are compressed in segments: the encoder starts again after that many frames. So the segments that follow do not
depend on the ones before, and come out the same whether the run was interrupted or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from midframe.errors import InputError
from midframe.media.video.codecs import codec_of_stream
from midframe.media.video.container import main_video, open_input

SEGMENT_FRAMES = 120
"""Frames of a segment. Shorter ones cost more bits, longer ones more work that an interruption undoes."""


@dataclass(frozen=True)
class FoundSegments:
    """Whole segments at the beginning of an unfinished file.

    Attributes:
        path: The file.
        numbers: For each packet of the segments, in the file's order, the number of the frame that it shows.
        lead: How long before it is shown the first frame is to be decoded, in seconds, as far as the file says.
    """

    path: Path
    numbers: tuple[int, ...]
    lead: Fraction = Fraction(0)

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.numbers)

    def packets(self, delay: int) -> Iterator[tuple[int, int, Packet[VideoStream]]]:
        """Frame number, number of the frame at whose time it is to be decoded (below 0 before the first), and packet.

        The packets are as encoders give them, whatever the container has made of them.

        Args:
            delay: How many frames earlier than it is shown a frame is to be decoded that stands in its own place: that
                of the encoder, for the segments after these use it. These may have needed less themselves.

        Raises:
            UnreadableFileError: The file has become unreadable.
        """
        # Pictures are decoded in the file's order, so early that none comes after its own time.
        ahead = max((place - number for place, number in enumerate(self.numbers)), default=0)
        ahead = max(ahead, delay)
        with open_input(self.path) as container:
            stream = main_video(container, self.path)
            whole = (packet for packet in container.demux(stream) if packet.size)
            for place, (number, packet) in enumerate(zip(self.numbers, _as_encoded(whole, stream), strict=False)):
                yield number, place - ahead, packet


def _as_encoded(packets: Iterable[Packet[VideoStream]], stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    filter_name = codec_of_stream(stream.codec_context.name).packet_filter
    if filter_name is None:
        yield from packets
        return
    unpacked = BitStreamFilterContext(filter_name, stream)
    for packet in packets:
        yield from unpacked.filter(packet)


def find_segments(path: Path, expected: int, *, complete: bool = False) -> FoundSegments:
    """Look for whole segments.

    Args:
        path: An unfinished file; it may not exist, or be damaged at its end.
        expected: Frames that are known to have been written completely; what lies after them is not used.
        complete: Whether the last segment counts, too, which may be shorter.
    """
    stamps: list[int] = []
    lead = Fraction(0)
    try:
        with open_input(path) as container:
            for packet in container.demux(main_video(container, path)):
                if packet.is_corrupt or (packet.size and packet.pts is None) or len(stamps) == expected:
                    break
                if packet.size:
                    assert packet.pts is not None
                    if not stamps and packet.dts is not None:
                        lead = max(lead, (packet.pts - packet.dts) * packet.time_base)
                    stamps.append(packet.pts)
    except (InputError, av.FFmpegError):
        # Damage at the end: what was read before it counts.
        pass
    whole = min(len(stamps), expected)
    if not complete:
        whole = whole // SEGMENT_FRAMES * SEGMENT_FRAMES
    numbers: list[int] = []
    for start in range(0, whole, SEGMENT_FRAMES):
        segment = stamps[start : min(start + SEGMENT_FRAMES, whole)]
        shown = sorted(segment)
        numbers += [start + shown.index(stamp) for stamp in segment]
    return FoundSegments(path, tuple(numbers), lead)
