"""Evaluations to make reports of, with pictures whose colours tell tests which layer they see."""

from __future__ import annotations

from fractions import Fraction
from math import inf, sin

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.methods.names import BASELINE_LABELS
from midframe.evaluation.results import (
    Evaluation,
    FrameScore,
    IntervalKind,
    MethodInfo,
    MethodResult,
    Metric,
    WorstFrame,
)

PSNR = Metric("psnr", "PSNR", "dB", higher_is_better=True)
SSIM = Metric("ssim", "SSIM", "", higher_is_better=True)
LPIPS = Metric("lpips", "LPIPS", "", higher_is_better=False, absent="its weights come with no installed package")

TRUTH = (230, 230, 230)
INTERPOLATED = ((40, 40, 40), (40, 120, 40), (40, 40, 160))
FLOW = (240, 200, 60)
LEFT = (200, 80, 80)
RIGHT = (80, 160, 200)


def plain(colour: tuple[int, int, int], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture of one colour; `size` is (height, width)."""
    return np.full((*size, 3), colour, np.uint8)


def kind_of(index: int) -> IntervalKind:
    """Two cuts and a short stand among frames that move."""
    return "cut" if index in (9, 31) else "static" if 21 <= index <= 25 else "moving"


def result(
    name: str,
    offset: float = 0.0,
    *,
    label: str | None = None,
    frames: int = 25,
    seconds: float = 2.0,
    exact: bool = False,
    timed: bool = True,
) -> MethodResult:
    """A method `offset` dB above a curve with PSNR 25 … 35 and SSIM 0.9.

    Args:
        name: Of the method; its label too if there is none.
        offset: From the curve.
        label: For people.
        frames: How many were dropped.
        seconds: Spent on interpolation.
        exact: Static frames are interpolated without any error.
        timed: Frames have times, at 25 per second.
    """
    scores = []
    for number in range(frames):
        index = 2 * number + 1
        kind = kind_of(index)
        psnr = {"moving": 30 + 5 * sin(index / 4), "static": 48.0, "cut": 14.0}[kind] + offset
        if exact and kind == "static":
            psnr = inf
        moment = Fraction(index, 25) if timed else None
        values = {"psnr": psnr, "ssim": 0.9 + offset / 100}
        scores.append(FrameScore(index, moment, index - 1, index + 1, Fraction(1, 2), kind, values))
    settings = {"model": name, "model_sha256": "0123456789abcdef" * 4, "flow_scale": "1"}
    spent = (seconds / frames,) * frames if frames else ()
    return MethodResult(MethodInfo(name, label or name, settings), tuple(scores), seconds, spent)


def baseline(name: str, offset: float = 0.0, seconds: float = 0.02) -> MethodResult:
    """As `result`, under the name that people read."""
    return result(name, offset, label=BASELINE_LABELS[name], seconds=seconds)


def worst_frame(index: int, names: list[str], size: tuple[int, int] = (90, 160), *, flow: bool = True) -> WorstFrame:
    """Pictures of plain colours; the first method's has an error patch at its lower right."""
    interpolated = {name: plain(INTERPOLATED[number % 3], size) for number, name in enumerate(names)}
    return WorstFrame(
        index,
        plain(TRUTH, size),
        plain(LEFT, size),
        plain(RIGHT, size),
        interpolated,
        plain(FLOW, size) if flow else None,
    )


def evaluation(
    results: tuple[MethodResult, ...] | None = None,
    *,
    source: str = "clip.mp4",
    metrics: tuple[Metric, ...] = (PSNR, SSIM, LPIPS),
    worst_frames: tuple[WorstFrame, ...] | None = None,
    recommendations: tuple[str, ...] = ("Flow scale 0.5 loses 0.03 dB and saves 45% here.",),
) -> Evaluation:
    """An ordinary evaluation of three methods with two worst frames, or what is given in their place."""
    if results is None:
        results = (result("4.25", 1.0), result("blend", -2.0, seconds=0.02), result("dis", 0.0, seconds=1.0))
    names = [each.method.name for each in results]
    if worst_frames is None:
        worst_frames = (worst_frame(17, names), worst_frame(41, names))
    facts = {"Size": "160×90", "Frame rate": "25 frames per second", "Version": "midframe 0.1.0"}
    return Evaluation(source, facts, 2, metrics, results, worst_frames, recommendations, (10, 31))
