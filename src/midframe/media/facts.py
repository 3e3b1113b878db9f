"""What a file or a folder holds, in the few facts by which people know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from midframe.types import FrameFormat

Sound = Literal["copied", "encoded", "stretched"]
"""How sound gets into an output: packet by packet; decoded and encoded; made as long as the pictures of slow motion."""


@dataclass(frozen=True)
class MediaFacts:
    """An input, or an output that is planned.

    Attributes:
        name: Its path, as the user gave it; "-" for a pipe.
        kind: What people call the compression or the file format, such as "H.264" or "PNG".
        width: Of the pictures, in pixels.
        height: Of the pictures, in pixels.
        channels: Of the pictures; for video, also those that are kept at a lower resolution.
        depth: Of a sample, such as "10 bit" or "32-bit float".
        planes: Pictures in a frame, such as the depths of a stack.
        quality: How the compression is set, such as "CRF 18"; "" where that says nothing.
        frames: How many there are; None where only the end of the input shows it.
        rate: Frames per second, on average; None for pictures, which have no time.
        steady: Whether all frames are shown for the same time.
        seconds: How long it plays; None for pictures, and where only the end of the input shows it.
        sound: How many sound tracks there are.
        sound_is: How they get there, for an output that has some.
    """

    name: str
    kind: str
    width: int
    height: int
    channels: int
    depth: str
    planes: int = 1
    quality: str = ""
    frames: int | None = None
    rate: float | None = None
    steady: bool = True
    seconds: float | None = None
    sound: int = 0
    sound_is: Sound = "copied"


def picture_facts(name: str, kind: str, frame_format: FrameFormat) -> MediaFacts:
    """What the format of its frames says about an input or an output."""
    return MediaFacts(
        name,
        kind,
        frame_format.width,
        frame_format.height // frame_format.planes,
        frame_format.channels,
        _depth(frame_format),
        frame_format.planes,
    )


def _depth(frame_format: FrameFormat) -> str:
    if frame_format.coding is not None:
        return f"{frame_format.coding.bits} bit"
    bits = 8 * frame_format.dtype.itemsize
    return f"{bits}-bit float" if frame_format.dtype.kind == "f" else f"{bits} bit"
