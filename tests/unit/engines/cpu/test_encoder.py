"""The encoder in strips against the encoder on whole frames."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.random_weights import random_tensors

from midframe.engines.cpu import encoder
from midframe.engines.cpu.encoder import CpuEncoder, strip_sizes
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.cpu.weights import InputLayout
from midframe.models.rife.spec import spec_for_version


@pytest.mark.parametrize("version", ["4.7", "4.10", "4.25"])
@pytest.mark.parametrize("rows", [8, 64, 104, 200, 256])
def test_strips_equal_the_whole_bit_by_bit(monkeypatch: pytest.MonkeyPatch, version: str, rows: int) -> None:
    kernels = load_kernels()
    if kernels is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    spec = spec_for_version(version)
    packed = CpuEncoder(spec, random_tensors(spec), kernels)
    view = np.random.default_rng(0).random((250, 61, 3), np.float32)
    frames = []
    for pixels in (1 << 22, rows * 64):
        monkeypatch.setattr(encoder, "STRIP_PIXELS", pixels)
        frame = np.full((256, 64, InputLayout.of(spec).lanes), np.nan, np.float32)
        packed.run(view, frame, 1)
        frames.append(frame)
    assert np.isfinite(frames[0]).all()
    assert np.array_equal(frames[0], frames[1])


def test_frames_up_to_full_hd_are_one_strip() -> None:
    assert strip_sizes(1088, 1920) == (1088, 1088)
    assert strip_sizes(4352, 7680) == (544, 592)
    assert strip_sizes(8704, 15360) == (272, 320)
