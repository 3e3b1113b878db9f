from __future__ import annotations

import threading

import numpy as np
import pytest
from tests.unit.pipeline.support import FORMAT, MemorySource, frame

from midframe.errors import UnreadableFileError
from midframe.media.pixels import ViewTransform
from midframe.pipeline.reader import Preparation, ReadAhead
from midframe.pipeline.workers import PreparedFrame
from midframe.types import Alpha, Frame, FrameFormat

SIZE = FORMAT.nbytes


def plain(each: Frame) -> PreparedFrame:
    return PreparedFrame(each, None, static=False)


def read_ahead(source: MemorySource, budget: int = 10 * SIZE, done: list[int] | None = None) -> ReadAhead:
    return ReadAhead(source, plain, budget=budget, on_read=(done if done is not None else []).append)


class TestReadAhead:
    def test_frames_in_order(self) -> None:
        frames = [frame(value, value) for value in range(50)]
        done: list[int] = []
        with read_ahead(MemorySource(frames), done=done) as reader:
            assert [each.frame.index for each in reader] == list(range(50))
        assert done == list(range(1, 51))

    def test_runs_ahead_by_the_budget_and_no_further(self) -> None:
        waiting, goal = threading.Event(), 3
        started: list[int] = []

        def on_read(index: int) -> None:
            started.append(index)
            # Three in the queue, a fourth in the reader's hands; a fifth would be one too many.
            if index == goal:
                waiting.set()

        source = MemorySource([frame(0, index) for index in range(20)], on_read)
        with read_ahead(source, budget=3 * SIZE) as reader:
            assert waiting.wait(10)
            threading.Event().wait(0.05)
            assert started == [0, 1, 2, 3]
            assert len(list(reader)) == 20

    def test_error_comes_after_the_frames_before_it(self) -> None:
        def on_read(index: int) -> None:
            if index == 3:
                raise UnreadableFileError("c.png is damaged.")

        with read_ahead(MemorySource([frame(0, index) for index in range(9)], on_read)) as reader:
            rest = iter(reader)
            assert [next(rest).frame.index for _ in range(3)] == [0, 1, 2]
            with pytest.raises(UnreadableFileError):
                next(rest)

    def test_leaving_early_stops_the_thread(self) -> None:
        source = MemorySource([frame(0, index) for index in range(1000)])
        with read_ahead(source, budget=2 * SIZE) as reader:
            assert next(iter(reader)).frame.index == 0

    def test_error_of_the_consumer_stops_the_thread(self) -> None:
        source = MemorySource([frame(0, index) for index in range(1000)])
        with pytest.raises(ZeroDivisionError), read_ahead(source, budget=2 * SIZE) as reader:
            1 / next(iter(reader)).frame.index


def prepared(*frames: Frame, threshold: float | None = 0.996) -> list[PreparedFrame]:
    prepare = Preparation(ViewTransform.fit(frames), threshold)
    return [prepare(each) for each in frames]


def of(samples: np.ndarray, alpha: Alpha | None = None) -> Frame:  # type: ignore[type-arg]
    height, width, channels = samples.shape
    return Frame(samples, FrameFormat(width, height, channels, samples.dtype, alpha))


class TestStaticPairs:
    def test_the_first_frame_is_never_static(self) -> None:
        assert [each.static for each in prepared(frame(9))] == [False]

    @pytest.mark.parametrize("threshold", [None, 0.996, 1.0])
    def test_identical_frames_always_are(self, threshold: float | None) -> None:
        assert [each.static for each in prepared(frame(9), frame(9), frame(90), threshold=threshold)] == [
            False,
            True,
            False,
        ]

    @pytest.mark.parametrize("dtype", ["float16", "float32"])
    def test_identical_frames_that_hold_nan(self, dtype: str) -> None:
        samples = np.full((4, 4, 3), np.nan, dtype)
        assert prepared(of(samples), of(samples.copy()), threshold=None)[1].static

    @pytest.mark.parametrize(("threshold", "static"), [(None, False), (0.996, True), (1.0, False)])
    def test_almost_identical_ones_are_by_the_threshold(self, threshold: float | None, static: bool) -> None:
        nearly = frame(9).samples.copy()
        nearly[0, 0, 0] = 10
        assert prepared(frame(9), of(nearly), threshold=threshold)[1].static is static

    def test_each_frame_is_compared_with_the_one_before_it(self) -> None:
        assert [each.static for each in prepared(frame(9), frame(90), frame(9), frame(9))] == [
            False,
            False,
            False,
            True,
        ]

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    @pytest.mark.parametrize("premultiplied", [False, True])
    def test_a_shape_that_moves_in_alpha_alone_moves(self, dtype: str, premultiplied: bool) -> None:
        full = 1 if dtype == "float32" else np.iinfo(dtype).max
        frames = []
        for column in (10, 14):
            samples = np.zeros((40, 40, 4), dtype)
            samples[10:20, column : column + 10, 3] = full
            frames.append(of(samples, Alpha(3, premultiplied)))
        assert not prepared(*frames)[1].static

    @pytest.mark.parametrize(("dtype", "unit"), [("uint16", 1), ("int16", 1), ("float32", 0.01)])
    def test_motion_beyond_the_range_that_was_fitted_is_seen(self, dtype: str, unit: float) -> None:
        """A sequence that starts, stands half way and ends in black."""
        black = of(np.zeros((64, 64, 1), dtype))
        frames = []
        for column in (5, 10, 10):
            samples = np.full((64, 64, 1), 500 * unit, dtype)
            samples[20:30, column : column + 10] = 3000 * unit
            samples[0, 0] = column * unit  # the last two are alike, not identical
            frames.append(of(samples))
        frames[2].samples[0, 0] += unit
        prepare = Preparation(ViewTransform.fit([black]), 0.996)
        assert [prepare(each).static for each in frames] == [False, False, True]

    def test_alpha_that_is_no_number_is_no_reason_to_stop(self) -> None:
        samples = np.full((8, 8, 2), np.nan, np.float32)
        other = samples.copy()
        other[0, 0] = 0.5
        assert prepared(of(samples, Alpha(1, False)), of(other, Alpha(1, False)))[1].static in (True, False)

    def test_without_a_network_frames_stay_as_they_are(self) -> None:
        prepare = Preparation(None, 0.996)
        assert [(each.engine_frame, each.static) for each in map(prepare, (frame(9), frame(9)))] == [(None, False)] * 2

    def test_bytes_of_a_prepared_frame(self) -> None:
        each = prepared(frame(9))[0]
        assert each.nbytes == SIZE + 4 * SIZE + 4 * SIZE
        assert plain(frame(9)).nbytes == SIZE
