from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.support.random_weights import random_tensors

from midframe.engines import registry
from midframe.engines.cpu.bfloat16 import computes_in_bfloat16
from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.registry import make_engine
from midframe.engines.torch.engine import TorchEngine
from midframe.errors import OptionError
from midframe.models.checkpoints import Checkpoint
from midframe.models.rife.spec import spec_for_version

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    spec = spec_for_version("4.15.lite")
    return Checkpoint(Path("random"), "", spec, random_tensors(spec))


def test_fused_where_there_are_kernels(checkpoint: Checkpoint) -> None:
    kernels = load_kernels()
    if kernels is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    engine = make_engine(checkpoint, CPU)
    assert isinstance(engine, CpuEngine)
    assert kernels.name in engine.device_name


def test_torch_where_there_are_none(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load_kernels", lambda: None)
    assert isinstance(make_engine(checkpoint, CPU), TorchEngine)


def test_other_devices_get_torch_without_asking_for_kernels(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(registry, "load_kernels")
    assert isinstance(make_engine(checkpoint, torch.device("meta")), TorchEngine)


def test_fast_is_exact_without_bfloat16(checkpoint: Checkpoint) -> None:
    if load_kernels() is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    engine = make_engine(checkpoint, CPU, precision="fast")
    assert ("bfloat16" in engine.device_name) == computes_in_bfloat16()


def test_options_are_checked(checkpoint: Checkpoint) -> None:
    with pytest.raises(OptionError, match="flow scale"):
        make_engine(checkpoint, CPU, flow_scale=3)


def test_bfloat16_is_not_asked_of_a_masked_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    assert not computes_in_bfloat16()
