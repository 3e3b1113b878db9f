"""When the frames of a video file are shown.

The packets state it, and reading them is fast. Where the decoder gives other pictures than they promise (it is asked
at several places of the file), all of the file is decoded once, and the pictures that come count.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from midframe.errors import UnreadableFileError
from midframe.media.video.codecs import codec_of_stream
from midframe.media.video.container import main_video, open_input, reading_video
from midframe.media.video.reading.continuity import BACK, FORWARD, Continuity, Piece
from midframe.media.video.reading.decoded_pictures import DecodedPictures, decode_all
from midframe.media.video.reading.joined_files import followed_by_another
from midframe.media.video.reading.survey import MISSING, Survey, survey_video

EMPTY = 16
"""Bytes up to which a packet says no more than that the picture before stays, as in MPEG-4."""


@dataclass(frozen=True)
class VideoIndex:
    """The frames of a video file.

    Attributes:
        stamps: Presentation times of the frames in units of `time_base`, strictly ascending; None where the file has
            none, and frames can only be counted.
        count: How many frames there are.
        last_duration: Duration of the last frame in units of `time_base`; 0 if unknown.
        time_base: Seconds.
        rates: Frames per second as the container states them, best first.
        begin: Seconds at which the earliest of all streams begins.
        packets: How many packets were read, with those that are not shown.
        damaged_packets: How many of them the container calls damaged.
        stated_frames: How many packets there should be; 0 if it is not stated.
        stated_end: Seconds at which the last frame should end; None if it is not stated.
        pieces: Parts whose time stamps have an origin of their own, but for the first; `stamps` are on the time line
            that they share.
        by_order: Whether `stamps` do not occur in the file, so that frames are recognised by their order.
        lost: How many packets gave no picture, where that is known.
        followed: Whether another file begins after these frames, which is not read.
        survey: What the pictures at several places are like.
    """

    stamps: tuple[int, ...] | None
    count: int
    last_duration: int
    time_base: Fraction
    rates: tuple[Fraction, ...]
    begin: Fraction
    packets: int = 0
    damaged_packets: int = 0
    stated_frames: int = 0
    stated_end: Fraction | None = None
    pieces: tuple[Piece, ...] = ()
    by_order: bool = False
    lost: int = 0
    followed: bool = False
    survey: Survey = field(default_factory=Survey)

    @property
    def counted(self) -> bool:
        """Whether frames are recognised by their order, as they come from the beginning of the file."""
        return self.stamps is None or self.by_order

    @property
    def first_time(self) -> Fraction:
        """When the first frame is shown, in seconds."""
        return self.stamps[0] * self.time_base if self.stamps else Fraction(0)

    @property
    def last_of_pieces(self) -> frozenset[int]:
        """Numbers of the frames before a piece begins."""
        stamps = self.stamps or ()
        return frozenset(bisect_left(stamps, piece.time / self.time_base) - 1 for piece in self.pieces)

    @property
    def seekable(self) -> bool:
        """Whether reading can begin at a time."""
        return not self.counted and not self.pieces

    @property
    def continuity(self) -> Continuity:
        """Moves packets onto the time line of `stamps`."""
        return Continuity(self.pieces)


@dataclass(frozen=True)
class _Packet:
    """A packet that is shown."""

    pts: int | None
    dts: int | None
    duration: int
    place: int
    number: int
    size: int


def index_video(path: Path) -> VideoIndex:
    """Find out which frames the main video stream has.

    Raises:
        UnreadableFileError: As for `open_input` and `main_video`, or the file has no frame.
    """
    if not path.is_file():
        # Says why.
        open_input(path)
    state = path.stat()
    return _index(path, state.st_mtime_ns, state.st_size)


def pieces_of(path: Path) -> tuple[Piece, ...]:
    """The pieces of a file but the first; see `VideoIndex.pieces`.

    Raises:
        UnreadableFileError: As for `index_video`.
    """
    return index_video(path).pieces


@lru_cache(maxsize=16)
def _index(path: Path, changed: int, size: int) -> VideoIndex:
    """The same, remembered for a file until it changes."""
    del changed, size
    index, shown, packed = _index_packets(path)
    with reading_video(path):
        survey = survey_video(path, index.stamps, index.continuity, seekable=index.seekable)
        if survey.agrees and not packed and not _steps_back(shown) and index.count == len(shown):
            return replace(index, survey=survey)
        return _of_pictures(replace(index, survey=survey), shown, decode_all(path, index.continuity))


def _index_packets(path: Path) -> tuple[VideoIndex, list[_Packet], bool]:
    """Walk over the packets: what they state, those that are shown, and whether they may hold no picture."""
    shown: list[_Packet] = []
    with open_input(path) as container, reading_video(path):
        stream = main_video(container, path)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        time_base = stream.time_base or Fraction(1, 90000)
        row = codec_of_stream(stream.codec_context.name)
        make_recogniser = row.second_fields
        recogniser = make_recogniser(stream.codec_context.extradata or b"") if make_recogniser else None
        packets, damaged, seconds, place = 0, 0, 0, 0
        try:
            for packet in container.demux(stream):
                packets += bool(packet.size)
                damaged += bool(packet.size) and packet.is_corrupt
                if not packet.size:
                    continue
                if recogniser is not None and recogniser.is_second(memoryview(packet)):
                    seconds += 1
                    continue
                place = place if packet.pos is None else packet.pos
                if not packet.is_discard:
                    times = (packet.pts, packet.dts, packet.duration or 0)
                    shown.append(_Packet(*times, place, packets - 1, packet.size))
        except av.FFmpegError:
            # A file that was cut off: what lies before the cut can be used.
            if not shown:
                raise
            damaged += 1
        if not shown:
            raise UnreadableFileError(f"{path} contains no video frame; it may have been cut off.", path=path)
        rates = [stream.guessed_rate, stream.average_rate, stream.base_rate]
        known = tuple(dict.fromkeys(rate for rate in rates if rate))
        if seconds:
            # Some containers count fields.
            known = tuple(dict.fromkeys((*known, *(rate / 2 for rate in known))))
        begin, alone = _begin(container), len(container.streams) == 1
        # Edit lists leave frames out, or show them again.
        edited = container.format.name.startswith("mov") and len(stream.index_entries) != stream.frames
        stated = (packets, damaged, 0 if edited else stream.frames, _stated_end(container, stream))
        ends = None
        if container.format.name.startswith("mov") and not edited and stream.duration and stream.start_time is not None:
            ends = stream.start_time + stream.duration
        discontinuous = av.format.Flags.ts_discont in av.format.Flags(container.format.flags)
        followed = followed_by_another(path, container.format.name, place)
    pieces = _find_pieces(path, shown, time_base, discontinuous=discontinuous)
    # Where recordings were joined, packet counters do not continue.
    stated = (packets, max(0, damaged - len(pieces)), *stated[2:])
    shown = _moved(shown, pieces, time_base)
    stamps = [packet.pts for packet in shown if packet.pts is not None]
    index = VideoIndex(None, len(shown), 0, time_base, known, begin, *stated, pieces, followed=followed)
    if len(stamps) == len(shown):
        durations = {packet.pts: packet.duration for packet in shown}
        last = 0 if seconds else durations[max(stamps)]
        if ends is not None and packets == stated[2] and ends > max(stamps):
            # In MP4, the duration of a packet is the time to the next one in the file, not to the next that is shown.
            last = ends - max(stamps)
        ordered = tuple(sorted(set(stamps)))
        index = replace(index, stamps=ordered, count=len(ordered), last_duration=last)
        index = replace(index, begin=index.first_time) if alone else index
    return index, shown, row.packed


def _steps_back(shown: Sequence[_Packet]) -> int:
    """How often decoding times within a piece do not ascend, so that sorting by time would change the order."""
    return _descents(packet.dts for packet in shown)


def _descents(stamps: Iterable[int | None]) -> int:
    known = [stamp for stamp in stamps if stamp is not None]
    return sum(later <= earlier for earlier, later in pairwise(known))


def _find_pieces(
    path: Path, shown: Sequence[_Packet], time_base: Fraction, *, discontinuous: bool
) -> tuple[Piece, ...]:
    """Where time stamps start again."""
    known = [number for number, packet in enumerate(shown) if packet.dts is not None]
    if any(packet.pts is None for packet in shown) or len(known) < 2:
        return ()
    steps = {later: (shown[later].dts or 0) - (shown[earlier].dts or 0) for earlier, later in pairwise(known)}
    usual = round(median(steps.values())) or 1
    back, forward = -(BACK / time_base), max(FORWARD / time_base, Fraction(50 * usual))
    starts = [
        number
        for number, step in steps.items()
        if step < back
        or (discontinuous and step > forward and _all_pause(path, shown[number - 1], shown[number], time_base))
    ]
    pieces: list[Piece] = []
    shift, first = 0, 0
    for start, stop in pairwise([*starts, len(shown)]):
        end = max((packet.pts or 0) + (packet.duration or usual) for packet in shown[first:start])
        begin = min(packet.pts or 0 for packet in shown[start:stop])
        time = end + shift
        shift = time - begin
        pieces.append(Piece(shown[start - 1].place, shown[start].place, time * time_base, shift * time_base))
        first = start
    return tuple(pieces)


def _all_pause(path: Path, before: _Packet, after: _Packet, time_base: Fraction) -> bool:
    """Whether no other stream continues where the pictures' time stamps leap: then the clock was set again."""
    gap = ((before.dts or 0) * time_base + 1, (after.dts or 0) * time_base - 1)
    with open_input(path) as container:
        main = main_video(container, path).index
        for packet in container.demux(*(stream for stream in container.streams if stream.index != main)):
            if packet.dts is not None and gap[0] < packet.dts * packet.time_base < gap[1]:
                return False
            if packet.pos is not None and packet.pos > after.place:
                break
    return True


def _moved(shown: list[_Packet], pieces: Sequence[Piece], time_base: Fraction) -> list[_Packet]:
    """The packets with their times on one time line."""
    if not pieces:
        return shown
    moved = []
    waiting = list(pieces)
    ticks = 0
    for packet in shown:
        while waiting and packet.place >= waiting[0].begin:
            ticks = round(waiting.pop(0).shift / time_base)
        pts = None if packet.pts is None else packet.pts + ticks
        moved.append(replace(packet, pts=pts, dts=None if packet.dts is None else packet.dts + ticks))
    return moved


def _of_pictures(index: VideoIndex, shown: Sequence[_Packet], decoded: DecodedPictures) -> VideoIndex:
    """The index of a file by what the decoder gives."""
    count = len(decoded.stamps)
    if not count:
        return index
    given = set(decoded.places)
    lost = sum(packet.number not in given and packet.size > EMPTY for packet in shown)
    # Packets that complete a picture are as many as there are pictures; damage makes fewer.
    lost = lost if lost < MISSING * len(shown) else 0
    survey = Survey.of(decoded.kinds, index.survey.rows, agrees=False)
    found = replace(index, count=count, last_duration=0, lost=lost, survey=survey)
    stamps = [stamp for stamp in decoded.stamps if stamp is not None]
    descents = _descents(stamps)
    if len(stamps) == count and not descents:
        return replace(found, stamps=tuple(stamps))
    if len(stamps) == count and descents <= _steps_back(shown) + len(shown) - index.count:
        return replace(found, stamps=ascending(stamps), by_order=True)
    # Without presentation times, the pictures are shown at the times at which packets come.
    times = [packet.dts for packet in shown if count == len(shown) or packet.number in given]
    known = sorted({time for time in times if time is not None})
    if len(known) != count:
        return replace(found, stamps=None)
    return replace(found, stamps=tuple(known), by_order=True)


def ascending(stamps: Sequence[int]) -> tuple[int, ...]:
    """Time stamps that ascend: where they go back, those up to the next later one are spread evenly before it."""
    kept: list[int] = []
    number = 0
    while number < len(stamps):
        last = kept[-1] if kept else stamps[number] - 1
        following = number
        while following < len(stamps) and stamps[following] <= last:
            following += 1
        # Enough space for each of them, and at the end of the file for as long as before.
        behind = following - number + 1
        until = stamps[following] if following < len(stamps) else last + behind
        until = max(until, last + behind)
        kept += [last + (until - last) * (step + 1) // behind for step in range(following - number)]
        if following < len(stamps):
            kept.append(until)
        number = following + 1
    return tuple(kept)


def _begin(container: InputContainer) -> Fraction:
    begins = [
        stream.start_time * stream.time_base for stream in container.streams if stream.start_time and stream.time_base
    ]
    all_known = len(begins) == len(container.streams)
    return min(begins) if begins and all_known else Fraction(0)


def _stated_end(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """When the container says that a stream ends, where it says so itself and does not guess."""
    matroska = container.format.name.startswith("matroska")
    length = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if matroska and length is not None:
        hours, minutes, seconds = length.groups()
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    if (matroska or container.format.name == "flv") and len(container.streams) == 1 and container.duration:
        return Fraction(container.duration, 1_000_000)
    return None
