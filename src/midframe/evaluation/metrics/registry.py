"""All measures, by name."""

from __future__ import annotations

from collections.abc import Sequence

from midframe.errors import OptionError
from midframe.evaluation.metrics.protocol import Measure

METRIC_NAMES = ("psnr", "ssim", "ms_ssim", "lpips", "sharpness", "tof")
"""In the order of tables; the first that is measured decides which frames are the worst."""


def make_measures(names: Sequence[str], height: int, width: int) -> tuple[Measure, ...]:
    """The measures of these names, in the order of `METRIC_NAMES`.

    Args:
        names: Of `METRIC_NAMES`.
        height: Of the frames, in pixels: some need a minimum, and say in their metric's `absent` if it is not reached.
        width: Likewise.

    Raises:
        OptionError: An unknown name, or none; or the libraries that measure are not installed.
    """
    unknown = [name for name in names if name not in METRIC_NAMES]
    if unknown or not names:
        known = ", ".join(METRIC_NAMES)
        given = ", ".join(unknown)
        raise OptionError(f"Metrics are {known}; {given or 'nothing'} is not one of them.")
    try:
        from midframe.evaluation.metrics.lpips import Lpips
        from midframe.evaluation.metrics.multiscale import MultiscaleSsim
        from midframe.evaluation.metrics.psnr import Psnr
        from midframe.evaluation.metrics.sharpness import Sharpness
        from midframe.evaluation.metrics.ssim import Ssim
        from midframe.evaluation.metrics.temporal import MotionError
    except ModuleNotFoundError as error:
        raise OptionError(f"Evaluating needs more libraries: {INSTALL}") from error
    made: tuple[Measure, ...] = (
        Psnr(),
        Ssim(height, width),
        MultiscaleSsim(height, width),
        Lpips(),
        Sharpness(),
        MotionError(),
    )
    return tuple(measure for measure in made if measure.metric.name in names)


INSTALL = 'pip install "midframe[evaluate]".'
"""How to get them."""
