"""Interpolation in any order gives the frames that a stream has."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST
from tests.support.fake_engine import FakeEngine
from tests.support.random_weights import random_network
from tests.support.rows import pan

import midframe
from midframe import EngineError, Interpolator, OptionError, SampleCoding, UnsupportedFormatError
from midframe.engines.torch.engine import TorchEngine
from midframe.models.rife.spec import spec_for_version

HALF = Fraction(1, 2)
Picture = NDArray[Any]


class Looked(Mapping[int, Picture]):
    """Frames that say which of them were looked up."""

    def __init__(self, frames: list[Picture]) -> None:
        self.frames = frames
        self.looked: list[int] = []

    def __getitem__(self, index: int) -> Picture:
        self.looked.append(index)
        return self.frames[index]

    def __contains__(self, index: object) -> bool:
        return index in range(len(self.frames))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.frames)))

    def __len__(self) -> int:
        return len(self.frames)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def fake(engine: FakeEngine) -> Interpolator:
    return Interpolator.from_engine(engine)


@pytest.fixture(scope="module")
def real() -> Interpolator:
    spec = spec_for_version("4.22.lite")
    spec = replace(spec, widths=tuple(16 for _ in spec.widths))
    return Interpolator.from_engine(TorchEngine(random_network(spec), torch.device("cpu"), FAST))


@pytest.fixture(scope="module")
def scenes() -> list[Picture]:
    """Two scenes with a cut before frame 6, and a static pair at the end."""
    frames: list[Picture] = [*pan(6, seed=1), *(255 - frame for frame in pan(5, seed=2))]
    return [*frames, frames[-1].copy()]


def orders(count: int) -> list[list[int]]:
    shuffled = list(range(count))
    random.Random(3).shuffle(shuffled)
    return [list(range(count)), list(range(count))[::-1], shuffled]


def in_type(frames: list[Picture], dtype: str) -> list[Picture]:
    scale = {"uint8": 1, "uint16": 257, "float32": 1 / 255}[dtype]
    return [(frame.astype(float) * scale).astype(dtype) for frame in frames]


@pytest.mark.parametrize("cuts", ["hold", "blend", "off"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_frames_are_those_of_a_stream_in_any_order(
    fake: Interpolator, scenes: list[Picture], cuts: Any, dtype: str
) -> None:
    frames = in_type(scenes, dtype)
    expected = list(fake.stream(frames, factor=3, cuts=cuts))
    for order in orders(len(frames) - 1):
        compare_with_stream(fake, frames, expected, order, cuts)


def test_frames_of_a_network_are_those_of_a_stream(real: Interpolator, scenes: list[Picture]) -> None:
    frames = in_type(scenes[3:9], "float32")
    expected = list(real.stream(frames, factor=3))
    compare_with_stream(real, frames, expected, [3, 0, 4, 1, 2], "hold")


def compare_with_stream(
    interpolator: Interpolator, frames: list[Picture], expected: list[Picture], order: list[int], cuts: Any
) -> None:
    access = interpolator.random_access(cuts=cuts)
    for left in order:
        near = {index: frames[index] for index in access.neighbours(left) if index < len(frames)}
        for part in (1, 2):
            np.testing.assert_array_equal(access.at(left, Fraction(part, 3), near), expected[3 * left + part])


def test_held_frames_are_the_callers(fake: Interpolator, scenes: list[Picture]) -> None:
    access = fake.random_access()
    frames = dict(enumerate(scenes))
    assert access.at(5, HALF, frames) is scenes[5]
    assert access.at(10, HALF, frames) is scenes[10]
    assert access.at(4, HALF, frames) is not scenes[4]


@pytest.mark.parametrize("step", [1, -1])
def test_going_through_a_sequence_encodes_each_frame_once(fake: Interpolator, engine: FakeEngine, step: int) -> None:
    frames = dict(enumerate(pan(9)))
    access = fake.random_access()
    for left in list(range(8))[::step]:
        for time in (0.25, 0.5, 0.75):
            access.at(left, time, frames)
    assert engine.encoded == 9


def test_two_pairs_out_of_order_encode_no_frame_again(fake: Interpolator, engine: FakeEngine) -> None:
    """As frame servers with two threads ask."""
    frames = dict(enumerate(pan(9)))
    access = fake.random_access()
    for left in (1, 0, 3, 2, 5, 4, 7, 6):
        access.at(left, HALF, frames)
    assert engine.encoded == 9


def test_what_is_known_is_not_looked_up_again(fake: Interpolator) -> None:
    frames = Looked(pan(12))
    access = fake.random_access()
    access.at(4, HALF, frames)
    assert set(frames.looked) == set(range(1, 9))
    frames.looked.clear()
    access.at(4, 0.25, frames)
    assert frames.looked in ([], [4])
    frames.looked.clear()
    access.at(5, HALF, frames)
    assert set(frames.looked) <= {5, 6, 9}


@pytest.mark.parametrize(
    ("options", "left", "wanted"),
    [
        ({}, 5, range(2, 10)),
        ({}, 1, range(6)),
        ({"look_ahead": 0}, 5, range(2, 7)),
        ({"look_ahead": 1}, 0, range(3)),
        ({"cuts": "off"}, 5, range(5, 7)),
    ],
)
def test_neighbours(fake: Interpolator, options: Any, left: int, wanted: range) -> None:
    assert fake.random_access(**options).neighbours(left) == wanted


def test_the_caller_may_know_of_cuts(fake: Interpolator, scenes: list[Picture]) -> None:
    frames = Looked(scenes)
    access = fake.random_access()
    assert access.at(2, HALF, frames, cut=True) is scenes[2]
    assert access.at(5, HALF, frames, cut=False) is not scenes[5]
    assert set(frames.looked) == {2, 3, 5, 6}, "nothing but the pairs themselves"
    assert access.at(5, HALF, frames) is scenes[5]


def test_code_values_are_seen_as_colours(fake: Interpolator, engine: FakeEngine) -> None:
    """White of limited range is 1 in the view, and the frames keep codes up to the largest of 10 bits."""
    low, high = np.full((16, 16, 3), (64, 512, 512), np.uint16), np.full((16, 16, 3), (940, 512, 512), np.uint16)
    access = fake.random_access(cuts="off", coding=SampleCoding("bt709", full_range=False, bits=10))
    np.testing.assert_array_equal(access.at(0, HALF, {0: low, 1: high})[0, 0], (502, 512, 512))
    assert engine.brightest == 1.0


def test_scene_linear_light_is_seen_through_a_curve(fake: Interpolator, engine: FakeEngine) -> None:
    frames = {0: np.full((16, 16, 3), 0.5, np.float32), 1: np.full((16, 16, 3), 50, np.float32)}
    made = fake.random_access(cuts="off", transfer="linear").at(0, HALF, frames)
    np.testing.assert_allclose(made, 25.25)
    assert 0.9 < engine.brightest < 1.0


def test_threads_take_turns(fake: Interpolator, engine: FakeEngine) -> None:
    frames = dict(enumerate(pan(9)))
    access = fake.random_access()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda left: access.at(left, HALF, frames), [0, 1, 2, 3, 4, 5, 6, 7] * 3))
    for left, picture in enumerate(made):
        np.testing.assert_array_equal(picture, made[left % 8])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"look_ahead": 4}, "`look_ahead` must be a whole number from 0 to 3, not 4."),
        ({"look_ahead": 1.5}, "`look_ahead` must be a whole number from 0 to 3, not 1.5."),
        ({"cuts": "never"}, "`cuts` must be hold, blend or off"),
        ({"transfer": "hdr"}, "`transfer` must be display or linear"),
        ({"layout": "rows"}, "`layout` must be"),
    ],
)
def test_wrong_options(fake: Interpolator, options: Any, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        fake.random_access(**options)


def test_wrong_frames(fake: Interpolator) -> None:
    left, right = pan(2)
    access = fake.random_access(cuts="off")
    with pytest.raises(OptionError, match="Times must be between 0"):
        access.at(0, 1, {0: left, 1: right})
    with pytest.raises(UnsupportedFormatError, match="same shape and type"):
        access.at(0, HALF, {0: left, 1: right[1:]})
    coded = fake.random_access(coding=SampleCoding("rgb", full_range=True, bits=10))
    with pytest.raises(OptionError, match="Samples of type uint8 are not code values of 10 bits"):
        coded.at(0, HALF, {0: left, 1: right})


def test_a_closed_interpolator(fake: Interpolator) -> None:
    access = fake.random_access()
    fake.close()
    with pytest.raises(EngineError, match="closed"):
        access.at(0, HALF, dict(enumerate(pan(2))))
    with pytest.raises(EngineError, match="closed"):
        fake.random_access()


def test_it_is_public() -> None:
    assert isinstance(Interpolator.from_engine(FakeEngine()).random_access(), midframe.RandomAccess)
