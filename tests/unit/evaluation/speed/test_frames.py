from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip

from midframe.errors import SequenceError
from midframe.evaluation.speed.frames import COUNT, FIRST, STEP, clip_frames, moving_pattern, resized
from midframe.evaluation.speed.results import Size


def test_frames_of_a_clip(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    write_clip(clip, FIRST + STEP * COUNT, Fraction(25), codec="ffv1", sound=False, options={})
    frames = clip_frames(clip)
    assert len(frames) == COUNT
    assert all(frame.dtype == np.uint8 for frame in frames)
    assert not np.array_equal(frames[0], frames[1])


def test_a_clip_that_is_too_short(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    write_clip(clip, 5, Fraction(25), codec="ffv1", sound=False, options={})
    with pytest.raises(SequenceError, match="fewer than"):
        clip_frames(clip)


@pytest.mark.parametrize("size", [Size(64, 36), Size(36, 64), Size(200, 100)])
def test_resized_to_cover(size: Size) -> None:
    picture = np.zeros((50, 100, 3), np.uint8)
    picture[:, 50:] = 200
    frames = resized([picture] * COUNT, size)
    assert frames.shape == (COUNT, size.height, size.width, 3)
    # The middle stays in the middle.
    assert frames[0, size.height // 2, size.width // 4].max() == 0
    assert frames[0, size.height // 2, -size.width // 4].min() == 200


def test_the_pattern_moves_and_is_always_the_same() -> None:
    first, again = moving_pattern(Size(96, 64)), moving_pattern(Size(96, 64))
    assert first.shape == (COUNT, 64, 96, 3)
    assert np.array_equal(first, again)
    assert np.abs(first[1].astype(int) - first[0]).mean() > 1
    assert first.std() > 20
