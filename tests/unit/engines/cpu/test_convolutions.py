"""Another device for the convolutions, played by the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.engines import encode_pair, fast, random_model
from tests.support.random_weights import narrow
from tests.unit.engines.test_parity import moving_pair

from midframe.engines.cpu.blocks import CpuBlocks, Work
from midframe.engines.cpu.convolutions import Convolutions
from midframe.engines.cpu.encoder import CpuEncoder
from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import Kernels
from midframe.engines.failures import out_of_memory
from midframe.errors import OutOfMemoryError
from midframe.models.rife.architecture import RifeModel


@pytest.fixture(scope="module")
def model() -> RifeModel:
    return random_model(narrow("4.25"))


class CountingBlocks(CpuBlocks):
    """Notes what is run."""

    def __init__(self, model: RifeModel, kernels: Kernels) -> None:
        super().__init__(model, kernels)
        self.runs: list[Work] = []

    def run(self, work: Work, corners: NDArray[np.float32]) -> None:
        self.runs.append(work)
        super().run(work, corners)


def played(model: RifeModel, kernels: Kernels, **changes: Any) -> tuple[CpuEngine, CountingBlocks]:
    blocks = CountingBlocks(model, kernels)
    convolutions = Convolutions(blocks, CpuEncoder(model.spec, model.tensors, kernels), "gpu:0", "gpu:0 (A Card)")
    return CpuEngine(model, kernels, fast(**changes), convolutions), blocks


def test_they_are_run_in_the_place_of_the_kernels_own(model: RifeModel, kernels: Kernels) -> None:
    engine, blocks = played(model, kernels)
    plain = CpuEngine(model, kernels, fast())
    frames = moving_pair(70, 90)
    (frame,), (wanted,) = (each.between(*encode_pair(each, frames), [0.4]) for each in (engine, plain))
    np.testing.assert_array_equal(frame, wanted)
    assert [work.index for work in blocks.runs] == list(range(5))
    assert [work.scale for work in blocks.runs] == list(model.spec.scales)
    assert [work.size for work in blocks.runs] == [(128 // scale, 128 // scale) for scale in model.spec.scales]


def test_the_precision_is_theirs(model: RifeModel, kernels: Kernels) -> None:
    """The engine leaves out nothing that they are to compute."""
    engine, blocks = played(model, kernels, precision="fast")
    engine.between(*encode_pair(engine, moving_pair(70, 90)), [0.4])
    assert all(work.tiles is None for work in blocks.runs)


def test_the_device_is_named(model: RifeModel, kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, blocks = played(model, kernels)
    assert engine.device_name == "gpu:0 (A Card)"
    pair = encode_pair(engine, moving_pair(70, 90))

    def fail(work: Work, corners: NDArray[np.float32]) -> None:
        raise out_of_memory("gpu:0")

    monkeypatch.setattr(blocks, "run", fail)
    with pytest.raises(OutOfMemoryError, match=r"^Out of memory on gpu:0: .*, or use `device=cpu`\.$"):
        engine.between(*pair, [0.5])

    def exhaust(work: Work, corners: NDArray[np.float32]) -> None:
        raise MemoryError

    monkeypatch.setattr(blocks, "run", exhaust)
    with pytest.raises(OutOfMemoryError, match=r"^Out of memory on gpu:0: "):
        engine.between(*pair, [0.5])
