"""Which sound can be stretched, and how it is compressed afterwards."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer

from midframe.media.video.codecs import animation_label
from midframe.media.video.container import main_video, open_input
from midframe.media.video.streams.passthrough import stream_words

ENCODERS = {"aac": "aac", "opus": "libopus", "flac": "flac", "alac": "alac", "mp3": "libmp3lame", "ac3": "ac3"}
"""Encoders for the compression that sources have. PCM is encoded under its own name; Vorbis has no good one here."""

LOSSLESS = ("flac", "alac", "truehd", "wavpack", "tta", "ape", "mlp", "pcm_")
"""How the names of compression without loss begin."""

PCM_CONTAINERS = frozenset({"mov", "matroska"})
"""MP4 takes PCM by its standard, but few players do."""

OTHERWISE = {"mp4": ("aac",), "mov": ("aac",), "matroska": ("aac", "libopus"), "webm": ("libopus",)}
"""Encoders by muxer, where the source's own does not do."""

USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

LEAST_BITS, MOST_BITS = 80_000, 192_000
"""Bits per second and channel; between them the source's rate is kept."""


@dataclass(frozen=True)
class StretchedStream:
    """One stream.

    Attributes:
        index: Index of the stream in the source.
        encoder: FFmpeg's.
        rate: Samples per second in the output; the source's, where the encoder takes it.
        layout: FFmpeg's name of the channel layout.
    """

    index: int
    encoder: str
    rate: int
    layout: str


@dataclass(frozen=True)
class SoundPlan:
    """What is stretched.

    Attributes:
        path: The source.
        stretch: How much longer everything gets.
        streams: Streams that the new container takes.
        notes: Sentences about what is left out or changed.
    """

    path: Path
    stretch: Fraction
    streams: tuple[StretchedStream, ...]
    notes: tuple[str, ...]


def plan_sound(path: Path, container_format: str, stretch: Fraction, only: Collection[int] | None = None) -> SoundPlan:
    """Find an encoder for every sound stream that the container takes.

    Args:
        path: Source.
        container_format: FFmpeg's muxer.
        stretch: How much longer it gets; 1 where it is only re-encoded.
        only: Indices of the streams that are meant; None for all, and notes about what is not sound.

    Raises:
        UnreadableFileError: The source cannot be read.
    """
    taken: list[StretchedStream] = []
    notes: list[str] = []
    with open_input(path) as source:
        main = main_video(source, path).index
        for stream in source.streams:
            if stream.index == main or (only is not None and stream.index not in only):
                continue
            if not isinstance(stream, AudioStream):
                notes.append(f"Left out {stream_words(stream)}: only sound can be stretched.")
                continue
            chosen = _choose(stream, container_format)
            if chosen is None and only is not None:
                continue
            if chosen is None:
                held = animation_label(container_format)
                reason = f"{held} stores only pictures" if held else "it cannot be decoded or encoded"
                notes.append(f"Left out {stream_words(stream)}: {reason}.")
                continue
            taken.append(chosen)
            if only is not None:
                notes.append(
                    f"The {stream_words(stream)} is re-encoded as {chosen.encoder}: the container does not support "
                    "its codec."
                )
            if chosen.rate != stream.rate:
                notes.append(
                    f"The {stream_words(stream)} is resampled to {chosen.rate} Hz, as {chosen.encoder} requires."
                )
    return SoundPlan(path, stretch, tuple(taken), tuple(notes))


def add_encoded(output: OutputContainer, like: AudioStream, chosen: StretchedStream) -> AudioStream:
    """A stream for stretched sound, with what the source says about its own.

    Raises:
        ValueError: The encoder or the container does not take it.
        av.FFmpegError: The same.
    """
    target = output.add_stream(chosen.encoder, rate=chosen.rate, layout=chosen.layout)
    assert isinstance(target, AudioStream)
    target.time_base = Fraction(1, chosen.rate)
    if not chosen.encoder.startswith(LOSSLESS):
        channels = like.layout.nb_channels
        wanted = like.bit_rate or 0
        target.bit_rate = min(max(wanted, LEAST_BITS * channels), MOST_BITS * channels)
    target.metadata.update(like.metadata)
    target.disposition = like.disposition
    return target


def _choose(stream: AudioStream, container_format: str) -> StretchedStream | None:
    if stream.codec_context is None or animation_label(container_format) is not None:
        return None
    name = stream.codec_context.name
    own = (ENCODERS[name],) if name in ENCODERS else ()
    if name.startswith("pcm_") and container_format in PCM_CONTAINERS:
        own = (name,)
    exact = ("flac",) if name.startswith(LOSSLESS) and container_format == "matroska" else ()
    for encoder in (*own, *exact, *OTHERWISE.get(container_format, ("aac",))):
        chosen = StretchedStream(stream.index, encoder, _rate(encoder, stream.rate), _layout(stream))
        if chosen.rate and _taken(stream, chosen, container_format):
            return chosen
    return None


def _layout(stream: AudioStream) -> str:
    """Where a file only counts channels, they are taken as those that are usual for their number."""
    layout = stream.layout
    return USUAL_LAYOUTS.get(layout.nb_channels, layout.name) if layout.name.endswith(" channels") else layout.name


def _rate(encoder: str, wanted: int) -> int:
    """The sample rate that is kept, or the next higher one that the encoder has; 0 if there is no such encoder."""
    try:
        rates = Codec(encoder, "w").audio_rates
    except UnknownCodecError:
        return 0
    if not rates or wanted in rates:
        return wanted
    return min((rate for rate in rates if rate > wanted), default=max(rates))


def _taken(stream: AudioStream, chosen: StretchedStream, container_format: str) -> bool:
    try:
        with av.open(io.BytesIO(), "w", format=container_format) as trial:
            add_encoded(trial, stream, chosen)
            trial.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    return True
