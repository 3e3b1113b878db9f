from __future__ import annotations

import numpy as np
import pytest

from midframe.evaluation.report.heat import INFERNO, TOPS, error_of, heat_map, scale_top, worst_corner


def test_error_is_the_mean_of_absolute_differences() -> None:
    truth = np.zeros((1, 2, 3), np.uint8)
    drawn = np.array([[[3, 0, 0], [255, 255, 255]]], np.uint8)
    assert error_of(truth, drawn).tolist() == [[1.0, 255.0]]
    assert error_of(drawn, truth).tolist() == [[1.0, 255.0]]


def test_heat_begins_dark_ends_bright_and_rises_evenly() -> None:
    colours = heat_map(np.linspace(0, 80, 256, dtype=np.float32)[None], 64.0)[0].astype(float)
    assert colours[0].tolist() == INFERNO[0].tolist()
    assert colours[-1].tolist() == INFERNO[-1].tolist()
    lightness = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) >= -0.5).all()


@pytest.mark.parametrize(("error", "top"), [(0.0, 8), (8.0, 8), (8.5, 16), (100.0, 128), (255.0, 255)])
def test_scale_ends_above_the_errors(error: float, top: int) -> None:
    assert scale_top(np.full((20, 20), error, np.float32)) == top
    assert top in TOPS


def test_scale_is_not_stretched_by_a_single_pixel() -> None:
    error = np.full((100, 100), 5, np.float32)
    error[0, 0] = 255
    assert scale_top(error) == 8


@pytest.mark.parametrize(
    ("place", "corner"),
    [((50, 100), (30, 80)), ((0, 0), (0, 0)), ((95, 195), (60, 160))],
    ids=["inside", "first", "last"],
)
def test_detail_is_centred_on_the_worst_place(place: tuple[int, int], corner: tuple[int, int]) -> None:
    error = np.ones((100, 200), np.float32)
    error[place[0] : place[0] + 5, place[1] : place[1] + 5] = 200
    found = worst_corner(error, (40, 40))
    assert np.abs(np.subtract(found, corner)).max() <= 10
    top, left = found
    assert 0 <= top <= 60
    assert 0 <= left <= 160
    assert error[top : top + 40, left : left + 40].max() == 200


def test_detail_of_the_whole_is_the_whole() -> None:
    assert worst_corner(np.ones((3, 5), np.float32), (3, 5)) == (0, 0)
    assert worst_corner(np.ones((1, 1), np.float32), (1, 1)) == (0, 0)
