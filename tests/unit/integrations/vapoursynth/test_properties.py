from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from midframe import SampleCoding
from midframe.integrations.vapoursynth.properties import (
    coding_of,
    cut_between,
    describe_between,
    duration_of,
    has_fields,
    move_cuts,
    set_duration,
    transfer_of,
)


@pytest.mark.parametrize(
    ("properties", "family", "size", "wanted"),
    [
        ({}, "YUV", (720, 576), SampleCoding("bt601", full_range=False, bits=10)),
        ({}, "YUV", (1920, 1080), SampleCoding("bt709", full_range=False, bits=10)),
        ({"_Matrix": 2}, "YUV", (1920, 1080), SampleCoding("bt709", full_range=False, bits=10)),
        ({"_Matrix": 9, "_Range": 1}, "YUV", (720, 576), SampleCoding("bt2020", full_range=True, bits=10)),
        ({"_Matrix": 12, "_Primaries": 9}, "YUV", (720, 576), SampleCoding("bt2020", full_range=False, bits=10)),
        ({"_ColorRange": 0}, "YUV", (720, 576), SampleCoding("bt601", full_range=True, bits=10)),
        ({"_ColorRange": 1}, "YUV", (720, 576), SampleCoding("bt601", full_range=False, bits=10)),
        # The newer property counts where both are there.
        ({"_ColorRange": 0, "_Range": 0}, "YUV", (720, 576), SampleCoding("bt601", full_range=False, bits=10)),
        ({"_Matrix": 1}, "RGB", (720, 576), SampleCoding("rgb", full_range=True, bits=10)),
        ({"_Range": 0}, "RGB", (720, 576), SampleCoding("rgb", full_range=False, bits=10)),
        ({}, "GRAY", (720, 576), SampleCoding("bt601", full_range=False, bits=10)),
    ],
)
def test_what_integers_mean(properties: Any, family: Any, size: tuple[int, int], wanted: SampleCoding) -> None:
    assert coding_of(properties, family, 10, *size) == wanted


@pytest.mark.parametrize(("properties", "wanted"), [({}, "display"), ({"_Transfer": 1}, "display"),
                                                    ({"_Transfer": 8}, "linear")])  # fmt: skip
def test_what_floats_mean(properties: Any, wanted: str) -> None:
    assert transfer_of(properties) == wanted


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [
        ({}, {}, None),
        ({"_SceneChangePrev": 1}, {"_SceneChangeNext": 1}, None),
        ({"_SceneChangeNext": 1}, {}, True),
        ({"_SceneChangeNext": 0}, {}, False),
        ({}, {"_SceneChangePrev": 1}, True),
        ({}, {"_SceneChangePrev": 0}, False),
        ({"_SceneChangeNext": 0}, {"_SceneChangePrev": 1}, True),
    ],
)
def test_cuts_that_are_stated(left: Any, right: Any, wanted: bool | None) -> None:
    assert cut_between(left, right) is wanted


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [(True, False, (1, 0)), (False, False, (0, 0)), (False, True, (0, 1)), (True, True, (1, 1))],
)
def test_cuts_stay_with_the_frames_next_to_them(first: bool, last: bool, wanted: tuple[int, int]) -> None:
    properties = {"_SceneChangePrev": 1, "_SceneChangeNext": 1}
    move_cuts(properties, first=first, last=last)
    assert (properties["_SceneChangePrev"], properties["_SceneChangeNext"]) == wanted
    empty: dict[str, Any] = {}
    move_cuts(empty, first=first, last=last)
    assert empty == {}


def test_fields() -> None:
    assert has_fields({"_FieldBased": 2})
    assert has_fields({"_FieldBased": 0, "_Field": 0})
    assert not has_fields({"_FieldBased": 0})
    assert not has_fields({})


def test_durations() -> None:
    properties: dict[str, Any] = {}
    assert duration_of(properties) is None
    set_duration(properties, Fraction(1001, 48000))
    assert properties == {"_DurationNum": 1001, "_DurationDen": 48000}
    assert duration_of(properties) == Fraction(1001, 48000)
    assert duration_of({"_DurationNum": 1, "_DurationDen": 0}) is None


def test_what_is_said_between_two_frames() -> None:
    left, right = {"_AbsoluteTime": 2.0, "_PictType": "I"}, {"_AbsoluteTime": 3.0}
    held = dict(left)
    describe_between(held, left, right, Fraction(1, 4), interpolated=False)
    assert held == {"_AbsoluteTime": 2.25, "_PictType": "I"}
    made = dict(left)
    describe_between(made, left, {}, Fraction(1, 4), interpolated=True)
    assert made == {"_AbsoluteTime": 2.0}
