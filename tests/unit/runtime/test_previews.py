from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.support.jobs import Recorder

from midframe.media.pixels import ViewTransform
from midframe.runtime.events import FramePlaced, FramePreview, Reporter
from midframe.runtime.previews import LONGEST_SIDE, PreviewReporter, display_image
from midframe.types import Frame, FrameFormat, SampleCoding

PLACED = FramePlaced(7, "synthesised", 3, 4, Fraction(1, 2))


def frame_of(width: int, height: int, value: int = 100) -> Frame:
    frame_format = FrameFormat(width, height, 3, np.dtype("uint8"))
    return Frame(np.full((height, width, 3), value, np.uint8), frame_format)


def test_8_bit_frames_are_shown_as_they_are() -> None:
    frame = Frame(np.arange(60, dtype=np.uint8).reshape(4, 5, 3), FrameFormat(5, 4, 3, np.dtype("uint8")))
    np.testing.assert_array_equal(display_image(frame, ViewTransform.fit([frame])), frame.samples)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_every_format_becomes_8_bit_colour(channels: int) -> None:
    frame_format = FrameFormat(6, 5, channels, np.dtype("float32"))
    frame = Frame(np.linspace(-3, 900, 30 * channels, dtype=np.float32).reshape(5, 6, channels), frame_format)
    image = display_image(frame, ViewTransform.fit([frame]))
    assert image.shape == (5, 6, 3)
    assert image.dtype == np.uint8
    assert image.max() > image.min()


def test_video_codes_become_colours() -> None:
    coding = SampleCoding("bt709", full_range=False, bits=8)
    frame_format = FrameFormat(4, 2, 3, np.dtype("uint8"), coding=coding)
    white = np.broadcast_to(np.array([235, 128, 128], np.uint8), (2, 4, 3)).copy()
    image = display_image(Frame(white, frame_format), ViewTransform(frame_format, 0.0, 255.0))
    assert image.min() >= 254


def test_frames_are_reported_with_a_pause_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("midframe.runtime.previews.time.monotonic", lambda: now[0])
    recorder = Recorder()
    frame = frame_of(8, 6)
    previews = PreviewReporter(ViewTransform.fit([frame]), Reporter([recorder]), 2.0)
    for seconds in (100.0, 101.0, 101.9, 102.0, 103.0, 110.0):
        now[0] = seconds
        previews.offer(PLACED, frame)
    assert len(recorder.events) == 3
    (first, *_) = recorder.events
    assert isinstance(first, FramePreview)
    assert (first.number, first.origin, first.left, first.right, first.time) == (7, "synthesised", 3, 4, Fraction(1, 2))
    assert repr(first) == "<FramePreview: frame 7, synthesised, at 1/2 between source frames 3 and 4, 8×6>"


def test_large_frames_are_thinned_out() -> None:
    recorder = Recorder()
    frame = frame_of(2 * LONGEST_SIDE, 100)
    PreviewReporter(ViewTransform.fit([frame]), Reporter([recorder]), 0.0).offer(PLACED, frame)
    (event,) = recorder.events
    assert isinstance(event, FramePreview)
    assert event.image.shape == (50, LONGEST_SIDE, 3)
