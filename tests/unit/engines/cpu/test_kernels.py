"""Single kernels against torch, and how the library is chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from ctypes import byref
from math import prod

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from midframe.engines.cpu import passes
from midframe.engines.cpu.allocation import LARGE, Pool, zeros
from midframe.engines.cpu.buffers import PaddedBuffer
from midframe.engines.cpu.kernels.library import (
    Kernels,
    address,
    load_library,
    supported_instruction_sets,
)
from midframe.engines.cpu.weights import Kind, PackedConvolution, padded_channels
from midframe.engines.folding import Convolution


def random_buffer(height: int, width: int, channels: int, used: int) -> PaddedBuffer:
    buffer = PaddedBuffer(height, width, channels)
    buffer.pixels[:, :, :used] = np.random.default_rng(1).standard_normal((height, width, used), np.float32)
    return buffer


def random_convolution(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1, activated: bool = True
) -> Convolution:
    random = np.random.default_rng(2)
    weight = random.standard_normal((outputs, inputs // groups, kernel, kernel), np.float32)
    weight /= np.float32(3 * inputs**0.5)
    slopes = random.random(outputs, np.float32) if activated else None
    return Convolution(weight, random.standard_normal(outputs, np.float32), stride, groups, slopes)


def by_torch(buffer: PaddedBuffer, used: int, layer: Convolution) -> NDArray[np.float32]:
    planes = torch.from_numpy(buffer.pixels[:, :, :used]).permute(2, 0, 1).unsqueeze(0)
    weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
    result = F.conv2d(planes, weight, bias, stride=layer.stride, padding=1, groups=layer.groups)
    if layer.slopes is not None:
        result = F.prelu(result, torch.from_numpy(layer.slopes))
    return result[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("height", "width", "inputs", "outputs", "groups"),
    [
        (4, 4, 16, 16, 1),
        (1, 1, 16, 16, 1),
        (5, 7, 24, 24, 1),
        (30, 60, 16, 16, 1),
        (9, 41, 64, 64, 2),
        (64, 90, 8, 8, 1),
    ],
)
@pytest.mark.parametrize("with_skip", [False, True])
def test_winograd(
    kernels: Kernels, height: int, width: int, inputs: int, outputs: int, groups: int, threads: int, with_skip: bool
) -> None:
    stored = padded_channels(inputs, kernels.lanes)
    source = random_buffer(height, width, stored, inputs)
    layer = random_convolution(inputs, outputs, 3, groups=groups)
    packed = PackedConvolution(layer, "trunk", kernels, stored)
    memory = zeros(prod(PaddedBuffer.shape(height, width, packed.outputs)))
    target = PaddedBuffer(height, width, packed.outputs, memory)
    scratch = zeros(kernels.winograd_scratch(stored, height, width, False, threads))
    kernels.winograd(
        byref(packed.struct),
        source.with_border,
        source.pitch,
        target.inside,
        target.pitch,
        source.inside if with_skip else None,
        height,
        width,
        None,
        0,
        address(scratch),
        threads,
    )
    wanted = by_torch(source, inputs, layer)
    if with_skip:
        wanted = wanted + source.pixels[:, :, :outputs]
    np.testing.assert_allclose(target.pixels[:, :, :outputs], wanted, atol=1e-4, rtol=0)
    assert not target.pixels[:, :, outputs:].any()
    assert np.count_nonzero(memory) == np.count_nonzero(target.pixels)  # the border is still zero


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (7, 9), (16, 130)])
@pytest.mark.parametrize(("inputs", "outputs"), [(3, 16), (28, 8), (16, 24), (12, 12)])
def test_strided(kernels: Kernels, height: int, width: int, inputs: int, outputs: int) -> None:
    source = random_buffer(height, width, inputs, inputs)
    layer = random_convolution(inputs, outputs, 3, stride=2)
    packed = PackedConvolution(layer, "strided", kernels, inputs)
    wanted = by_torch(source, inputs, layer)
    target = PaddedBuffer(wanted.shape[0], wanted.shape[1], packed.outputs)
    kernels.convolve_strided(
        byref(packed.struct),
        source.with_border,
        source.pitch,
        target.inside,
        target.pitch,
        target.height,
        target.width,
        2,
    )
    np.testing.assert_allclose(target.pixels[:, :, :outputs], wanted, atol=1e-4, rtol=0)
    assert not target.pixels[:, :, outputs:].any()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (7, 9), (16, 130), (95, 64)])
@pytest.mark.parametrize(("inputs", "outputs"), [(16, 32), (48, 96), (32, 12)])
def test_winograd_strided(kernels: Kernels, height: int, width: int, inputs: int, outputs: int, threads: int) -> None:
    source = random_buffer(height, width, inputs, inputs)
    layer = random_convolution(inputs, outputs, 3, stride=2)
    packed = PackedConvolution(layer, "winograd strided", kernels, inputs)
    wanted = by_torch(source, inputs, layer)
    target = PaddedBuffer(wanted.shape[0], wanted.shape[1], packed.outputs)
    passes.winograd_strided(kernels, packed, source, target, threads)
    np.testing.assert_allclose(target.pixels[:, :, :outputs], wanted, atol=1e-4, rtol=0)
    assert not target.pixels[:, :, outputs:].any()


@pytest.mark.parametrize("kind", ["corners", "winograd corners"])
@pytest.mark.parametrize("threads", [2])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (8, 12), (50, 61)])
@pytest.mark.parametrize("outputs", [20, 80])
def test_corners(kernels: Kernels, kind: Kind, height: int, width: int, outputs: int, threads: int) -> None:
    source = random_buffer(height, width, 16, 16)
    layer = random_convolution(16, outputs, 2, activated=False)
    packed = PackedConvolution(layer, kind, kernels, 16)
    corners = np.full((height + 1, width + 1, packed.outputs), np.nan, np.float32)
    convolve = passes.corners if kind == "corners" else passes.winograd_corners
    convolve(kernels, packed, source, corners, threads)
    np.testing.assert_allclose(corners[:, :, :outputs], by_torch(source, 16, layer), atol=1e-4, rtol=0)


class TestMemory:
    def test_large_arrays_are_zero_and_aligned(self) -> None:
        array = zeros(LARGE // 4, 2)
        assert array.shape == (LARGE // 4, 2)
        assert not array.any()
        assert address(array) % 64 == 0
        array[:] = 1

    def test_pool_reuses_what_its_owner_dropped(self) -> None:
        class Owner:
            pass

        pool, owner = Pool(), Owner()
        array = pool.take(4, 5)
        where = address(array)
        pool.give_back_with(owner, array)
        del array
        assert address(pool.take(4, 5)) != where
        del owner
        assert pool.take(3, 5).shape == (3, 5)
        assert address(pool.take(4, 5)) == where


def in_a_process(code: str, **variables: str) -> str:
    environment = os.environ | variables
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


CHOICE = """
import logging
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
from midframe.engines.cpu.kernels.library import load_kernels
kernels = load_kernels()
load_kernels()
print(kernels.name if kernels else None)
"""


class TestChoice:
    def test_switched_off(self) -> None:
        assert in_a_process(CHOICE, MIDFRAME_KERNELS="off") == "None"

    def test_at_most_the_named_one(self) -> None:
        if load_library("baseline") is None:
            pytest.skip("the kernels are not built")
        assert in_a_process(CHOICE, MIDFRAME_KERNELS="baseline") == "baseline"

    def test_missing_kernels_are_said_once(self) -> None:
        code = f"import midframe.engines.cpu.kernels.library as library\nlibrary.SUFFIX = '.none'\n{CHOICE}"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"MIDFRAME_KERNELS": ""},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert done.stdout.strip() == "None"
        assert done.stderr.count("WARNING The fast CPU kernels are not installed") == 1

    def test_no_openmp_and_no_torch(self) -> None:
        if load_library("baseline") is None:
            pytest.skip("the kernels are not built")
        code = f"import sys\n{CHOICE}\nprint('torch' in sys.modules)"
        name, with_torch = in_a_process(code, MIDFRAME_KERNELS="").splitlines()
        assert name == supported_instruction_sets()[-1]
        assert with_torch == "False"
