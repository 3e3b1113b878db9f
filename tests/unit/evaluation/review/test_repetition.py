"""Patterns that repeat, in motion that could be another one."""

from __future__ import annotations

import numpy as np
import pytest

from midframe.evaluation.review.repetition import repetition

SHAPE = (48, 96)
PERIOD = 6
"""Cells, which are 24 pixels."""


def stripes() -> np.ndarray:
    columns = np.arange(SHAPE[1])
    return np.broadcast_to(0.5 + 0.3 * np.sin(2 * np.pi * columns / PERIOD), SHAPE).astype(np.float32)


def motion(x: float, y: float = 0.0) -> np.ndarray:
    return np.full((*SHAPE, 2), (x, y), np.float32)


@pytest.mark.parametrize("pixels", [11, 16, -13])
def test_stripes_that_move_by_half_of_their_period_could_move_otherwise(pixels: float) -> None:
    found = repetition(stripes(), motion(pixels))
    assert found.share == 1
    # Displaced by half a period, the stripes are their own negative: 2 · variance · (1 − −1) / 2, in half of the cases.
    assert found.error == pytest.approx(2 * 0.3**2 / 2, rel=0.05)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 0), (0, 16)])
def test_stripes_that_stand_move_slowly_or_along_themselves_are_clear(x: float, y: float) -> None:
    assert repetition(stripes(), motion(x, y)) == (0, 0)


def test_noise_and_single_edges_do_not_repeat() -> None:
    noise = np.random.default_rng(0).random(SHAPE).astype(np.float32)
    edge = np.broadcast_to(np.arange(SHAPE[1]) > 40, SHAPE).astype(np.float32)
    assert repetition(noise, motion(16)).share == 0
    assert repetition(edge, motion(16)).share == 0


def test_faint_patterns_do_not_matter() -> None:
    assert repetition((0.05 * (stripes() - 0.5)).astype(np.float32), motion(16)).share == 0


def test_pictures_smaller_than_a_block() -> None:
    assert repetition(np.zeros((12, 96), np.float32), np.zeros((12, 96, 2), np.float32)) == (0, 0)
