"""Restructured and fused forms against the reference network, on narrow networks and frames that move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST, fast
from tests.support.random_weights import random_network

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.options import FLOW_SCALES
from midframe.engines.protocols import EngineFrame, MotionEngine
from midframe.engines.restructured import RestructuredNetwork
from midframe.engines.torch.engine import TorchEngine
from midframe.models.rife.network import RETRY_THRESHOLD, IFNet
from midframe.models.rife.spec import ROWS, Spec, spec_for_version

CPU = torch.device("cpu")
FLOW_TOLERANCE = 2e-4
"""Pixels. Seen: up to 3e-5, with flows of tens of pixels."""

ENSEMBLES = [(row, ensemble) for row in ROWS for ensemble in (False, True) if row.ensemble or not ensemble]


def narrow(row: Spec) -> Spec:
    # Groups must be whole vectors.
    widths = [32] * 5 if row.groups > 1 else [32, 24, 16, 24, 16]
    return replace(row, widths=tuple(widths[: len(row.widths)]))


def moving_pair(height: int, width: int) -> tuple[EngineFrame, EngineFrame]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)

    def view(shift: float) -> NDArray[np.float32]:
        waves = [np.sin((x - shift) / period) * np.cos(y / (period + 3)) for period in (5, 9, 17)]
        return (np.stack(waves, axis=-1) / 2 + 0.5).astype(np.float32)

    first, second = view(0), view(6)
    return EngineFrame(first, first), EngineFrame(second, second)


def require_same_motion(
    wanted: MotionEngine[Any], engine: MotionEngine[Any], frames: tuple[EngineFrame, EngineFrame]
) -> None:
    motions = []
    for each in (wanted, engine):
        left, right = map(each.encode, frames)
        motions.append(each.motion(left, right, 0.4))
    assert motions[0].flow.abs().max() > 0.01
    torch.testing.assert_close(motions[1].flow, motions[0].flow, atol=FLOW_TOLERANCE, rtol=0)
    torch.testing.assert_close(motions[1].mask, motions[0].mask, atol=FLOW_TOLERANCE, rtol=0)


def fused(network: IFNet, **options: Any) -> CpuEngine:
    kernels = load_kernels()
    if kernels is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    return CpuEngine(network, kernels, fast(**options))


@pytest.mark.parametrize("flow_scale", FLOW_SCALES)
@pytest.mark.parametrize(("row", "ensemble"), ENSEMBLES, ids=lambda value: getattr(value, "name", str(value)))
def test_every_row_at_every_flow_scale(row: Spec, ensemble: bool, flow_scale: float) -> None:
    network = random_network(narrow(row))
    frames = moving_pair(70, 90)
    reference = TorchEngine(network, CPU, fast(flow_scale=flow_scale, ensemble=ensemble), form="reference")
    require_same_motion(reference, TorchEngine(network, CPU, fast(flow_scale=flow_scale, ensemble=ensemble)), frames)
    require_same_motion(reference, fused(network, flow_scale=flow_scale, ensemble=ensemble), frames)


@pytest.mark.parametrize("ensemble", [False, True])
@pytest.mark.parametrize("size", [(64, 96), (96, 160), (32, 32)])
def test_retry_at_doubled_scales(size: tuple[int, int], ensemble: bool) -> None:
    """A second block that sees huge motion everywhere makes 4.0 start again, at sizes its strides do not divide."""
    network = random_network(narrow(spec_for_version("4.0")))
    with torch.no_grad():
        bias = network.blocks[1].lastconv.bias
        assert isinstance(bias, torch.Tensor)
        bias[0:4] += (RETRY_THRESHOLD + 2) / 8
    frames = moving_pair(*size)
    reference = TorchEngine(network, CPU, fast(ensemble=ensemble), form="reference")
    require_same_motion(reference, TorchEngine(network, CPU, fast(ensemble=ensemble)), frames)
    require_same_motion(reference, fused(network, ensemble=ensemble), frames)


def test_retry_needs_both_halves() -> None:
    network = random_network(narrow(spec_for_version("4.0")))
    with torch.no_grad():
        bias = network.blocks[1].lastconv.bias
        assert isinstance(bias, torch.Tensor)
        bias[0:2] += (RETRY_THRESHOLD + 2) / 8
    frames = moving_pair(64, 64)
    reference = TorchEngine(network, CPU, FAST, form="reference")
    require_same_motion(reference, TorchEngine(network, CPU, FAST), frames)
    require_same_motion(reference, fused(network), frames)


def test_restructured_network_has_gradients() -> None:
    network = RestructuredNetwork(random_network(narrow(spec_for_version("4.25"))))
    left, right = (
        torch.from_numpy(frame.view).permute(2, 0, 1).unsqueeze(0).clone().requires_grad_()
        for frame in moving_pair(64, 64)
    )
    flow, mask = network.motion(left, right, network.features(left), network.features(right), 0.5)
    (flow.sum() + mask.sum()).backward()  # type: ignore[no-untyped-call]
    assert left.grad is not None
    assert left.grad.abs().max() > 0
