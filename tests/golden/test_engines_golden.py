"""Faster engines against outputs of the public implementations: 1e-3 anywhere, 1e-4 on average.

Flow and mask are compared with the published outputs everywhere: blended as published, with what frames are padded
with, they give these. The engines' own blend has the frame's nearest pixel outside it, and is compared with the
published outputs wherever both warped samples lie inside.

Against the reference network in this repository they are held closer: see tests/unit/engines/test_parity.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tests.support.engines import fast, model_of
from tests.support.golden import GoldenArray
from tests.support.random_weights import CASES, cached_network
from tests.support.vulkan import vulkan_device

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.ncnn.entry import NcnnEntry
from midframe.engines.protocols import EngineFrame, MotionEngine
from midframe.engines.torch.engine import TorchEngine
from midframe.models.checkpoints import load_checkpoint
from midframe.models.rife.architecture import require_rife
from midframe.models.rife.network import IFNet, blend, warp
from midframe.models.rife.spec import Spec

WORST, MEAN = 1e-3, 1e-4
# Half a step of the stored values is 7.6e-6, and on average 3.8e-6; this is what is met with some room.
USUAL_WORST, USUAL_MEAN = 1e-4, 6e-6
LEAST_INSIDE = 0.5
"""Share of the pixels. Random weights lead far."""


def restructured(network: IFNet, ensemble: bool) -> MotionEngine[Any]:
    return TorchEngine(network, torch.device("cpu"), fast(ensemble=ensemble))


def fused(network: IFNet, ensemble: bool) -> MotionEngine[Any]:
    kernels = load_kernels()
    if kernels is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    return CpuEngine(model_of(network), kernels, fast(ensemble=ensemble))


def on_vulkan(network: IFNet, ensemble: bool) -> MotionEngine[Any]:
    engine = NcnnEntry().make(model_of(network), fast(device=vulkan_device().name, ensemble=ensemble))
    assert isinstance(engine, MotionEngine)
    return engine


MakeEngine = Callable[[IFNet, bool], MotionEngine[Any]]
BOTH = pytest.mark.parametrize("make", [restructured, fused])


class Interpolated(NamedTuple):
    """A frame twice, (3, height, width) in [0, 1], and where both must be the same, (height, width)."""

    as_published: NDArray[np.float32]
    by_engine: NDArray[np.float32]
    inside: NDArray[np.bool_]


def interpolated(engine: MotionEngine[Any], images: list[GoldenArray], time: float) -> Interpolated:
    planes = [image.astype(np.float32) / np.float32(255) for image in images]
    views = [np.ascontiguousarray(each.transpose(1, 2, 0)) for each in planes]
    left, right = (engine.encode(EngineFrame(view, view)) for view in views)
    motion = engine.motion(left, right, time)
    flow, mask = (torch.as_tensor(np.asarray(array)) for array in (motion.flow, motion.mask))
    height, width = planes[0].shape[1:]
    padding = (0, flow.shape[3] - width, 0, flow.shape[2] - height)
    padded = [F.pad(torch.from_numpy(each).unsqueeze(0), padding) for each in planes]
    blended = blend(warp(padded[0], flow[:, :2]), warp(padded[1], flow[:, 2:]), mask)
    down, across = np.mgrid[:height, :width]
    inside = np.ones((height, width), bool)
    for x, y in (flow[0, :2].numpy(), flow[0, 2:].numpy()):
        column, row = across + x[:height, :width], down + y[:height, :width]
        inside &= (column >= 0) & (column <= width - 1) & (row >= 0) & (row <= height - 1)
    by_engine = np.clip(engine.between(left, right, [time])[0], 0, 1).transpose(2, 0, 1)
    return Interpolated(blended[0, :, :height, :width].clamp(0, 1).numpy(), by_engine, inside)


def require_golden(result: Interpolated, wanted: GoldenArray) -> None:
    require_close(result.as_published, wanted)
    assert result.inside.mean() > LEAST_INSIDE
    require_close(result.by_engine[:, result.inside], wanted[:, result.inside])


def require_close(result: NDArray[np.float32], wanted: GoldenArray) -> None:
    difference = np.abs(result - wanted / 65535.0)
    assert difference.max() < WORST
    assert difference.mean() < MEAN
    assert difference.max() < USUAL_WORST
    assert difference.mean() < USUAL_MEAN


@pytest.mark.parametrize(("spec", "ensemble"), CASES)
@BOTH
def test_random_weights_draw_the_golden_frame(
    golden: Mapping[str, GoldenArray], make: MakeEngine, spec: Spec, ensemble: bool
) -> None:
    engine = make(cached_network(spec), ensemble)
    result = interpolated(engine, [golden["img0"], golden["img1"]], 0.5)
    require_golden(result, golden[f"v{spec.name}{'_ensemble' * ensemble}"])


@pytest.mark.parametrize("time", [0.25, 0.5])
@pytest.mark.parametrize("make", [restructured, fused, on_vulkan])
def test_real_weights_draw_the_golden_frame(
    golden: Mapping[str, GoldenArray], real_checkpoint_425: Path, make: MakeEngine, time: float
) -> None:
    engine = make(require_rife(load_checkpoint(real_checkpoint_425).model).network(), False)
    result = interpolated(engine, [golden["real0"], golden["real1"]], time)
    require_golden(result, golden[f"real_4.25_t{time}"])


@BOTH
def test_the_comparison_notices_another_time(
    golden: Mapping[str, GoldenArray], real_checkpoint_425: Path, make: MakeEngine
) -> None:
    engine = make(require_rife(load_checkpoint(real_checkpoint_425).model).network(), False)
    result = interpolated(engine, [golden["real0"], golden["real1"]], 0.49)
    wanted = golden["real_4.25_t0.5"]
    with pytest.raises(AssertionError):
        require_close(result.as_published, wanted)
    with pytest.raises(AssertionError):
        require_close(result.by_engine[:, result.inside], wanted[:, result.inside])
