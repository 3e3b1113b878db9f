"""Tiny video files, and ways to look into any."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 48

Painter = Callable[[int, int, int], NDArray[Any]]
"""(number, height, width) → samples of one plane in [0, 1]."""


def moving(number: int, height: int, width: int) -> NDArray[Any]:
    """Waves that move two pixels a frame."""
    rows, columns = np.mgrid[:height, :width] / height
    waves: NDArray[Any] = 0.5 + 0.35 * np.sin(9 * columns + 5 * rows - 0.4 * number)
    return waves


def write_clip(
    path: Path,
    count: int = 6,
    rate: Fraction = Fraction(25),
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    paint: Painter = moving,
    ticks: Sequence[int] | None = None,
    unit: Fraction | None = None,
    sound: bool = False,
    options: dict[str, str] | None = None,
    tags: tuple[int, int, int, int] | None = None,
    prepare: Callable[[Any], None] = lambda container: None,
    stream_set: Callable[[Any], None] = lambda stream: None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """A video of `count` frames; `ticks` in `unit` are its time stamps where they are not even."""
    width, height = size
    base = unit or 1 / rate
    with av.open(str(path), "w", container_options=container_options) as container:
        stream = container.add_stream(
            codec, rate=rate, options=options if options is not None else {"crf": "12", "preset": "veryfast"}
        )
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = base
        stream.time_base = Fraction(1, base.denominator)
        if tags is not None:
            context = stream.codec_context
            context.colorspace, context.color_primaries, context.color_trc, context.color_range = tags
        stream_set(stream)
        audio = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        prepare(container)
        for number in range(count):
            picture = painted(number, width, height, pixels, paint)
            if tags is not None:
                picture.colorspace, picture.color_primaries, picture.color_trc, picture.color_range = tags
            picture.pts, picture.time_base = (ticks[number] if ticks else number), base
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
        if audio is not None:
            seconds = float(count / rate)
            wave = (8000 * np.sin(np.arange(round(48000 * seconds)) / 20)).astype(np.int16)[None]
            tone = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            tone.sample_rate, tone.pts = 48000, 0
            container.mux(audio.encode(tone))
            container.mux(audio.encode(None))
    return path


def painted(number: int, width: int, height: int, pixels: str, paint: Painter) -> av.VideoFrame:
    """One picture whose planes are all painted the same way, within limited range."""
    picture = av.VideoFrame(width, height, pixels)
    for plane in picture.planes:
        depth = 8 if plane.line_size < 2 * plane.width else int(pixels.removesuffix("le").split("p")[-1])
        kind = np.dtype(np.uint8 if depth == 8 else np.uint16)
        rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, plane.line_size // kind.itemsize)
        codes = (16 + 219 * paint(number, plane.height, plane.width)) * (1 << (depth - 8))
        rows[:, : plane.width] = np.rint(codes)
    return picture


def presentation_time(shown: Packet[Any] | av.VideoFrame) -> Fraction:
    """When a packet or a frame is shown, in seconds."""
    assert shown.pts is not None
    assert shown.time_base is not None
    return shown.pts * shown.time_base


def times(path: Path) -> list[Fraction]:
    """Presentation times of all video packets, in order."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return sorted(map(presentation_time, packets))


def packets(path: Path, kind: str, number: int = 0) -> list[bytes]:
    """What the packets of a stream hold."""
    with av.open(str(path)) as container:
        stream = [each for each in container.streams if each.type == kind][number]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def planes(path: Path) -> list[list[NDArray[Any]]]:
    """The planes of all decoded frames, as code values."""
    with av.open(str(path)) as container:
        return [frame_planes(frame) for frame in container.decode(video=0)]


def frame_hashes(path: Path) -> list[str]:
    """A hash of every decoded frame."""
    with av.open(str(path)) as container:
        return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(video=0)]


def frame_planes(frame: av.VideoFrame) -> list[NDArray[Any]]:
    found = []
    for plane in frame.planes:
        kind = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else np.uint16)
        rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, plane.line_size // kind.itemsize)
        found.append(rows[:, : plane.width].copy())
    return found
