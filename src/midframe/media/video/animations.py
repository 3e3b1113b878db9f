"""Animated GIF, WebP and APNG: what sets these files apart from videos."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.packet import Packet
from av.video.stream import VideoStream
from PIL import Image, UnidentifiedImageError

FOREVER = 0

LARGEST_DELAY = (1 << 16) - 1
"""Largest numerator and denominator of a frame's duration in APNG, in seconds."""

GIF_SCREEN = 13
"""Bytes of signature and screen descriptor; the low bits of the 11th say how long the global palette after it is."""

GRAPHIC_CONTROL = b"\x21\xf9\x04"
DISPOSAL_BITS = 0b11100
CLEAR = 0b01000
"""GIF89a, 23: how a picture makes way for the next one; 2 is "restore to background", which is transparent."""


def times_played(path: Path) -> int:
    """How often an animation is played, as its file says; 0 for ever, also for files that say nothing of it.

    A GIF says how often it is *repeated*, and one that says nothing is played once.
    """
    try:
        with Image.open(path) as image:
            loop = image.info.get("loop")
            if image.format == "GIF":
                return 1 if loop is None else (loop + 1 if loop else FOREVER)
            return int(loop or FOREVER)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        # What a decoder of videos can read and Pillow cannot is worth a loop.
        return FOREVER


def gif_options(plays: int, _last: Fraction) -> Mapping[str, str]:
    """Options of the GIF muxer; see `midframe.media.video.codecs.Container.play_options`."""
    # 0 repeats for ever, −1 says nothing.
    return {"loop": str((plays - 1 or -1) if plays else FOREVER)}


def apng_options(plays: int, last: Fraction) -> Mapping[str, str]:
    """Options of the APNG muxer; see `midframe.media.video.codecs.Container.play_options`."""
    # The muxer takes durations from the next frame's start, and knows none of the last.
    return {"plays": str(plays), "final_delay": str(last.limit_denominator(LARGEST_DELAY))}


def webp_options(plays: int, _last: Fraction) -> Mapping[str, str]:
    """Options of the WebP muxer; see `midframe.media.video.codecs.Container.play_options`."""
    return {"loop": str(plays)}


def packet_with(packet: Packet[VideoStream], data: bytes) -> Packet[VideoStream]:
    """A packet with other bytes, and the times of the given one."""
    # PyAV's stubs know no packet without a stream; this one gets its own.
    made = cast("Packet[VideoStream]", Packet(data))
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    made.is_keyframe = packet.is_keyframe
    return made


def cleared_gif(data: bytes, _duration: int = 0) -> bytes:
    """A GIF picture that is cleared away before the next: else opaque pixels show through that one's holes."""
    start = 0
    if data.startswith(b"GIF"):
        flags = data[10]
        start = GIF_SCREEN + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    found = data.find(GRAPHIC_CONTROL, start)
    if found < 0:
        return data
    place = found + len(GRAPHIC_CONTROL)
    return data[:place] + bytes([data[place] & ~DISPOSAL_BITS | CLEAR]) + data[place + 1 :]


def timed_webp(data: bytes, duration: int) -> bytes:
    """A whole WebP file whose last frame ends when it should: the encoder knows starts only, and guesses.

    Chunks are as the WebP container specification has them: ANMF begins with four numbers of 3 bytes, and the fifth is
    the duration in milliseconds.
    """
    frames: list[int] = []
    offset = 12
    while offset + 8 <= len(data):
        if data[offset : offset + 4] == b"ANMF":
            frames.append(offset + 8 + 12)
        length = int.from_bytes(data[offset + 4 : offset + 8], "little")
        offset += 8 + length + length % 2
    if not frames:
        return data
    earlier_durations = sum(int.from_bytes(data[place : place + 3], "little") for place in frames[:-1])
    place = frames[-1]
    return data[:place] + max(1, duration - earlier_durations).to_bytes(3, "little") + data[place + 3 :]
