"""What every contender does."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.rows import Row, pan

from midframe.detection.rules import PairRules
from midframe.engines.fake import FakeEngine
from midframe.evaluation.intervals import Gap, gaps
from midframe.evaluation.methods.choose import make_plain
from midframe.evaluation.methods.model import NetworkDrawer
from midframe.evaluation.methods.names import PLAIN_NAMES
from midframe.evaluation.methods.protocol import Drawer
from midframe.evaluation.results import Contender
from midframe.media.pixels import ViewTransform
from midframe.runtime.views import fit_view

Make = Callable[[], Drawer]


def network() -> Drawer:
    return NetworkDrawer(Contender("fake", "fake network", {"model": "fake"}), FakeEngine())


@pytest.fixture(params=[*PLAIN_NAMES, "network"])
def drawer(request: pytest.FixtureRequest) -> Drawer:
    return network() if request.param == "network" else make_plain(request.param)


def row_of_gaps(pictures: list[NDArray[Any]], gap: int) -> tuple[ViewTransform, list[Gap]]:
    source = Row(pictures)
    transform = fit_view(source)
    return transform, list(gaps(source, gap, transform, PairRules(cuts="off"), lambda done: None))


def drawn_by(drawer: Drawer, intervals: list[Gap]) -> list[list[NDArray[np.float32]]]:
    drawer.warm_up(intervals[0].interval)
    drawn = [list(drawer.draw(each.interval)) for each in intervals]
    drawer.close()
    return drawn


def deeper(pictures: list[NDArray[np.uint8]], kind: str) -> list[NDArray[Any]]:
    if kind == "uint8":
        return list(pictures)
    if kind == "uint16":
        return [picture.astype(np.uint16) * 257 for picture in pictures]
    if kind == "float32":
        return [picture.astype(np.float32) / 255 for picture in pictures]
    return [picture[..., :1].copy() for picture in pictures]


def test_says_who_it_is(drawer: Drawer) -> None:
    assert drawer.contender.name
    assert drawer.contender.label
    assert drawer.contender.settings


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "grey"])
@pytest.mark.parametrize("gap", [2, 4])
def test_draws_a_picture_for_each_dropped_frame(drawer: Drawer, kind: str, gap: int) -> None:
    _, intervals = row_of_gaps(deeper(pan(3 * gap + 1), kind), gap)

    drawn = drawn_by(drawer, intervals)

    assert [len(each) for each in drawn[:-1]] == [gap - 1] * 2
    assert len(drawn[-1]) in (0, gap - 1)
    for picture in [picture for each in drawn for picture in each]:
        assert picture.shape == (64, 96, 3)
        assert picture.dtype == np.float32
        assert 0 <= picture.min() <= picture.max() <= 1


def test_pictures_of_8_bits_are_drawn_in_8_bits(drawer: Drawer) -> None:
    _, intervals = row_of_gaps(list(pan(7)), 2)

    for picture in [picture for each in drawn_by(drawer, intervals) for picture in each]:
        # 1e-4 of a code: what a division by 255 in float32 leaves.
        np.testing.assert_allclose(picture * 255, np.rint(picture * 255), atol=1e-4)


def test_still_frames_stay(drawer: Drawer) -> None:
    picture = pan(1)[0]
    transform, intervals = row_of_gaps([picture] * 7, 2)

    for drawn in [drawn for each in drawn_by(drawer, intervals) for drawn in each]:
        # Two codes: a way through Y, Cb, Cr and back costs as much.
        np.testing.assert_allclose(drawn, transform.view(picture), atol=2.5 / 255)


def test_nearer_to_the_frame_that_is_nearer(drawer: Drawer) -> None:
    _, intervals = row_of_gaps(list(pan(13, step=1)), 4)
    left, right = (
        intervals[1].interval.picture(each) for each in (intervals[1].interval.left, intervals[1].interval.right)
    )

    first, _, last = drawn_by(drawer, intervals)[1]

    assert distance(first, left) < distance(first, right)
    assert distance(last, right) < distance(last, left)


def test_motion_covers_the_picture(drawer: Drawer) -> None:
    _, intervals = row_of_gaps(list(pan(7)), 2)
    drawer.draw(intervals[0].interval)

    motion = drawer.motion(intervals[0].interval, 0)

    assert motion is None or (motion.shape == (64, 96, 2) and motion.dtype == np.float32)
    drawer.close()


def test_closing_twice_is_allowed(drawer: Drawer) -> None:
    drawer.close()
    drawer.close()


def distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("name", ["dis", "minterpolate"])
def test_what_follows_motion_is_better_than_the_blend(name: str) -> None:
    transform, intervals = row_of_gaps(list(pan(9, step=3, height=128, width=192)), 2)
    truths = [transform.view(each.truths[0].samples) for each in intervals]

    by_motion = [each[0] for each in drawn_by(make_plain(name), intervals) if each]
    mixed = [each[0] for each in drawn_by(make_plain("blend"), intervals)]

    for truth, moved, blended in zip(truths, by_motion, mixed, strict=False):
        assert distance(moved, truth) < 0.7 * distance(blended, truth)


def test_blend_is_the_weighted_mean_rounded() -> None:
    left, right = pan(5)[0], pan(5)[4]
    _, intervals = row_of_gaps(list(pan(5)), 4)

    drawn = drawn_by(make_plain("blend"), intervals)[0]

    for time, picture in zip((Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)), drawn, strict=True):
        mean = left * float(1 - time) + right * float(time)
        np.testing.assert_array_equal(np.rint(picture * 255), np.rint(mean))


def test_hold_takes_the_left_frame_in_the_middle() -> None:
    pictures = pan(5)
    transform, intervals = row_of_gaps(list(pictures), 4)

    drawn = drawn_by(make_plain("hold"), intervals)[0]

    for expected, picture in zip((0, 0, 4), drawn, strict=True):
        np.testing.assert_array_equal(picture, transform.view(pictures[expected]))


def test_network_encodes_every_kept_frame_once() -> None:
    engine = FakeEngine()
    drawer = NetworkDrawer(Contender("fake", "fake", {"model": "fake"}), engine)
    _, intervals = row_of_gaps(list(pan(9)), 2)

    drawn = [drawer.draw(each.interval) for each in intervals]

    assert len(drawn) == 4
    assert engine.encoded == 5


def test_minterpolate_draws_nothing_where_it_cannot_look_ahead() -> None:
    _, intervals = row_of_gaps(list(pan(7)), 2)

    assert [len(each) for each in drawn_by(make_plain("minterpolate"), intervals)] == [1, 1, 0]
