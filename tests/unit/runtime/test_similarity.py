from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.support.jobs import FORMAT, frame

from midframe.executors.base import PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.runtime.similarity import prepare, static_likeness
from midframe.types import Alpha, Frame, FrameFormat


def static(*frames: Frame, threshold: float | None = 0.996) -> list[bool]:
    """Of each pair of neighbours."""
    found = []
    for pair in itertools.pairwise(frames):
        transform = ViewTransform.fit_pair(*pair)
        left, right = (prepare(each, transform) for each in pair)
        found.append(static_likeness(left, right, threshold) >= (threshold or 1.0))
    return found


def of(samples: np.ndarray, alpha: Alpha | None = None) -> Frame:
    height, width, channels = samples.shape
    return Frame(samples, FrameFormat(width, height, channels, samples.dtype, alpha))


class TestStaticPairs:
    @pytest.mark.parametrize("threshold", [None, 0.996, 1.0])
    def test_identical_frames_always_are(self, threshold: float | None) -> None:
        assert static(frame(9), frame(9), frame(90), threshold=threshold) == [True, False]

    @pytest.mark.parametrize("dtype", ["float16", "float32"])
    def test_identical_frames_that_hold_nan(self, dtype: str) -> None:
        samples = np.full((4, 4, 3), np.nan, dtype)
        assert static(of(samples), of(samples.copy()), threshold=None) == [True]

    @pytest.mark.parametrize(("threshold", "expected"), [(None, False), (0.996, True), (1.0, False)])
    def test_almost_identical_ones_are_by_the_threshold(self, threshold: float | None, expected: bool) -> None:
        nearly = frame(9).samples.copy()
        nearly[0, 0, 0] = 10
        assert static(frame(9), of(nearly), threshold=threshold) == [expected]

    def test_each_frame_is_compared_with_the_one_before_it(self) -> None:
        assert static(frame(9), frame(90), frame(9), frame(9)) == [False, False, True]

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    @pytest.mark.parametrize("premultiplied", [False, True])
    def test_a_shape_that_moves_in_alpha_alone_moves(self, dtype: str, premultiplied: bool) -> None:
        full = 1 if dtype == "float32" else np.iinfo(dtype).max
        frames = []
        for column in (10, 14):
            samples = np.zeros((40, 40, 4), dtype)
            samples[10:20, column : column + 10, 3] = full
            frames.append(of(samples, Alpha(3, premultiplied)))
        assert static(*frames) == [False]

    @pytest.mark.parametrize(("dtype", "unit"), [("uint16", 1), ("int16", 1), ("float32", 0.01)])
    def test_motion_in_a_small_part_of_the_range_is_seen(self, dtype: str, unit: float) -> None:
        frames = []
        for column in (5, 10, 10):
            samples = np.full((64, 64, 1), 500 * unit, dtype)
            samples[20:30, column : column + 10] = 3000 * unit
            samples[0, 0] = column * unit  # the last two are alike, not identical
            frames.append(of(samples))
        frames[2].samples[0, 0] += unit
        assert static(*frames) == [False, True]

    def test_alpha_that_is_no_number_is_no_reason_to_stop(self) -> None:
        samples = np.full((8, 8, 2), np.nan, np.float32)
        other = samples.copy()
        other[0, 0] = 0.5
        assert len(static(of(samples, Alpha(1, False)), of(other, Alpha(1, False)))) == 1

    def test_bytes_of_a_prepared_frame(self) -> None:
        each = prepare(frame(9), ViewTransform.fit([frame(9)]))
        assert each.nbytes == FORMAT.nbytes * (1 + 4 + 4)
        assert PreparedFrame(frame(9), None).nbytes == FORMAT.nbytes
