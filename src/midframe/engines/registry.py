"""Which engine runs a network on a device."""

from __future__ import annotations

from typing import Any

import torch

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.protocols import Engine, Precision
from midframe.engines.quality import Quality, QualityEngine
from midframe.engines.torch.engine import TorchEngine
from midframe.models.checkpoints import Checkpoint


def make_engine(
    checkpoint: Checkpoint,
    device: torch.device,
    *,
    flow_scale: float = 1.0,
    precision: Precision = "exact",
    ensemble: bool = False,
    strips: int = 1,
    quality: Quality = "fast",
) -> Engine[Any]:
    """The fastest engine there is: the fused one on a CPU that has its kernels, torch elsewhere.

    Args:
        checkpoint: The weights.
        device: See `midframe.engines.devices.resolve_device`.
        flow_scale: One of `midframe.models.rife.spec.FLOW_SCALES`.
        precision: "fast" shortens convolutions where the device gains by it; else the same as "exact".
        ensemble: Average with the time-reversed estimate.
        strips: See `midframe.engines.protocols.Engine`.
        quality: See `midframe.engines.quality.Quality`.

    Raises:
        OptionError: A flow scale that is not allowed, or ensemble for a version that has none.
        EngineError: The network does not fit on the device.
    """
    network = checkpoint.network()
    kernels = load_kernels() if device.type == "cpu" else None
    if kernels is None:
        plain = TorchEngine(
            network, device, flow_scale=flow_scale, precision=precision, ensemble=ensemble, strips=strips
        )
        return plain if quality == "fast" else QualityEngine(plain, several=quality == "best")
    fused = CpuEngine(
        network,
        kernels,
        flow_scale=flow_scale,
        precision=precision,
        ensemble=ensemble,
        strips=strips,
        balanced=quality == "default",
    )
    return QualityEngine(fused, several=True) if quality == "best" else fused
