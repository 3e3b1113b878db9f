"""Sound that begins before 0, in containers that cannot.

AAC has some packets before its first audible sample, to prime the decoder. MP4 gives them times before 0. Matroska has
none of those; it says by how much a track runs early instead (CodecDelay, RFC 9559, 5.1.4.1.25). Without that, FFmpeg's
muxer moves everything by the same amount, pictures too, whose times are then no longer what they were.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Discard

from midframe.media.video.container import open_input

CODEC_DELAY = b"\x56\xaa\x84"
"""Identity of the element, and the size that FFmpeg gives it: four bytes."""

FRAME_SAMPLES = 1024
"""Samples in a frame of AAC."""


def seconds_before_zero(path: Path, index: int) -> Fraction:
    """By how much the first packet of a stream begins before 0; 0 if it does not."""
    with open_input(path) as container:
        stream = container.streams[index]
        for other in container.streams:
            if other.index != index:
                other.discard = Discard.all
        for packet in container.demux(stream):
            if packet.pts is not None:
                return max(Fraction(0), -packet.pts * packet.time_base)
    return Fraction(0)


def add_early_copy(output: OutputContainer, stream: AudioStream, early: Fraction) -> AudioStream:
    """Add a stream of AAC to a Matroska container that will be written, and say how early it runs.

    PyAV has no way to set this, but copies it from a stream that has it; so such a stream is made in memory.

    Raises:
        av.FFmpegError: The stream is of a kind that FFmpeg's own encoder does not make.
        ValueError: As before, or it runs more than four seconds early.
    """
    with av.open(io.BytesIO(_sample_file(stream, early)), format="matroska") as like:
        target = output.add_stream_from_template(like.streams.audio[0], opaque=True)
    target.codec_context.extradata = stream.codec_context.extradata
    return target


def _sample_file(stream: AudioStream, early: Fraction) -> bytes:
    """A Matroska file with a moment of silence, of which it is said that it runs early."""
    context = stream.codec_context
    content = io.BytesIO()
    with av.open(content, "w", format="matroska") as container:
        encoder = container.add_stream("aac", rate=context.sample_rate, layout=context.layout.name)
        silence = av.AudioFrame("fltp", context.layout.name, FRAME_SAMPLES)
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        silence.sample_rate, silence.pts = context.sample_rate, 0
        container.mux(encoder.encode(silence))
        container.mux(encoder.encode(None))
    head, element, rest = content.getvalue().partition(CODEC_DELAY)
    nanoseconds = round(early * 1_000_000_000)
    if not element or nanoseconds >= 1 << 32:
        raise ValueError("no place for the delay")
    return head + element + nanoseconds.to_bytes(4, "big") + rest[4:]
