"""A comparison as a video."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from midframe.atomic import unlink_quietly
from midframe.errors import OptionError
from midframe.evaluation.comparison.composing import Composer
from midframe.evaluation.comparison.pairing import ComparedPair
from midframe.evaluation.comparison.scores import ComparisonScorer
from midframe.media.output_lock import exclusive_output
from midframe.media.output_paths import left_over
from midframe.media.output_plan import plan_output
from midframe.media.protocols import FrameSource, OutputPlan
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.media.video.writing.plan import VideoRequest
from midframe.runtime.writer import OrderedWriter
from midframe.timing.clock import Schedule
from midframe.timing.timeline import Timeline
from midframe.types import Frame, FrameFormat

WAITING_BYTES = 256 << 20
"""Composed images that wait to be encoded, at most."""

MOST_WRITERS = 4
"""Images that are converted at once."""


class ComposedFrames(FrameSource):
    """The images of a comparison as a source; see `FrameSource`. Reading one may also measure it."""

    codec_name = "PNG"
    notes: tuple[str, ...] = ()

    def __init__(self, pair: ComparedPair, composer: Composer, scorer: ComparisonScorer) -> None:
        self._pair = pair
        self._composer = composer
        self._scorer = scorer
        self._format = FrameFormat(*composer.size, 3, np.dtype("uint8"))

    @property
    def format(self) -> FrameFormat:
        """What every picture is."""
        return self._format

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are compared."""
        return (*self._pair.left.source.files, *self._pair.right.source.files)

    def __len__(self) -> int:
        return len(self._pair.moments)

    def read(self, index: int) -> Frame:
        """Compose an image, and measure the moment if frames of both begin at it."""
        moment = self._pair.moments[index]
        left, right = self._pair.views(moment)
        if moment.coincides:
            self._scorer.measure(moment.time, left, right)
        return Frame(self._composer.compose(left, right, float(moment.time)), self._format, index)

    def close(self) -> None:
        """The inputs are closed by the caller."""


def plan_comparison_video(frames: ComposedFrames, pair: ComparedPair, path: Path, *, overwrite: bool) -> OutputPlan:
    """Choose how the video is compressed. Creates nothing.

    Raises:
        OptionError: Fewer than two moments, or the file cannot be written.
        OutputExistsError: It exists, and `overwrite` is False.
    """
    alignment = pair.alignment
    if alignment is None or len(alignment.moments) < 2:
        raise OptionError("A video needs two moments to compare; give a .png or .html file as output.", option="output")
    schedule = Schedule(Timeline(len(frames), Fraction(1), "hold"), alignment.clock)
    request = VideoRequest(schedule, EncodingOptions(), copy_streams=False, whole=True)
    return plan_output(path, frames, count=len(frames), overwrite=overwrite, video=request)


def write_comparison_video(frames: ComposedFrames, plan: OutputPlan, on_write: Callable[[int], None]) -> None:
    """Compose, measure and encode all moments.

    Raises:
        UnreadableFileError: A frame cannot be decoded; the video up to it stays under its temporary name.
        WriteError: The video cannot be written.
        OutputInUseError: Another job writes to it.
        OutputExistsError: Another job has written it since it was planned.
    """
    writers = min(MOST_WRITERS, os.cpu_count() or 1)
    with exclusive_output(plan.path):
        plan.require_free()
        for path in left_over(plan.path, hidden=False, kept=frames.files):
            unlink_quietly(path)
        with OrderedWriter(plan.open_sink(), budget=WAITING_BYTES, workers=writers, on_write=on_write) as writer:
            for index in range(len(frames)):
                frame = frames.read(index)
                writer.submit(partial(_same, frame), frame.samples.nbytes)


def _same(frame: Frame) -> Frame:
    return frame
