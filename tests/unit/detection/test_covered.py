"""Cuts in pictures on transparency."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD, cut_score, summarise

Picture = NDArray[np.float32]

RED, BLUE = (0.8, 0.2, 0.1), (0.1, 0.2, 0.9)


def sprite(
    x: int, y: int, size: int, colour: tuple[float, float, float] = RED, behind: float = 0.0
) -> NDArray[np.float32]:
    """A box with a bright stripe on a transparent picture of 64×64, R, G, B, A; `behind` is the hidden colour."""
    picture = np.full((64, 64, 4), behind, np.float32)
    picture[..., 3] = 0
    picture[y : y + size, x : x + size] = (*colour, 1.0)
    picture[y : y + size // 3, x : x + size] = (0.9, 0.9, 0.8, 1.0)
    return picture


def score(left: Picture, right: Picture, *, premultiplied: bool = False) -> float:
    summaries = [summarise(each[..., :3], each[..., 3:], premultiplied=premultiplied) for each in (left, right)]
    return cut_score(summaries[:1], summaries[1:])


@pytest.mark.parametrize("premultiplied", [False, True])
@pytest.mark.parametrize(
    "right", [sprite(40, 30, 15), sprite(5, 5, 45), sprite(60, 60, 3)], ids=["far", "large", "leaving"]
)
def test_a_sprite_moves_and_grows(right: Picture, *, premultiplied: bool) -> None:
    assert score(sprite(4, 4, 15), right, premultiplied=premultiplied) < DEFAULT_CUT_THRESHOLD


def test_another_sprite_is_a_cut() -> None:
    assert score(sprite(4, 4, 20), sprite(4, 4, 20, BLUE)) >= DEFAULT_CUT_THRESHOLD


def test_colours_that_nobody_sees_do_not_count() -> None:
    assert score(sprite(4, 4, 20, behind=0.0), sprite(8, 4, 20, behind=1.0)) < 0.1


def test_a_sprite_appears() -> None:
    empty = np.zeros((64, 64, 4), np.float32)
    assert score(empty, sprite(4, 4, 20)) == 0
    assert score(sprite(4, 4, 20), empty) == 0


def test_opaque_pictures_with_alpha_are_compared_as_without() -> None:
    random = np.random.default_rng(3)
    pictures = [np.kron(random.random((8, 8, 3)), np.ones((8, 8, 1))).astype(np.float32) for _ in range(2)]
    full = np.ones((64, 64, 1), np.float32)
    plain = cut_score([summarise(pictures[0])], [summarise(pictures[1])])
    assert score(*(np.concatenate((picture, full), axis=-1) for picture in pictures)) == pytest.approx(plain, abs=1e-6)
    assert plain >= DEFAULT_CUT_THRESHOLD
