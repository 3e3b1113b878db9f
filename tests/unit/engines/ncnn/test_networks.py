from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tests.support.vulkan import vulkan_device

from midframe.engines.folding import Convolution, FoldedEncoder
from midframe.engines.ncnn import networks
from midframe.engines.ncnn.chains import encoder_chain
from midframe.engines.ncnn.networks import NO_MEMORY, DeviceChain, DeviceMemory
from midframe.errors import EngineError, OutOfMemoryError

SEVERAL_SLOPES = np.array([0.1, -0.5, 2.0, 0.0, 0.3, 1.0, 0.2, -1.0], np.float32)


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


LAYERS = FoldedEncoder(
    Convolution(noise(8, 3, 3, 3), noise(8), stride=2, slopes=np.full(8, 0.2, np.float32)),
    (Convolution(noise(8, 4, 3, 3), noise(8), groups=2, slopes=SEVERAL_SLOPES),),
    Convolution(noise(12, 8, 2, 2), noise(12)),
)


def expected(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same by torch."""
    planes = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0)
    for layer in (LAYERS.first, *LAYERS.middle, LAYERS.last):
        weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
        planes = F.conv2d(planes, weight, bias, stride=layer.stride, padding=1, groups=layer.groups)
        if layer.slopes is not None:
            planes = F.prelu(planes, torch.from_numpy(layer.slopes))
    return planes[0].permute(1, 2, 0).numpy()


def require_close(output: NDArray[np.float32], wanted: NDArray[np.float32]) -> None:
    assert np.abs(output - wanted).max() <= 3e-6 * np.abs(wanted).max()


def chain(*, short: bool = False) -> DeviceChain:
    return DeviceChain(encoder_chain(LAYERS), DeviceMemory(vulkan_device()), short=short)


@pytest.mark.parametrize("size", [(32, 48), (31, 44), (1, 4)])
def test_a_chain_computes_what_torch_does(size: tuple[int, int]) -> None:
    pixels = noise(*size, 3)
    wanted = expected(pixels)
    output = np.full_like(wanted, np.nan)
    chain().run(pixels, output, 1)
    require_close(output, wanted)


def test_a_chain_runs_again_after_its_memory_was_freed() -> None:
    memory = DeviceMemory(vulkan_device())
    made = DeviceChain(encoder_chain(LAYERS), memory, short=False)
    for size in ((16, 16), (40, 24), (16, 16)):
        pixels = noise(*size, 3)
        wanted = expected(pixels)
        output = np.empty_like(wanted)
        made.run(pixels, output, 2)
        require_close(output, wanted)
        memory.release()


def test_sixteen_bits_are_less_exact() -> None:
    pixels = noise(32, 48, 3)
    wanted = expected(pixels)
    output = np.empty_like(wanted)
    chain(short=True).run(pixels, output, 1)
    difference = np.abs(output - wanted).max() / np.abs(wanted).max()
    assert 1e-5 < difference < 5e-3


@pytest.mark.parametrize(
    ("sent", "received", "error", "said"),
    [
        (0, NO_MEMORY, OutOfMemoryError, r"^Out of memory on vulkan:\d: try `flow_scale=0.5`"),
        (NO_MEMORY, 0, OutOfMemoryError, "^Out of memory on "),
        (0, -1, EngineError, r"^The network failed on vulkan:\d: ncnn reports the error -1\. Restart the job"),
    ],
)
def test_errors_of_the_device(sent: int, received: int, error: type[Exception], said: str) -> None:
    made: Any = chain()
    extractor = SimpleNamespace(input=lambda name, pixels: sent, extract=lambda name: (received, None))
    made._network = SimpleNamespace(opt=SimpleNamespace(), create_extractor=lambda: extractor)
    with pytest.raises(error, match=said):
        made.run(noise(16, 16, 3), np.empty((9, 9, 12), np.float32), 1)


def test_rows_that_ncnn_would_misread_are_refused() -> None:
    with pytest.raises(AssertionError):
        chain().run(noise(31, 45, 3), np.empty((17, 24, 12), np.float32), 1)


def test_what_no_device_takes_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made, pixels = chain(), noise(16, 16, 3)
    monkeypatch.setattr(networks, "LARGEST_INPUT", pixels.nbytes - 1)
    with pytest.raises(OutOfMemoryError, match=r"try `flow_scale=0\.5`"):
        made.run(pixels, np.empty((9, 9, 12), np.float32), 1)
