"""What `tests.support.vapoursynth_program` is to do; it runs in another Python than the tests."""

from __future__ import annotations

from typing import Any, TypedDict


class Case(TypedDict, total=False):
    """What is made, in types that JSON has.

    Attributes:
        planes: File of arrays (frames, height, width), named "0", "1", "2", and "alpha" if there is any.
        format: VapourSynth's name of the format.
        fps: Frames per second; none for a clip without a frame rate.
        properties: Set on all frames.
        own_properties: Set on single frames, by their numbers.
        options: For `interpolate`.
        order: Numbers of the frames that are asked for; all if there is none.
        made: File to write.
    """

    planes: str
    format: str
    fps: list[int]
    properties: dict[str, Any]
    own_properties: dict[str, dict[str, Any]]
    options: dict[str, Any]
    order: list[int]
    made: str
