"""Properties of frames, by the names and numbers that VapourSynth documents for them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from fractions import Fraction
from typing import Any, Literal

from midframe import SampleCoding
from midframe.media.ycbcr import named_matrix
from midframe.types import Transfer

Properties = Mapping[str, Any]

Family = Literal["RGB", "YUV", "GRAY"]
"""Families of formats that can be interpolated."""

UNSPECIFIED = 2
"""Matrix and primaries that are not known."""

LINEAR = 8
"""Scene-linear light, as a transfer of ITU-T H.273."""


def coding_of(properties: Properties, family: Family, bits: int, width: int, height: int) -> SampleCoding:
    """What the integers of a frame mean."""
    if family == "RGB":
        return SampleCoding("rgb", is_full_range(properties, usual=True), bits)
    matrix = named_matrix(
        int(properties.get("_Matrix", UNSPECIFIED)), int(properties.get("_Primaries", UNSPECIFIED)), width, height
    )
    return SampleCoding(matrix, is_full_range(properties, usual=False), bits)


def is_full_range(properties: Properties, *, usual: bool) -> bool:
    """Whether all codes are in use; `usual` where the frame does not say.

    ``_Range`` is 1 for full range, as in ITU-T H.273; ``_ColorRange``, which it replaces, is 0.
    """
    if "_Range" in properties:
        return int(properties["_Range"]) == 1
    if "_ColorRange" in properties:
        return int(properties["_ColorRange"]) == 0
    return usual


def transfer_of(properties: Properties) -> Transfer:
    """How the values of a floating-point frame relate to light."""
    return "linear" if int(properties.get("_Transfer", UNSPECIFIED)) == LINEAR else "display"


def cut_between(left: Properties, right: Properties) -> bool | None:
    """Whether a cut lies between two neighbours; None where neither frame says."""
    said = [
        bool(frame[name]) for frame, name in ((left, "_SceneChangeNext"), (right, "_SceneChangePrev")) if name in frame
    ]
    return any(said) if said else None


def has_fields(properties: Properties) -> bool:
    """Whether the rows of a frame belong to two times, or the frame is a field."""
    return int(properties.get("_FieldBased", 0)) > 0 or "_Field" in properties


def duration_of(properties: Properties) -> Fraction | None:
    """Seconds for which a frame is shown; None where it does not say."""
    if "_DurationNum" not in properties or not properties.get("_DurationDen"):
        return None
    return Fraction(int(properties["_DurationNum"]), int(properties["_DurationDen"]))


def set_duration(properties: MutableMapping[str, Any], seconds: Fraction) -> None:
    """State for how long a frame is shown."""
    properties["_DurationNum"], properties["_DurationDen"] = seconds.numerator, seconds.denominator


def move_cuts(properties: MutableMapping[str, Any], *, first: bool, last: bool) -> None:
    """Correct what a copy of a source frame says of cuts.

    Args:
        properties: Those of the copy.
        first: Whether it is the first output frame since its source frame.
        last: Whether it is the last output frame before the next source frame.
    """
    for name, stays in (("_SceneChangePrev", first), ("_SceneChangeNext", last)):
        if name in properties and not stays:
            properties[name] = 0


def describe_between(
    properties: MutableMapping[str, Any], left: Properties, right: Properties, time: Fraction, *, interpolated: bool
) -> None:
    """Correct what a copy of the left frame says that stands between two frames.

    Args:
        properties: Those of the copy.
        left: Properties of the left frame.
        right: Properties of the right frame.
        time: Its time in (0, 1).
        interpolated: Whether its picture is a new one.
    """
    if "_AbsoluteTime" in left and "_AbsoluteTime" in right:
        begin, end = float(left["_AbsoluteTime"]), float(right["_AbsoluteTime"])
        properties["_AbsoluteTime"] = begin + float(time) * (end - begin)
    if interpolated:
        properties.pop("_PictType", None)
