"""Qualities beyond "fast" for engines that compute none themselves. Importing this does not load torch."""

from __future__ import annotations

from typing import Any

from midframe.engines.options import Quality
from midframe.engines.protocols import MotionEngine
from midframe.errors import OptionError
from midframe.extras import has_torch, prepare_torch


def refined(engine: MotionEngine[Any], quality: Quality) -> MotionEngine[Any]:
    """An engine with a quality: itself for "fast", else with an engine around it.

    The CPU kernels compare frames and balance motions, or torch where there are no kernels. Either way the motions
    come to the CPU for that.

    Args:
        engine: Its motions are numpy arrays, or others on the CPU that have DLPack, as the network estimates them.
        quality: The quality.

    Raises:
        OptionError: A quality beyond "fast", and there is neither.
    """
    if quality == "fast":
        return engine
    from midframe.engines.cpu.kernels.library import load_kernels, no_kernels

    kernels = load_kernels()
    if kernels is not None:
        from midframe.engines.cpu.refined import RefinedEngine

        return RefinedEngine(engine, kernels, several=quality == "best")
    if not has_torch():
        raise OptionError(
            f"`quality={quality}` needs the CPU kernels, {no_kernels()}: use `quality=fast`.", option="quality"
        )
    prepare_torch()
    from midframe.engines.torch.quality import QualityEngine

    return QualityEngine(engine, several=quality == "best")
