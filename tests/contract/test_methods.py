"""What every method does."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine
from tests.support.rows import Row, pan

from midframe.detection.rules import PairRules
from midframe.evaluation.intervals import EvaluationInterval
from midframe.evaluation.methods.factory import make_baseline
from midframe.evaluation.methods.model import ModelMethod
from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.methods.protocol import Method
from midframe.evaluation.results import MethodInfo
from midframe.evaluation.sequence_intervals import read_intervals
from midframe.media.pixels import ViewTransform
from midframe.runtime.view_fitting import fit_view

Make = Callable[[], Method]


def network() -> Method:
    return ModelMethod(MethodInfo("fake", "fake network", {"model": "fake"}), FakeEngine())


@pytest.fixture(params=[*BASELINE_NAMES, "network"])
def method(request: pytest.FixtureRequest) -> Method:
    return network() if request.param == "network" else make_baseline(request.param)


def intervals_of(pictures: list[NDArray[Any]], gap: int) -> tuple[ViewTransform, list[EvaluationInterval]]:
    source = Row(pictures)
    transform = fit_view(source)
    return transform, list(read_intervals(source, gap, transform, PairRules(cuts="off"), lambda done: None))


def interpolated_by(method: Method, intervals: list[EvaluationInterval]) -> list[list[NDArray[np.float32]]]:
    method.warm_up(intervals[0].interval)
    drawn = [list(method.interpolate(each.interval)) for each in intervals]
    method.close()
    return drawn


def deeper(pictures: list[NDArray[np.uint8]], kind: str) -> list[NDArray[Any]]:
    if kind == "uint8":
        return list(pictures)
    if kind == "uint16":
        return [picture.astype(np.uint16) * 257 for picture in pictures]
    if kind == "float32":
        return [picture.astype(np.float32) / 255 for picture in pictures]
    return [picture[..., :1].copy() for picture in pictures]


def test_has_a_name_and_settings(method: Method) -> None:
    assert method.info.name
    assert method.info.label
    assert method.info.settings


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "grey"])
@pytest.mark.parametrize("gap", [2, 4])
def test_draws_a_picture_for_each_dropped_frame(method: Method, kind: str, gap: int) -> None:
    _, intervals = intervals_of(deeper(pan(3 * gap + 1), kind), gap)

    drawn = interpolated_by(method, intervals)

    assert [len(each) for each in drawn[:-1]] == [gap - 1] * 2
    assert len(drawn[-1]) in (0, gap - 1)
    for picture in [picture for each in drawn for picture in each]:
        assert picture.shape == (64, 96, 3)
        assert picture.dtype == np.float32
        assert 0 <= picture.min() <= picture.max() <= 1


def test_pictures_of_8_bits_are_drawn_in_8_bits(method: Method) -> None:
    _, intervals = intervals_of(list(pan(7)), 2)

    for picture in [picture for each in interpolated_by(method, intervals) for picture in each]:
        # 1e-4 of a code: what a division by 255 in float32 leaves.
        np.testing.assert_allclose(picture * 255, np.rint(picture * 255), atol=1e-4)


def test_still_frames_stay(method: Method) -> None:
    picture = pan(1)[0]
    transform, intervals = intervals_of([picture] * 7, 2)

    for drawn in [drawn for each in interpolated_by(method, intervals) for drawn in each]:
        # Two codes: a way through Y, Cb, Cr and back costs as much.
        np.testing.assert_allclose(drawn, transform.view(picture), atol=2.5 / 255)


def test_nearer_to_the_frame_that_is_nearer(method: Method) -> None:
    _, intervals = intervals_of(list(pan(13, step=1)), 4)
    left, right = (
        intervals[1].interval.view(each) for each in (intervals[1].interval.left, intervals[1].interval.right)
    )

    first, _, last = interpolated_by(method, intervals)[1]

    assert distance(first, left) < distance(first, right)
    assert distance(last, right) < distance(last, left)


def test_motion_covers_the_picture(method: Method) -> None:
    _, intervals = intervals_of(list(pan(7)), 2)
    method.interpolate(intervals[0].interval)

    motion = method.motion(intervals[0].interval, 0)

    assert motion is None or (motion.shape == (64, 96, 2) and motion.dtype == np.float32)
    method.close()


def test_closing_twice_is_allowed(method: Method) -> None:
    method.close()
    method.close()


def distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("name", ["dis", "minterpolate"])
def test_what_follows_motion_is_better_than_the_blend(name: str) -> None:
    transform, intervals = intervals_of(list(pan(9, step=3, height=128, width=192)), 2)
    truths = [transform.view(each.truths[0].samples) for each in intervals]

    by_motion = [each[0] for each in interpolated_by(make_baseline(name), intervals) if each]
    mixed = [each[0] for each in interpolated_by(make_baseline("blend"), intervals)]

    for truth, moved, blended in zip(truths, by_motion, mixed, strict=False):
        assert distance(moved, truth) < 0.7 * distance(blended, truth)


def test_blend_is_the_weighted_mean_rounded() -> None:
    left, right = pan(5)[0], pan(5)[4]
    _, intervals = intervals_of(list(pan(5)), 4)

    drawn = interpolated_by(make_baseline("blend"), intervals)[0]

    for time, picture in zip((Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)), drawn, strict=True):
        mean = left * float(1 - time) + right * float(time)
        np.testing.assert_array_equal(np.rint(picture * 255), np.rint(mean))


def test_hold_takes_the_left_frame_in_the_middle() -> None:
    pictures = pan(5)
    transform, intervals = intervals_of(list(pictures), 4)

    drawn = interpolated_by(make_baseline("hold"), intervals)[0]

    for expected, picture in zip((0, 0, 4), drawn, strict=True):
        np.testing.assert_array_equal(picture, transform.view(pictures[expected]))


def test_network_encodes_every_kept_frame_once() -> None:
    engine = FakeEngine()
    method = ModelMethod(MethodInfo("fake", "fake", {"model": "fake"}), engine)
    _, intervals = intervals_of(list(pan(9)), 2)

    drawn = [method.interpolate(each.interval) for each in intervals]

    assert len(drawn) == 4
    assert engine.encoded == 5


def test_minterpolate_draws_nothing_where_it_cannot_look_ahead() -> None:
    _, intervals = intervals_of(list(pan(7)), 2)

    assert [len(each) for each in interpolated_by(make_baseline("minterpolate"), intervals)] == [1, 1, 0]
