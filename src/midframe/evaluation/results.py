"""Results of an evaluation, as plain values: reports, tables and recommendations are made of these alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

IntervalKind = Literal["moving", "static", "cut"]
"""What the two kept frames around a dropped one are to each other; cuts and static pairs are summed up apart."""

AS_RUN_NAME = "run"
"""Name of the method that is the first one with cuts and static pairs held, as jobs do it; it is not a rival of it."""


@dataclass(frozen=True)
class Metric:
    """What a score is.

    Attributes:
        name: Key of scores, such as "psnr".
        label: Label for people, such as "PSNR".
        unit: Such as "dB"; "" if there is none.
        higher_is_better: Whether higher scores are better.
        absent: Why it could not be measured; "" if it was.
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool
    absent: str = ""


@dataclass(frozen=True)
class FrameScore:
    """Scores of one interpolated frame.

    Attributes:
        index: Index of the dropped frame in the source.
        moment: Its time in the source in seconds; None where frames have none.
        left: Index of the kept frame before it.
        right: Index of the kept frame after it.
        time: Where it stands between these two, in (0, 1).
        kind: What the kept frames are to each other.
        scores: Value by name of the metric; a metric that was not measured is missing. PSNR of equal frames is inf.
    """

    index: int
    moment: Fraction | None
    left: int
    right: int
    time: Fraction
    kind: IntervalKind
    scores: Mapping[str, float]


@dataclass(frozen=True)
class MethodInfo:
    """Name and settings of a method that interpolates frames.

    Attributes:
        name: Short and unique within an evaluation, for programs and options: "4.25", "4.25 scale=0.5" or "blend".
        label: The one name that people read (`midframe.evaluation.methods.names`), such as "midframe".
        settings: All that decides what it interpolates, as words: model, model_sha256, flow_scale, mode, precision and
            quality for models; version and options for others.
    """

    name: str
    label: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class MethodResult:
    """Scores and time of one method.

    Attributes:
        method: Its name and settings.
        frames: One for each dropped frame, in order of their index.
        interpolation_seconds: Wall time spent on interpolation alone, without reading and scoring.
        interval_seconds: The same by interval, in order; empty where only the sum is known.
    """

    method: MethodInfo
    frames: tuple[FrameScore, ...]
    interpolation_seconds: float
    interval_seconds: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class WorstFrame:
    """A dropped frame to look at. Images are (height, width, 3) uint8 RGB, all of one size.

    Attributes:
        index: Index of the dropped frame in the source.
        truth: The frame that was dropped.
        left: The kept frame before it.
        right: The kept frame after it.
        interpolated: The frame of each method, by name.
        flow: Motion from the dropped frame to the left kept one in the usual colour wheel; None if the first method has
            no motion.
    """

    index: int
    truth: NDArray[np.uint8]
    left: NDArray[np.uint8]
    right: NDArray[np.uint8]
    interpolated: Mapping[str, NDArray[np.uint8]]
    flow: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that an evaluation has found.

    Attributes:
        source: Name of what was evaluated, without its folder.
        facts: About the source and the run, for people: size, rate, frames, device, version of midframe, and so on.
        gap: Every `gap`-th frame was kept.
        metrics: All that were asked for, absent ones included.
        results: The first one is what the report is about, the others are what it is compared with.
        worst_frames: The worst frames of the first method, worst first.
        recommendations: Sentences; they name options in backticks, as messages do (`midframe.errors`).
        cut_indices: First frames of new shots in the source, as the cut detector sees them.
    """

    source: str
    facts: Mapping[str, str]
    gap: int
    metrics: tuple[Metric, ...]
    results: tuple[MethodResult, ...]
    worst_frames: tuple[WorstFrame, ...] = ()
    recommendations: tuple[str, ...] = ()
    cut_indices: tuple[int, ...] = field(default=())
