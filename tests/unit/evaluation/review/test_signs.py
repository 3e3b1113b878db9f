"""Signs of bad interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.rows import texture

from midframe.evaluation.review.cells import FrameCells, MotionCells
from midframe.evaluation.review.signs import PairCells, PairSigns, signs_of

HEIGHT, WIDTH = 64, 96
ROWS, COLUMNS = HEIGHT // 4, WIDTH // 4

WHOLE = texture(3, HEIGHT, WIDTH).astype(np.float32)


def window(left: int) -> FrameCells:
    """What is seen of a picture from a column on."""
    return FrameCells.of(np.ascontiguousarray(WHOLE[:, left : left + WIDTH]))


def moving(x: float, y: float = 0.0, share: float = 0.5) -> MotionCells:
    """Everything goes as many pixels from the left to the right frame."""
    half = np.full((ROWS, COLUMNS, 2), (x / 2, y / 2), np.float32)
    return MotionCells(-half, half, np.full((ROWS, COLUMNS), share, np.float32))


def signs(
    motion: MotionCells, before: MotionCells | None = None, after: MotionCells | None = None, step: int = 8
) -> PairSigns:
    """Of a pan by some pixels: what is seen goes to the left."""
    return signs_of(PairCells(window(20), window(20 + step), motion), before, after)


def test_right_motion_leaves_little_to_disagree_about() -> None:
    right, wrong = signs(moving(-8)), signs(moving(8))
    assert right.disagreement < wrong.disagreement / 20
    assert right.disagreeing < 0.2 < wrong.disagreeing
    assert wrong.expected_error > right.expected_error


def test_a_decided_blend_is_expected_to_be_right() -> None:
    assert signs(moving(8, share=0.999)).disagreement < signs(moving(8)).disagreement / 100


def test_even_motion_is_no_acceleration() -> None:
    assert signs(moving(-8), moving(-8), moving(-8)).acceleration == 0
    assert signs(moving(-8)).acceleration == 0


def test_acceleration_grows_with_its_square() -> None:
    slight, strong = (signs(moving(-8), moving(-8 - change), moving(-8 - change)).acceleration for change in (2, 4))
    assert strong == pytest.approx(4 * slight, rel=0.05)
    gradient = (window(20).texture + window(28).texture)[..., 0].mean() / 2
    assert slight == pytest.approx(gradient * (2 / 8) ** 2, rel=0.05)


def test_acceleration_across_a_texture_only() -> None:
    # Blobs are stretched along columns: moving up and down changes another part of the structure tensor.
    across = signs(moving(-8), moving(-8, 4)).acceleration
    gradient = (window(20).texture + window(28).texture)[..., 1].mean() / 2
    assert across == pytest.approx(gradient * (4 / 8) ** 2, rel=0.05)


def test_a_single_neighbour_counts_in_full() -> None:
    one, both = signs(moving(-8), moving(-12)), signs(moving(-8), moving(-12), moving(-12))
    assert one.acceleration == pytest.approx(both.acceleration, rel=1e-5)


def test_outlines_of_what_moves_by_itself() -> None:
    motion = moving(-8)
    motion.to_right[4:8, 8:16] += 6
    assert signs(moving(-8)).unevenness == 0
    assert signs(motion).unevenness > 0


def test_a_flash_is_a_change_of_brightness() -> None:
    flash = FrameCells(window(20).colours + np.float32(0.2), window(20).texture)
    found = signs_of(PairCells(window(20), flash, moving(0)), None, None)
    assert found.brightness > 0.99
    assert signs(moving(8)).brightness < 0.2


def test_what_comes_from_outside() -> None:
    assert signs(moving(0)).entering == 0
    # 40 pixels of 96, of which each frame lacks the half at one side; cells at the very edge are not counted.
    assert signs(moving(-40)).entering == pytest.approx(40 / 96, abs=0.1)


def test_fastest_motion_and_worst_place() -> None:
    motion = moving(0)
    motion.to_right[10:14, 4:8] = (30, 0)
    found = signs(motion, step=0)
    assert found.fastest == pytest.approx(30, abs=0.5)
    x, y = found.place
    assert 12 <= x <= 36
    assert 36 <= y <= 60


def test_a_frame_of_a_single_cell() -> None:
    tiny: NDArray[np.float32] = np.full((3, 3, 3), 0.5, np.float32)
    cells = FrameCells.of(tiny)
    flow = np.zeros((1, 1, 2), np.float32)
    found = signs_of(PairCells(cells, cells, MotionCells(flow, flow, np.ones((1, 1), np.float32))), None, None)
    assert found.expected_error == 0
