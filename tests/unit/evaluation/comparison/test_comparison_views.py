from __future__ import annotations

import numpy as np
import pytest

from midframe.evaluation.comparison.comparison_views import (
    LINE_WIDTH,
    SWEEP_SECONDS,
    ComparisonView,
    ImageLabel,
    amplified_difference,
    divided,
    divider_position,
    side_by_side,
)
from midframe.evaluation.comparison.composing import Composer

A = np.full((50, 80, 3), 0.2, np.float32)
B = np.full((50, 80, 3), 0.6, np.float32)
PIXELS_A, PIXELS_B = np.full((50, 80, 3), 51, np.uint8), np.full((50, 80, 3), 153, np.uint8)


def test_side_by_side() -> None:
    pixels = side_by_side(PIXELS_A, PIXELS_B)
    assert pixels.shape == (50, 160 + LINE_WIDTH, 3)
    assert (pixels[:, :80] == 51).all()
    assert (pixels[:, 80 : 80 + LINE_WIDTH] == 255).all()
    assert (pixels[:, 80 + LINE_WIDTH :] == 153).all()


@pytest.mark.parametrize(("share", "left", "right"), [(0.5, 39, 39), (0.25, 19, 59), (0, 0, 79), (1, 79, 0)])
def test_split(share: float, left: int, right: int) -> None:
    pixels = divided(PIXELS_A, PIXELS_B, share)
    assert pixels.shape == (50, 80, 3)
    assert [(pixels[0] == value).all(axis=-1).sum() for value in (51, 153)] == [left, right]
    assert set(PIXELS_A.ravel()) == {51}


@pytest.mark.parametrize(("gain", "value"), [(1, 102), (2, 204), (4, 255)])
def test_difference(gain: float, value: int) -> None:
    assert (amplified_difference(A, B, gain) == value).all()
    assert (amplified_difference(B, A, gain) == value).all()
    assert not amplified_difference(A, A, gain).any()


def test_the_divider_sweeps_over_both_and_never_leaves_the_picture() -> None:
    places = [divider_position(second) for second in np.linspace(0, SWEEP_SECONDS, 101)]
    assert [places[0], places[-1]] == pytest.approx([0.5, 0.5])
    assert 0 < min(places) < 0.1
    assert 0.9 < max(places) < 1


@pytest.mark.parametrize(("view", "size"), [("side-by-side", (160 + LINE_WIDTH, 50)), ("split", (80, 50))])
def test_each_picture_has_its_label(view: ComparisonView, size: tuple[int, int]) -> None:
    composer = Composer(view, ("a.mp4", "b.mp4"), (80, 50), gain=4, divider=0.5)
    pixels = composer.compose(A, B, 0.0)
    assert (composer.size, pixels.shape[1::-1]) == (size, size)
    top = pixels[:15]
    half = pixels.shape[1] // 2
    assert (top[:, :half] != 51).any()
    assert (top[:, half + LINE_WIDTH :] != 153).any()
    assert (pixels[30:, : half - LINE_WIDTH] == 51).all()
    assert (pixels[30:, half + LINE_WIDTH :] == 153).all()
    assert set(A.ravel()) == {np.float32(0.2)}


def test_the_divider_also_cuts_labels() -> None:
    hidden = Composer("split", ("a.mp4", "b.mp4"), (80, 50), gain=4, divider=1.0).compose(A, B, 0.0)
    plain = PIXELS_A.copy()
    ImageLabel("a.mp4", 40, 50).lay_over(plain)
    np.testing.assert_array_equal(hidden[:, :-LINE_WIDTH], plain[:, :-LINE_WIDTH])


def test_a_difference_has_one_label_and_is_black_where_nothing_differs() -> None:
    pixels = Composer("difference", ("a", "b"), (80, 50), gain=4, divider=None).compose(A, A, 0.0)
    assert pixels.shape == (50, 80, 3)
    assert pixels[:15].any()
    assert not pixels[20:].any()


def test_labels_are_one_line_whatever_is_in_a_name() -> None:
    pixels = np.full((100, 200, 3), 200, np.uint8)
    ImageLabel("a\nb\x1b\udcfe.mp4", 200, 100).lay_over(pixels)
    assert (pixels[:6] < 100).any()
    assert (pixels[60:] == 200).all()


def test_long_names_are_shortened_to_the_room_there_is() -> None:
    pixels = np.zeros((100, 400, 3), np.uint8)
    ImageLabel("a" * 300 + ".mp4", 90, 100).lay_over(pixels)
    assert pixels[:, :90].any()
    assert not pixels[:, 90:].any()


def test_tiny_pictures_have_room_for_a_piece_of_label() -> None:
    Composer("side-by-side", ("name.png", "other.png"), (5, 3), gain=4, divider=None).compose(A[:3, :5], B[:3, :5], 0.0)
