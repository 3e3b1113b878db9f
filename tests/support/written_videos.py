"""Writing videos frame by frame, without a network, and counting what another decoder shows of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np

from midframe.atomic import temporary_path
from midframe.media.protocols import EarlierOutput, FrameInput
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.media.video.writing.plan import VideoPlan, VideoRequest, plan_video
from midframe.timing.clock import Schedule, SourceClock
from midframe.timing.timeline import Timeline
from midframe.types import Frame, FrameFormat

SIZE = 64
FORMAT = FrameFormat(SIZE, SIZE, 3, np.dtype(np.uint8), None)


def plan_of(path: Path, count: int, rate: Fraction, **encoding: Any) -> VideoPlan:
    """A plan for `count` pictures at a constant rate."""
    clock = SourceClock.steady(count, rate)
    timing = Schedule(Timeline(count, Fraction(1), "hold"), clock)
    source = cast("FrameInput", SimpleNamespace(format=FORMAT, video_file=None, video_info=None, files=()))
    options = EncodingOptions(**encoding)
    return plan_video(path, source, count, VideoRequest(timing, options, copy_streams=False, whole=True))


def picture(number: int) -> Frame:
    """A picture that moves, and changes as a whole now and then, so that encoders use all kinds of pictures."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    noise = np.random.default_rng(number // 7).integers(0, 120, (SIZE, SIZE))
    grey = (noise + 8 * ((rows + 2 * columns + 3 * number) % 16)).astype(np.uint8)
    return Frame(np.repeat(grey[..., None], 3, -1), FORMAT, number)


def write(plan: VideoPlan, count: int, stops: tuple[int, ...] = ()) -> Path:
    """Write the first `count` pictures, in runs that are stopped before some of them.

    Returns:
        The file: the output where all pictures were written, else the unfinished one.
    """
    earlier = EarlierOutput()
    for stop in (*stops, count):
        # Every run writes into a new file.
        run = replace(plan, temporary=temporary_path(plan.path, hidden=False))
        sink = run.open_sink(earlier)
        for number in range(sink.safe, stop):
            sink.commit(sink.stage(number, picture(number)))
        if stop == plan.count:
            sink.finish()
            return plan.path
        sink.abort()
        earlier = EarlierOutput(sink.safe, run.partial_path)
    assert earlier.partial is not None
    return earlier.partial


@contextmanager
def _capture(path: Path) -> Iterator[cv2.VideoCapture]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        yield capture
    finally:
        capture.release()


def shown_by_opencv(path: Path) -> list[float]:
    """Milliseconds at which OpenCV shows pictures; it comes with a build of FFmpeg of its own."""
    shown = []
    with _capture(path) as capture:
        while capture.read()[0]:
            shown.append(capture.get(cv2.CAP_PROP_POS_MSEC))
    return shown
