"""Everything of a file but its pictures: sound, subtitles, attachments, chapters, titles. Copied, never re-encoded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Stream

from midframe.media.video.codecs import animation_label
from midframe.media.video.container import main_video, open_input
from midframe.media.video.continuity import InStep
from midframe.media.video.encoder_delay import add_early_copy, seconds_before_zero
from midframe.media.video.index import pieces_of

OWN_METADATA = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder", "duration"})
"""What a container says about itself; the new one says its own."""


@dataclass(frozen=True)
class PassthroughPlan:
    """What is copied from a file.

    Attributes:
        path: The file.
        streams: Indices of the streams that the new container takes.
        notes: Sentences about those that it does not take.
    """

    path: Path
    streams: tuple[int, ...]
    notes: tuple[str, ...]


def plan_passthrough(path: Path, container_format: str) -> PassthroughPlan:
    """Find out which streams a container takes, by writing its header for each of them into memory.

    Args:
        path: Source.
        container_format: FFmpeg's muxer.

    Raises:
        UnreadableFileError: The source cannot be read.
    """
    taken: list[int] = []
    notes: list[str] = []
    with open_input(path) as source:
        main = main_video(source, path).index
        label = animation_label(container_format)
        if label is not None:
            others = sorted({stream.type for stream in source.streams if stream.index != main})
            note = f"Left out {' and '.join(others)}: {label} holds pictures only."
            return PassthroughPlan(path, (), (note,) if others else ())
        for stream in source.streams:
            if stream.index == main or _is_chapter_track(stream, source):
                continue
            reason = _refusal(stream, container_format)
            if reason is None:
                taken.append(stream.index)
            else:
                notes.append(f"Left out {stream_words(stream)}: {reason}.")
    if notes and container_format not in ("matroska", "webm"):
        notes.append("An output that ends in .mkv holds more kinds of streams.")
    return PassthroughPlan(path, tuple(taken), tuple(notes))


def stream_words(stream: Stream) -> str:
    """A stream as people know it: "subtitle stream 2 (subrip, German)"."""
    name = stream.codec_context.name if stream.codec_context is not None else stream.name
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
        whole: Whether the output has all of the source: then nothing is left out, and chapters are copied.
    """

    def __init__(
        self, plan: PassthroughPlan, output: OutputContainer, origin: Fraction, end: Fraction, *, whole: bool
    ) -> None:
        self._origin = origin
        self._end = None if whole else end
        self._output = output
        self._path = plan.path
        self._source: InputContainer = open_input(plan.path)
        self._targets: dict[int, Stream] = {}
        self._failed: dict[int, str] = {}
        for index in plan.streams:
            self._add(self._source.streams[index])
        output.metadata.update({k: v for k, v in self._source.metadata.items() if k.lower() not in OWN_METADATA})
        if whole and origin == 0:
            output.set_chapters(self._source.chapters())
        self._in_step = InStep(pieces_of(plan.path))
        self._packets = self._demux()
        self._waiting: tuple[Fraction, Packet[Stream]] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about streams that were lost on the way."""
        return (*self._failed.values(), *self._in_step.notes)

    def copy_until(self, time: Fraction | None) -> None:
        """Copy all packets that begin before `time` of the output; all that there are if None."""
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

    def _add(self, stream: Stream) -> None:
        target = self._add_early(stream) or _add_copy(self._output, stream)
        target.metadata.update(stream.metadata)
        target.disposition = stream.disposition
        if not isinstance(stream, AttachmentStream):
            self._targets[stream.index] = target

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
        if not self._targets:
            return
        try:
            demuxed = self._source.demux([self._source.streams[index] for index in self._targets])
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
        packet.stream = self._targets[index]
        try:
            self._output.mux_one(packet)
        except av.FFmpegError as error:
            if isinstance(error, OSError):
                # The disk, not the stream.
                raise
            self._failed[index] = f"From some point on {words} is missing: {error.strerror}."


def _is_silence(packet: Packet[Stream]) -> bool:
    """Whether a packet is the empty text by which MP4 ends a subtitle. The muxer makes its own; two are too many."""
    codec = packet.stream.codec_context
    return codec is not None and codec.name == "mov_text" and bytes(packet)[:2] == b"\0\0"


def _is_chapter_track(stream: Stream, source: InputContainer) -> bool:
    """Whether a stream is how QuickTime and MP4 keep chapters: these are copied as such."""
    return stream.type == "data" and stream.name == "bin_data" and bool(source.chapters())


def _refusal(stream: Stream, container_format: str) -> str | None:
    """Why a container does not take a stream; None if it does."""
    try:
        with av.open(io.BytesIO(), "w", format=container_format) as trial:
            _add_copy(trial, stream)
            trial.start_encoding()
    except (av.FFmpegError, ValueError) as error:
        reason = error.strerror if isinstance(error, av.FFmpegError) else str(error)
        return f"the container does not take it ({reason})"
    return None


def _add_copy(output: OutputContainer, stream: Stream) -> Stream:
    if isinstance(stream, AttachmentStream):
        return output.add_attachment(
            stream.name or "attachment", stream.mimetype or "application/octet-stream", stream.data
        )
    return output.add_stream_from_template(stream, opaque=True)
