"""All measures, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from midframe.errors import OptionError
from midframe.evaluation.metrics.protocol import Measure, of_frame_pair
from midframe.evaluation.results import Metric
from midframe.extras import prepare_torch

METRIC_NAMES = ("psnr", "ssim", "ms_ssim", "lpips", "sharpness", "tof")
"""In the order of tables; the first that is measured decides which frames are the worst."""

INSTALL = 'pip install "midframe[evaluate]".'
"""How to get the libraries that measure."""

LPIPS = Metric(
    "lpips",
    "LPIPS",
    "",
    higher_is_better=False,
    absent="packages contain only its last layers; the rest of the network would have to be downloaded from elsewhere",
)
"""Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", CVPR 2018. Listed so that
reports show that it was not measured, and why."""


def make_measures(names: Sequence[str], height: int, width: int) -> tuple[Measure, ...]:
    """The measures of these names, in the order of `METRIC_NAMES`.

    Args:
        names: Names of metrics, from `METRIC_NAMES`.
        height: Height of the frames in pixels; a measure whose minimum is not reached is absent.
        width: Width of the frames in pixels.

    Raises:
        OptionError: An unknown name, or none; or the libraries that measure are not installed.
    """
    unknown = [name for name in names if name not in METRIC_NAMES]
    if unknown or not names:
        known = ", ".join(METRIC_NAMES)
        given = ", ".join(unknown)
        raise OptionError(f"Metrics are {known}; {given or 'nothing'} is not one of them.", option="metrics")
    side = min(height, width)
    try:
        return tuple(make(side) for name, make in _MAKERS.items() if name in names)
    except ModuleNotFoundError as error:
        raise OptionError(f"Evaluating needs more libraries: {INSTALL}") from error


def _psnr(_: int) -> Measure:
    from midframe.evaluation.metrics.psnr import PSNR, psnr

    return Measure(PSNR, of_frame_pair(psnr))


def _ssim(side: int) -> Measure:
    from midframe.evaluation.metrics.ssim import SSIM, WINDOW_SIDE, ssim

    return _with_minimum(Measure(SSIM, of_frame_pair(ssim)), WINDOW_SIDE, side)


def _multiscale_ssim(side: int) -> Measure:
    prepare_torch()
    from midframe.evaluation.metrics.multiscale import MULTISCALE_SSIM, SMALLEST_SIDE, multiscale_ssim

    return _with_minimum(Measure(MULTISCALE_SSIM, of_frame_pair(multiscale_ssim)), SMALLEST_SIDE, side)


def _lpips(_: int) -> Measure:
    return Measure(LPIPS, None)


def _sharpness(_: int) -> Measure:
    from midframe.evaluation.metrics.sharpness import SHARPNESS_RATIO, sharpness

    return Measure(SHARPNESS_RATIO, of_frame_pair(sharpness))


def _temporal(_: int) -> Measure:
    from midframe.evaluation.metrics.temporal import MOTION_ERROR, motion_error

    return Measure(MOTION_ERROR, motion_error)


_MAKERS: Mapping[str, Callable[[int], Measure]] = dict(
    zip(METRIC_NAMES, (_psnr, _ssim, _multiscale_ssim, _lpips, _sharpness, _temporal), strict=True)
)
"""How the measure of each metric is made for frames whose smaller side has that many pixels. Libraries are imported
where they are needed: that of MS-SSIM brings torch."""


def _with_minimum(measure: Measure, minimum: int, side: int) -> Measure:
    """The measure, or an absent one where frames are smaller than its minimum."""
    if side >= minimum:
        return measure
    reason = f"frames must be at least {minimum} pixels high and wide"
    return Measure(replace(measure.metric, absent=reason), None)
