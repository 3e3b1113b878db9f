"""A finished video in which some pictures are replaced, and everything else stays what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import av
from av.codec.context import Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from midframe.atomic import unlink_quietly
from midframe.errors import ResumeError
from midframe.media.protocols import StagedFrame
from midframe.media.video.animations import packet_with
from midframe.media.video.container import main_video, open_input
from midframe.media.video.writing.frame_conversion import StagedPicture, encoder_options
from midframe.media.video.writing.recovery import SEGMENT_FRAMES, FoundSegments, find_segments
from midframe.media.video.writing.segment_writer import encoder_for
from midframe.media.video.writing.sink import VideoSink, writing_video

if TYPE_CHECKING:
    from midframe.media.video.writing.plan import VideoPlan


@dataclass(frozen=True)
class RedoneSegments:
    """How pictures of a finished video can be replaced.

    Attributes:
        found: All of its packets.
        alone: Numbers of pictures that are replaced without a change to any other.
        again: Numbers of segments that are encoded again, because other pictures refer to one that is replaced.
        last: Of the pictures in `alone`, those that others refer to which are replaced too.
    """

    found: FoundSegments
    alone: frozenset[int]
    again: frozenset[int]
    last: frozenset[int]

    @property
    def needed(self) -> frozenset[int]:
        """Numbers of all frames that have to be handed over."""
        segments = (self._frames(segment) for segment in self.again)
        return self.alone.union(*segments)

    def _frames(self, segment: int) -> range:
        start = segment * SEGMENT_FRAMES
        return range(start, min(start + SEGMENT_FRAMES, self.found.frames))


def examine(plan: VideoPlan, numbers: frozenset[int]) -> RedoneSegments:
    """Find out how pictures of the finished video can be replaced.

    Args:
        plan: What the video is.
        numbers: The pictures.

    Raises:
        ResumeError: The file at the plan's path is not this video.
    """
    found = find_segments(plan.path, plan.count or 0, complete=True)
    stated = _require_this_video(plan, found)
    encoder = encoder_for(plan, encoder_options(plan))
    encoder.flags |= Flags.global_header
    encoder.open()
    head = bytes(encoder.extradata or b"")
    alone: set[int] = set()
    last: set[int] = set()
    again: set[int] = set()
    takes = plan.encoding.codec.replaced
    for order, key_frame, old in _packets_of_segments(plan, found, numbers):
        end = next(place for place in range(len(order), -1, -1) if not place or order[place - 1] not in numbers)
        behind = frozenset(order[end:])
        # The segment's own key frame stands for the pictures that are to come.
        if (
            takes is not None
            and _same_head(plan, head, stated, key_frame)
            and all(takes(head, data, key_frame, last=number in behind) is not None for number, data in old.items())
        ):
            alone |= old.keys()
            last |= old.keys() & behind
        else:
            again.add(order[0] // SEGMENT_FRAMES)
    return RedoneSegments(found, frozenset(alone), frozenset(again), frozenset(last))


def _packets_of_segments(
    plan: VideoPlan, found: FoundSegments, numbers: frozenset[int]
) -> Iterator[tuple[list[int], bytes, dict[int, bytes]]]:
    """For each segment that pictures are replaced in: the order of its pictures, its first packet, and the old ones.

    Raises:
        ResumeError: A segment does not begin with a key frame.
    """
    wanted = {number // SEGMENT_FRAMES for number in numbers}
    packets = found.packets(0)
    for segment in range(max(wanted, default=-1) + 1):
        order: list[int] = []
        key_frame = b""
        old: dict[int, bytes] = {}
        for number, _, packet in islice(packets, SEGMENT_FRAMES):
            if not order:
                key_frame = bytes(packet)
                if not packet.is_keyframe:
                    raise _another(plan)
            order.append(number)
            if number in numbers:
                old[number] = bytes(packet)
        if segment in wanted:
            yield order, key_frame, old


class RedoneVideo(VideoSink):
    """Takes the frames that `RedoneSegments.needed` names, in ascending order; all others are copied.

    The finished file is unchanged until the new one, which has everything, takes its place.

    Args:
        plan: What the video is.
        segments: How pictures are replaced.

    Raises:
        WriteError: The file cannot be created.
    """

    def __init__(self, plan: VideoPlan, segments: RedoneSegments) -> None:
        super().__init__(plan)
        self._segments = segments
        self._packets = self._track.packets_of(segments.found)
        self._made: dict[int, bytes] = {}
        self._head = b""

    def commit(self, staged: StagedFrame) -> None:
        """Encode a picture; see `FrameSink.commit`."""
        assert isinstance(staged, StagedPicture)
        with self._lock, writing_video(self.plan.partial_path):
            segment = staged.index // SEGMENT_FRAMES
            if segment not in self._segments.again:
                encoder = self._track.new_encoder()
                encoder.flags |= Flags.global_header
                self._made[staged.index] = _key_frame(encoder, staged.picture)
                self._head = bytes(encoder.extradata or b"")
                return
            if staged.index % SEGMENT_FRAMES == 0:
                self._copy_until(staged.index)
                self._skip()
            self._track.encode(staged.picture, self._captions(staged.decoded))

    def abort(self) -> None:
        """Remove the new file; the finished one is whole."""
        super().abort()
        unlink_quietly(self.plan.partial_path)

    def finish(self) -> None:
        """Copy the rest, and put the new file in the place of the old one."""
        with self._lock, writing_video(self.plan.partial_path):
            self._copy_until(self._segments.found.frames)
        super().finish()

    def _copy_until(self, stop: int) -> None:
        """Copy whole segments up to a frame, with the pictures that were made in the place of theirs."""
        takes = self.plan.encoding.codec.replaced
        while self._track.next < stop:
            end = min(self._track.next + SEGMENT_FRAMES, self._segments.found.frames)
            for number, decoding, packet in self._next_packets(end - self._track.next):
                given = packet
                new = self._made.pop(number, None)
                if new is not None:
                    assert takes is not None
                    data = takes(self._head, bytes(packet), new, last=number in self._segments.last)
                    if data is None:
                        raise ResumeError(f"{self.plan.path} has changed meanwhile.", path=self.plan.path)
                    given = packet_with(packet, data)
                self._track.take(number, decoding, given)
            self._track.next = end

    def _skip(self) -> None:
        """Leave out the packets of a segment that is encoded again."""
        start = self._track.next
        for _ in self._next_packets(min(SEGMENT_FRAMES, self._segments.found.frames - start)):
            pass

    def _next_packets(self, count: int) -> list[tuple[int, int, Packet[VideoStream]]]:
        return list(islice(self._packets, count))


def _require_this_video(plan: VideoPlan, found: FoundSegments) -> bytes:
    """Refuse a file that is not what the plan makes, as far as its headers show it; what it says before its packets.

    Raises:
        ResumeError: It is another one.
    """
    if found.frames != plan.count or len(set(found.numbers)) < found.frames:
        raise _another(plan)
    with open_input(plan.path) as container:
        stream = main_video(container, plan.path)
        context = stream.codec_context
        made = encoder_for(plan, encoder_options(plan))
        here, there = ((each.codec.canonical_name, each.width, each.height, each.pix_fmt) for each in (context, made))
        if here != there:
            raise _another(plan)
        return bytes(context.extradata or b"")


def _another(plan: VideoPlan) -> ResumeError:
    return ResumeError(
        f"{plan.path} is not the video of {plan.count} frames that this command makes, so it cannot be redone. Use the "
        "options that made it, or make it again with `choices` and `overwrite`.",
        option="redo",
        path=plan.path,
    )


def _same_head(plan: VideoPlan, head: bytes, stated: bytes, first: bytes) -> bool:
    """Whether an encoder says the same about all pictures, before its packets, as the one that made a segment.

    Args:
        plan: What the video is.
        head: What the encoder says.
        stated: What the file says.
        first: The first packet of the segment.
    """
    sets_of = plan.encoding.codec.parameter_sets
    return head == stated if sets_of is None else set(sets_of(head)) == set(sets_of(first))


def _key_frame(encoder: VideoCodecContext, picture: av.VideoFrame) -> bytes:
    """A picture as a packet of its own, from an encoder that has made none yet."""
    picture.pict_type = 0
    picture.pts, picture.time_base = 0, encoder.time_base
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
