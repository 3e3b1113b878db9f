"""Faster engines against outputs of the public implementations: 1e-3 anywhere, 1e-4 on average.

Against the reference network in this repository they are held closer: see tests/unit/engines/test_parity.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import fast, model_of
from tests.support.golden import GoldenArray
from tests.support.random_weights import CASES, cached_network

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.torch.engine import TorchEngine
from midframe.models.checkpoints import load_checkpoint
from midframe.models.rife.architecture import require_rife
from midframe.models.rife.network import IFNet
from midframe.models.rife.spec import Spec

WORST, MEAN = 1e-3, 1e-4
# Half a step of the stored values is 7.6e-6, and on average 3.8e-6; this is what is met with some room.
USUAL_WORST, USUAL_MEAN = 1e-4, 6e-6


def restructured(network: IFNet, ensemble: bool) -> Engine[Any]:
    return TorchEngine(network, torch.device("cpu"), fast(ensemble=ensemble))


def fused(network: IFNet, ensemble: bool) -> Engine[Any]:
    kernels = load_kernels()
    if kernels is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    return CpuEngine(model_of(network), kernels, fast(ensemble=ensemble))


MakeEngine = Callable[[IFNet, bool], Engine[Any]]
BOTH = pytest.mark.parametrize("make", [restructured, fused])


def drawn(engine: Engine[Any], images: list[GoldenArray], time: float) -> NDArray[np.float32]:
    views = [np.ascontiguousarray((image.astype(np.float32) / np.float32(255)).transpose(1, 2, 0)) for image in images]
    left, right = (engine.encode(EngineFrame(view, view)) for view in views)
    return np.clip(engine.between(left, right, [time])[0], 0, 1).transpose(2, 0, 1)


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
    result = drawn(engine, [golden["img0"], golden["img1"]], 0.5)
    require_close(result, golden[f"v{spec.name}{'_ensemble' * ensemble}"])


@pytest.mark.parametrize("time", [0.25, 0.5])
@BOTH
def test_real_weights_draw_the_golden_frame(
    golden: Mapping[str, GoldenArray], real_checkpoint_425: Path, make: MakeEngine, time: float
) -> None:
    engine = make(require_rife(load_checkpoint(real_checkpoint_425).model).network(), False)
    result = drawn(engine, [golden["real0"], golden["real1"]], time)
    require_close(result, golden[f"real_4.25_t{time}"])


@BOTH
def test_the_comparison_notices_another_time(
    golden: Mapping[str, GoldenArray], real_checkpoint_425: Path, make: MakeEngine
) -> None:
    engine = make(require_rife(load_checkpoint(real_checkpoint_425).model).network(), False)
    result = drawn(engine, [golden["real0"], golden["real1"]], 0.49)
    with pytest.raises(AssertionError):
        require_close(result, golden["real_4.25_t0.5"])
