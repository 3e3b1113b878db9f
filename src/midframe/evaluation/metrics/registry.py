"""All measures, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.metrics.protocol import Measure, of_frame_pair
from midframe.extras import prepare_torch, require_packages
from midframe.paths import user_path

METRIC_NAMES = ("psnr", "ssim", "ms_ssim", "lpips", "sharpness", "tof")
"""In the order of tables; the first that is measured decides which frames are the worst."""

LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "ssim": ("skimage",),
    "ms_ssim": ("torch", "pytorch_msssim"),
    "lpips": ("torch",),
    "tof": ("cv2",),
}
"""Libraries that a metric is computed with, by the names that they are imported under; all others need none."""

DEFAULT_METRIC_NAMES = tuple(name for name in METRIC_NAMES if name != "lpips")
"""What is measured unless something else is asked for: all that needs no file of the user."""


def require_lpips_weights(names: Sequence[str], files: Sequence[Path]) -> None:
    """Refuse LPIPS without weights, before anything is loaded.

    Raises:
        OptionError: No file is given, or one that does not exist.
    """
    if "lpips" in names and not files:
        raise OptionError(
            "LPIPS needs the weights of AlexNet or VGG16 and its linear layers, which midframe does not bring. Give a "
            "file of them with `lpips_weights`; docs/evaluate.md says how to make one.",
            option="lpips_weights",
        )
    for file in files:
        if not user_path(file, option="lpips_weights").is_file():
            raise OptionError(f"`lpips_weights`: there is no file {file}.", option="lpips_weights", path=file)


def require_libraries(names: Sequence[str], purpose: str, others: Sequence[str] = ()) -> None:
    """Check that the libraries which compute metrics are installed. None is loaded.

    Args:
        names: Names of metrics.
        purpose: What needs them, as the beginning of a sentence.
        others: Libraries that are needed besides, by the names that they are imported under.

    Raises:
        OptionError: Some are not.
    """
    modules = [module for name in names for module in LIBRARIES.get(name, ())]
    require_packages(tuple(dict.fromkeys((*modules, *others))), purpose)


def make_measures(
    names: Sequence[str], height: int, width: int, lpips_weights: Sequence[Path] = ()
) -> tuple[Measure, ...]:
    """The measures of these names, in the order of `METRIC_NAMES`.

    Args:
        names: Names of metrics, from `METRIC_NAMES`.
        height: Height of the frames in pixels; a measure whose minimum is not reached is absent.
        width: Width of the frames in pixels.
        lpips_weights: See `midframe.evaluation.metrics.lpips.PerceptualDistance`.
        purpose: What measures, as the beginning of a sentence.

    Raises:
        OptionError: An unknown name, or none; LPIPS without weights; or the libraries that measure are not installed.
        WeightsError: The weights of LPIPS cannot be used.
    """
    unknown = [name for name in names if name not in METRIC_NAMES]
    if unknown or not names:
        known = ", ".join(METRIC_NAMES)
        given = ", ".join(unknown)
        raise OptionError(f"Metrics are {known}; {given or 'nothing'} is not one of them.", option="metrics")
    require_libraries(names, "Evaluating")
    require_lpips_weights(names, lpips_weights)
    side = min(height, width)
    makers: dict[str, Callable[[int], Measure]] = {**_MAKERS, "lpips": partial(_lpips, lpips_weights)}
    return tuple(makers[name](side) for name in METRIC_NAMES if name in names)


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


def _lpips(files: Sequence[Path], side: int) -> Measure:
    prepare_torch()
    from midframe.evaluation.metrics.lpips import LPIPS, PerceptualDistance

    distance = PerceptualDistance(files)
    return _with_minimum(Measure(LPIPS, of_frame_pair(distance)), distance.smallest_side, side)


def _sharpness(_: int) -> Measure:
    from midframe.evaluation.metrics.sharpness import SHARPNESS_RATIO, sharpness

    return Measure(SHARPNESS_RATIO, of_frame_pair(sharpness))


def _temporal(_: int) -> Measure:
    from midframe.evaluation.metrics.temporal import MOTION_ERROR, motion_error

    return Measure(MOTION_ERROR, motion_error)


_MAKERS: Mapping[str, Callable[[int], Measure]] = {
    "psnr": _psnr,
    "ssim": _ssim,
    "ms_ssim": _multiscale_ssim,
    "sharpness": _sharpness,
    "tof": _temporal,
}
"""How the measure of each metric is made for frames whose smaller side has that many pixels. Libraries are imported
where they are needed: that of MS-SSIM brings torch."""


def _with_minimum(measure: Measure, minimum: int, side: int) -> Measure:
    """The measure, or an absent one where frames are smaller than its minimum."""
    if side >= minimum:
        return measure
    reason = f"frames must be at least {minimum} pixels high and wide"
    return Measure(replace(measure.metric, absent=reason), None)
