"""Everything of a file but its pictures: sound, subtitles, attachments, chapters, titles. Copied, never re-encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from errno import EPERM
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from midframe.media.video.codecs import Container, animation_label
from midframe.media.video.container import main_video, open_input
from midframe.media.video.containers.mp4_boxes import Mp4Tracks, mp4_tracks
from midframe.media.video.reading.continuity import InStep
from midframe.media.video.reading.index import pieces_of
from midframe.media.video.streams.chapters import TimeMap, mapped_chapters
from midframe.media.video.streams.encoder_delay import add_early_copy, seconds_before_zero
from midframe.media.video.streams.mux_probe import TrialFile, is_attached, read_back_refusal
from midframe.media.video.streams.mux_samples import SamplePacket, first_packets
from midframe.media.video.streams.side_streams import SideStream, SideStreamWriter, describe_side_stream
from midframe.media.video.streams.tags import copied_tags
from midframe.media.video.streams.text_subtitles import LINES, MILLISECONDS

if TYPE_CHECKING:
    from av.container.core import Chapter

ABOUT_ALL = -1
"""In the place of a stream's index, for a sentence that is about no single one."""

TIMECODE = "tmcd"
"""Four-character code of QuickTime's tracks of time code: new ones are written for the new rate."""


@dataclass(frozen=True)
class PassthroughPlan:
    """What is copied from a file.

    Attributes:
        path: The file.
        streams: Those that the new container takes.
        left_out: By index of a stream that it does not take, a sentence about it; other sentences have a number of
            their own below 0.
        refused_sound: Indices of sound streams that it does not take.
        samples: The first packets of all streams, for trying them together.
        tags: Titles and so on.
        chapters: All of the source's.
        keyed_tags: Whether tags are written in a table of names, in MP4 and QuickTime.
    """

    path: Path
    streams: tuple[SideStream, ...]
    left_out: Mapping[int, str]
    refused_sound: tuple[int, ...] = ()
    samples: Mapping[int, list[SamplePacket]] = field(default_factory=dict, repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    chapters: tuple[Chapter, ...] = ()
    keyed_tags: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what is left out."""
        return tuple(self.left_out.values())

    def without_notes_on(self, indices: Iterable[int]) -> PassthroughPlan:
        """The plan where streams that it leaves out arrive in another way."""
        arrived = set(indices)
        left_out = {index: note for index, note in self.left_out.items() if index not in arrived}
        if not any(index >= 0 for index in left_out):
            left_out = {}
        return replace(self, left_out=left_out)


def plan_passthrough(path: Path, container: Container, *, timeless: bool = False) -> PassthroughPlan:
    """Find out which streams a container takes, by writing the beginning of each into memory and reading it back.

    Args:
        path: Source.
        container: The file format.
        timeless: Only what has no time is copied, such as covers and attached files.

    Raises:
        UnreadableFileError: The source cannot be read.
    """
    taken: list[SideStream] = []
    notes: dict[int, str] = {}
    lost: list[str] = []
    refused: list[int] = []
    with open_input(path) as source:
        main = main_video(source, path)
        label = animation_label(container.format)
        if label is not None:
            others = sorted({stream.type for stream in source.streams if stream.index != main.index})
            note = f"Left out {' and '.join(others)}: {label} stores only pictures."
            return PassthroughPlan(path, (), {ABOUT_ALL: note} if others else {})
        tracks = mp4_tracks(path) if source.format.name.startswith("mov") else Mp4Tracks()
        samples = first_packets(source, main)
        for stream in source.streams:
            if stream.index == main.index or _is_written_anew(stream, tracks) or (timeless and not is_attached(stream)):
                continue
            packets = samples.get(stream.index, [])
            side = describe_side_stream(stream, packets[0].packet() if packets else None, container.format)
            reason = _refusal(source, side, samples, container, tracks)
            if reason is None:
                taken.append(side)
                continue
            converted = _converted(source, side, samples, container, tracks) if stream.type == "subtitle" else None
            if converted is not None:
                taken.append(converted)
                notes[stream.index] = f"The {stream_words(stream, tracks)} is converted to {container.text}."
                continue
            lost.append(f"Left out {stream_words(stream, tracks)}: {reason}.")
            notes[stream.index] = lost[-1]
            if isinstance(stream, AudioStream):
                refused.append(stream.index)
        tags, chapters = copied_tags(source.metadata, source.format.name), tuple(source.chapters())
    if lost and container.format not in ("matroska", "webm"):
        notes[ABOUT_ALL] = "An .mkv output supports more kinds of streams."
    return PassthroughPlan(path, tuple(taken), notes, tuple(refused), samples, tags, chapters)


def stream_words(stream: Stream, tracks: Mp4Tracks | None = None) -> str:
    """A stream as people know it: "subtitle stream 2 (subrip, German)"."""
    codec = stream.codec_context.name if stream.codec_context is not None else None
    tag = tracks.entries.get(stream.id) if tracks is not None else None
    name = codec or tag or getattr(stream, "name", None)
    about = [word for word in (name, stream.metadata.get("language"), stream.metadata.get("title")) if word]
    return f"{stream.type} stream {stream.index}" + (f" ({', '.join(about)})" if about else "")


class StreamCopier:
    """Copies side streams into a container that is being written, keeping step with its pictures.

    An error costs the stream that made it, never the output; `notes` reports it. The streams are added to `output`,
    which must not have been started.

    Args:
        plan: The plan, from `plan_passthrough`.
        output: Where the streams go.
        origin: The time of the source that becomes 0.
        end: Packets that begin at this time of the output or later are left out.
        stretch: Duration of the output over that of the source; packets are only copied where it is 1.
        whole: Whether the output has all of the source: then no packet is left out.
    """

    def __init__(
        self,
        plan: PassthroughPlan,
        output: OutputContainer,
        origin: Fraction,
        end: Fraction,
        *,
        stretch: Fraction = Fraction(1),
        whole: bool,
    ) -> None:
        self._origin = origin
        self._end = None if whole else end
        self._output = output
        self._path = plan.path
        self._source: InputContainer = open_input(plan.path)
        self._writers: dict[int, SideStreamWriter] = {}
        self._covers: list[Packet[Stream]] = []
        self._failed: dict[int, str] = {}
        for side in plan.streams:
            self._add(side)
        output.metadata.update(plan.tags)
        output.set_chapters(mapped_chapters(plan.chapters, TimeMap(origin, end, stretch)))
        self._in_step = InStep(pieces_of(plan.path))
        self._packets = self._demux()
        self._waiting: tuple[Fraction, Packet[Stream]] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about streams that were lost on the way."""
        return (*self._failed.values(), *self._in_step.notes)

    def copy_until(self, time: Fraction | None) -> None:
        """Copy all packets that begin before `time` of the output; all that there are if None."""
        for cover in self._covers:
            self._output.mux_one(cover)
        self._covers.clear()
        while True:
            if self._waiting is None:
                self._waiting = next(self._packets, None)
            if self._waiting is None or (time is not None and self._waiting[0] >= time):
                return
            packet = self._waiting[1]
            self._waiting = None
            self._write(packet)

    def close(self) -> None:
        """Let go of the source."""
        self._packets = iter(())
        self._source.close()

    def _add(self, side: SideStream) -> None:
        stream = self._source.streams[side.index]
        writer = SideStreamWriter(side, stream, self._output, lambda: self._add_early(stream))
        cover = writer.cover()
        if cover is not None:
            self._covers.append(cover)
        if side.form == "packets":
            self._writers[side.index] = writer

    def _add_early(self, stream: Stream) -> Stream | None:
        """Add sound that begins before 0 to a container that must state it; None where that is not the case."""
        if self._origin or self._output.format.name != "matroska" or not isinstance(stream, AudioStream):
            return None
        # Matroska itself, as a source, has said it already.
        if stream.codec_context.name != "aac" or not self._source.format.name.startswith("mov"):
            return None
        early = seconds_before_zero(self._path, stream.index)
        if not early:
            return None
        try:
            return add_early_copy(self._output, stream, early)
        except (av.FFmpegError, ValueError):
            return None

    def _demux(self) -> Iterator[tuple[Fraction, Packet[Stream]]]:
        """Packets with the time of the output at which they begin; those of before its start are left out."""
        if not self._writers:
            return
        try:
            demuxed = self._source.demux([self._source.streams[index] for index in self._writers])
            for packet in self._in_step.packets(demuxed):
                if not packet.size or (packet.dts is None and packet.pts is None) or _is_silence(packet):
                    continue
                base = packet.time_base
                shift = floor(self._origin / base)
                start = packet.pts if packet.pts is not None else packet.dts
                assert start is not None
                begins = (start - shift) * base
                # Sound before 0 primes its decoder where the source has it too; elsewhere it is cut off.
                if (begins < 0 and self._origin > 0) or (self._end is not None and begins >= self._end):
                    continue
                packet.pts = None if packet.pts is None else packet.pts - shift
                packet.dts = None if packet.dts is None else packet.dts - shift
                yield begins, packet
        except av.FFmpegError as error:
            name = self._source.name.removeprefix("file:")
            self._failed[-1] = f"{name} is damaged: sound and subtitles end early ({error.strerror})."

    def _write(self, packet: Packet[Stream]) -> None:
        index = packet.stream_index
        if index in self._failed:
            return
        words = stream_words(packet.stream)
        try:
            self._output.mux(list(self._writers[index].packets(packet)))
        except av.FFmpegError as error:
            if isinstance(error, OSError) and error.errno != EPERM:
                # The disk, not the stream. Muxers say EPERM where they do not like a packet.
                raise
            self._failed[index] = f"From some point on {words} is missing: {error.strerror}."


def _is_silence(packet: Packet[Stream]) -> bool:
    """Whether a packet is the empty text by which MP4 ends a subtitle. The muxer makes its own; two are too many."""
    codec = packet.stream.codec_context
    return codec is not None and codec.name == "mov_text" and bytes(packet)[:2] == b"\0\0"


def _is_written_anew(stream: Stream, tracks: Mp4Tracks) -> bool:
    """Whether a stream is one of those that MP4 and QuickTime make of chapters and of time codes."""
    return stream.type == "data" and (stream.id in tracks.chapters or tracks.entries.get(stream.id) == TIMECODE)


def _refusal(
    source: InputContainer,
    side: SideStream,
    samples: Mapping[int, list[SamplePacket]],
    container: Container,
    tracks: Mp4Tracks,
) -> str | None:
    """Why a container does not take a stream; None if it does."""
    stream = source.streams[side.index]
    if side.form == "cover" or (side.form == "attachment" and container.format == "matroska"):
        # By themselves they make no file; they are tried together with the pictures.
        return None
    try:
        content = TrialFile(container.format, container.options, {}).written(source, [side], samples)
    except (av.FFmpegError, ValueError):
        return "the container does not support it"
    return read_back_refusal(content, stream, side, tracks.entries.get(stream.id), samples.get(side.index, []))


def _converted(
    source: InputContainer,
    side: SideStream,
    samples: Mapping[int, list[SamplePacket]],
    container: Container,
    tracks: Mp4Tracks,
) -> SideStream | None:
    """Subtitles that are text, in the container's own kind; None where that is not possible."""
    if container.text is None:
        return None
    converted = replace(side, text=container.text)
    given = samples.get(side.index)
    tries = [given] if given else [[SamplePacket(line, 0, 0, 1000, MILLISECONDS, True)] for line in LINES]
    for packets in tries:
        if _refusal(source, converted, {side.index: packets}, container, tracks) is None:
            return converted
    return None
