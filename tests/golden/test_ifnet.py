"""The reference network against outputs of the public implementations.

The golden outputs are `round(65535 · clip(x, 0, 1))`: half a step is 7.6e-6. Two eager float32 implementations
differ by about 1e-6 besides, more where a flow near a whole pixel falls to the other side of it; so:

* 1e-3 anywhere and 1e-4 on average is what any engine must meet, restructured ones included;
* 5e-5 anywhere and 5e-6 on average is what this reference meets (worst seen: 1.6e-5, and 3.9e-6, which is all
  quantisation), so that a change of the reference shows long before the promise is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tests.support.golden import GoldenArray
from tests.support.random_weights import CASES, cached_network
from torch import Tensor

from midframe.models.checkpoints import load_checkpoint
from midframe.models.rife.architecture import require_rife
from midframe.models.rife.network import IFNet
from midframe.models.rife.spec import Spec, spec_for_version

PROMISED_WORST, PROMISED_MEAN = 1e-3, 1e-4
REFERENCE_WORST, REFERENCE_MEAN = 5e-5, 5e-6


def image(golden: Mapping[str, GoldenArray], key: str) -> Tensor:
    return torch.from_numpy(golden[key] / np.float32(255)).unsqueeze(0)


def drawn(
    network: IFNet, image0: Tensor, image1: Tensor, time: float, *, ensemble: bool = False
) -> NDArray[np.float32]:
    multiple = network.spec.pad_multiple()
    height, width = image0.shape[-2:]
    padding = (0, -width % multiple, 0, -height % multiple)
    with torch.inference_mode():
        result = network(F.pad(image0, padding), F.pad(image1, padding), time, ensemble=ensemble)
    picture: NDArray[np.float32] = result[0, :, :height, :width].clamp(0, 1).numpy()
    return picture


def require_close(result: NDArray[np.float32], wanted: GoldenArray) -> None:
    difference = np.abs(result - wanted / 65535.0)
    assert difference.max() < PROMISED_WORST
    assert difference.mean() < PROMISED_MEAN
    assert difference.max() < REFERENCE_WORST
    assert difference.mean() < REFERENCE_MEAN


@pytest.mark.parametrize(("spec", "ensemble"), CASES)
def test_random_weights_draw_the_golden_frame(golden: Mapping[str, GoldenArray], spec: Spec, ensemble: bool) -> None:
    network = cached_network(spec)
    result = drawn(network, image(golden, "img0"), image(golden, "img1"), 0.5, ensemble=ensemble)
    require_close(result, golden[f"v{spec.name}{'_ensemble' * ensemble}"])


@pytest.mark.parametrize("time", [0.25, 0.5])
def test_real_weights_draw_the_golden_frame(
    golden: Mapping[str, GoldenArray], real_checkpoint_425: Path, time: float
) -> None:
    checkpoint = load_checkpoint(real_checkpoint_425)
    model = require_rife(checkpoint.model)
    assert model.spec is spec_for_version("4.25")
    result = drawn(model.network(), image(golden, "real0"), image(golden, "real1"), time)
    require_close(result, golden[f"real_4.25_t{time}"])


def test_every_golden_array_has_a_test(golden: Mapping[str, GoldenArray]) -> None:
    tested = set()
    for case in CASES:
        spec, ensemble = case.values
        assert isinstance(spec, Spec)
        tested.add(f"v{spec.name}{'_ensemble' if ensemble else ''}")
    assert set(golden) == tested | {"img0", "img1", "real0", "real1", "real_4.25_t0.25", "real_4.25_t0.5"}


def test_the_comparison_notices_another_time(golden: Mapping[str, GoldenArray], real_checkpoint_425: Path) -> None:
    """The tolerance must not be so wide that a wrong frame passes."""
    network = require_rife(load_checkpoint(real_checkpoint_425).model).network()
    result = drawn(network, image(golden, "real0"), image(golden, "real1"), 0.49)
    with pytest.raises(AssertionError):
        require_close(result, golden["real_4.25_t0.5"])
