"""The kernels, built for aarch64 and run under emulation, against the same calls made here.

As they are built for aarch64, they multiply and add in one step, which the baseline of x86-64 cannot; without that,
both agree to the last bit.

Needs a cross compiler and user-mode emulation; in Debian, g++-aarch64-linux-gnu and qemu-user-static.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from ctypes import POINTER
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.kernels import SOURCE, RecordedCalls

from midframe.engines.cpu.balancing import AGREEMENT_SCRATCH
from midframe.engines.cpu.kernels import library
from midframe.engines.cpu.kernels.library import (
    AgreementStruct,
    BalanceStruct,
    BlockInputStruct,
    CanvasStruct,
    ConvolutionStruct,
    EstimateStruct,
    FlowSumStruct,
    PatchCornersStruct,
    load_library,
)
from midframe.engines.cpu.selection import SIGNS

COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64-static"
THREADS = 3
HEIGHT, WIDTH = 64, 80
ROWS, COLUMNS = 61, 77
CELL_ROWS, CELL_COLUMNS = 16, 20
FEATURES, LANES, CHANNELS = 4, 8, 28
MEANT_FOR_PYTHON = {"lanes", "supported", "winograd_scratch"}
"""Functions that only answer a question."""

random = np.random.default_rng(14)


def noise(*shape: int, scale: float = 1.0) -> NDArray[np.float32]:
    return (random.standard_normal(shape) * scale).astype(np.float32)


def empty(*shape: int) -> NDArray[np.float32]:
    return np.zeros(shape, np.float32)


def bordered(height: int, width: int, channels: int) -> NDArray[np.float32]:
    """Random pixels in a border of zeros, for whole Winograd tiles."""
    buffer = empty(-(-height // 4) * 4 + 2, -(-width // 4) * 4 + 2, channels)
    buffer[1 : height + 1, 1 : width + 1] = noise(height, width, channels)
    return buffer


def convolution(calls: RecordedCalls, weights: int, inputs: int, outputs: int, groups: int = 1) -> int:
    scale = 1 / (3 * inputs**0.5)
    tensors = [calls.add(noise(size, scale=scale)) for size in (weights, outputs + 8, outputs + 8)]
    return calls.point(ConvolutionStruct(*(tensor.ctypes.data for tensor in tensors), inputs, outputs, groups))


def estimates(calls: RecordedCalls) -> int:
    structs = []
    for factor in (4, 2):
        height, width = HEIGHT // factor, WIDTH // factor
        corners = calls.add(noise(height // 4 + 1, width // 4 + 1, 16 * 13))
        structs.append(
            EstimateStruct(
                corners.ctypes.data, width // 4 + 1, 16 * 13, 4, height, width, factor == 2, float(factor), 1.5
            )
        )
    return calls.point(*structs)


def estimation(calls: RecordedCalls, summed: int) -> tuple[int, int, int]:
    """Estimates, how many, and a sum of the first `summed`."""
    total = calls.add(noise(HEIGHT, WIDTH, 4, scale=3))
    return estimates(calls), 2, calls.point(FlowSumStruct(total.ctypes.data, summed))


def tiles(calls: RecordedCalls, *numbers: int) -> tuple[NDArray[np.float32], int]:
    return calls.add(np.array(numbers, np.int32).view(np.float32)), len(numbers)


def balance(calls: RecordedCalls, *, some_still: bool = False) -> int:
    share, moving = (calls.add(random.random((CELL_ROWS, CELL_COLUMNS), dtype=np.float32)) for _ in range(2))
    place = moving.ctypes.data if some_still else None
    return calls.point(BalanceStruct(share.ctypes.data, place, CELL_ROWS, CELL_COLUMNS, 0.4))


def canvas(calls: RecordedCalls, channels: int) -> int:
    samples = [calls.add(random.random((ROWS, COLUMNS, channels), dtype=np.float32)) for _ in range(2)]
    output = calls.add(empty(ROWS, COLUMNS, channels))
    places = [array.ctypes.data for array in (*samples, output)]
    return calls.point(CanvasStruct(*places, ROWS, COLUMNS, channels, WIDTH))


def input_of_block(calls: RecordedCalls, scale: int, *, exchanged: bool) -> int:
    left, right = (calls.add(noise(HEIGHT, WIDTH, LANES)) for _ in range(2))
    for frame in (left, right):
        frame[:, :, 3 + FEATURES :] = 0
    flow_sum = calls.add(empty(HEIGHT, WIDTH, 4))
    known = calls.add(noise(HEIGHT, WIDTH, 4, scale=3))
    latest = estimates(calls) + ctypes.sizeof(EstimateStruct)
    return calls.point(
        BlockInputStruct(
            left.ctypes.data,
            right.ctypes.data,
            ctypes.cast(estimates(calls), POINTER(EstimateStruct)),
            2,
            ctypes.cast(latest, POINTER(EstimateStruct)),
            FlowSumStruct(known.ctypes.data, 1 if scale == 1 else 0),
            flow_sum.ctypes.data if scale == 1 else None,
            HEIGHT,
            WIDTH,
            LANES,
            3 + FEATURES,
            scale,
            8,
            CHANNELS,
            0.3,
            exchanged,
        )
    )


def convolve_strided(calls: RecordedCalls) -> None:
    source, target = calls.add(bordered(33, 50, 12)), calls.add(empty(17, 25, 20))
    layer = convolution(calls, 3 * 9 * 12 * 8, 12, 20)
    calls.call("convolve_strided", layer, source, source.shape[1], target, 25, 17, 25, THREADS)


def convolve_corners(calls: RecordedCalls) -> None:
    source, target = calls.add(bordered(18, 50, 12)), calls.add(empty(19, 51, 20))
    layer = convolution(calls, 3 * 4 * 12 * 8, 12, 20)
    calls.call("convolve_corners", layer, source, source.shape[1], target, 51, 19, 51, THREADS)


def winograd_corners(calls: RecordedCalls) -> None:
    source, target = calls.add(bordered(18, 50, 12)), calls.add(empty(19, 51, 20))
    layer = convolution(calls, 3 * 25 * 12 * 8, 12, 20)
    calls.call("winograd_corners", layer, source, source.shape[1], target, 51, 19, 51, 0, 0, THREADS)
    # 17 columns of corners lie on the edge and begin a tile; 18 rows do not.
    source, target = calls.add(bordered(18, 16, 12)), calls.add(empty(19, 17, 20))
    chosen = tiles(calls, 0, 3, 6, 17, 19)
    calls.call("winograd_corners", layer, source, source.shape[1], target, 17, 19, 17, *chosen, THREADS)


def winograd(calls: RecordedCalls) -> None:
    # Many tiles, few, and some of few.
    some = tiles(calls, 0, 7, 8, 23)
    for height, width, groups, parts in ((70, 81, 1, (0, 0)), (9, 30, 2, (0, 0)), (9, 30, 1, some)):
        source, target = calls.add(bordered(height, width, 24)), calls.add(empty(height, width, 24))
        layer = convolution(calls, 36 * 24 * 24 * 2, 24, 24, groups)
        skip = calls.add(noise(height, width, 24))
        whole = -(-height // 4) * -(-width // 4)
        scratch = np.empty(36 * (whole + 24 * THREADS) * 80, np.float32)
        calls.add_scratch(scratch)
        calls.call(
            "winograd", layer, source, source.shape[1], target, width, skip, height, width, *parts, scratch, THREADS
        )


def block_input(calls: RecordedCalls) -> None:
    for scale in (1, 2, 4):
        target = calls.add(empty(HEIGHT // scale, WIDTH // scale, CHANNELS))
        calls.call("block_input", input_of_block(calls, scale, exchanged=scale == 2), target, WIDTH // scale, THREADS)


def first_layer(calls: RecordedCalls) -> None:
    for scale in (1, 4):
        columns = WIDTH // scale // 2
        target = calls.add(empty(HEIGHT // scale // 2, columns, 16))
        layer = convolution(calls, 2 * 9 * CHANNELS * 8, CHANNELS, 16)
        calls.call("first_layer", input_of_block(calls, scale, exchanged=False), layer, target, columns, THREADS)


def first_layer_tiles(calls: RecordedCalls) -> None:
    target = calls.add(empty(HEIGHT // 2, WIDTH // 2, 16))
    layer = convolution(calls, 2 * 9 * CHANNELS * 8, CHANNELS, 16)
    chosen = tiles(calls, 0, 1, 8, 14, 19)
    calls.call("first_layer_tiles", input_of_block(calls, 1, exchanged=False), layer, target, 40, *chosen, THREADS)


def winograd_strided(calls: RecordedCalls) -> None:
    source, target = calls.add(bordered(33, 50, 32)), calls.add(empty(17, 25, 32))
    layer = convolution(calls, 36 * 32 * 32, 32, 32)
    chosen = tiles(calls, 0, 1, 9, 17, 34)
    for some in ((0, 0), chosen):
        calls.call("winograd_strided", layer, source, source.shape[1], target, 25, 17, 25, *some, THREADS)


def clear_tiles(calls: RecordedCalls) -> None:
    calls.call("clear_tiles", calls.add(noise(10, 15, 6)), 15, 6, 10, 15, *tiles(calls, 1, 6, 11))


def need(calls: RecordedCalls) -> None:
    scratch = calls.add(empty(CELL_ROWS, CELL_COLUMNS, 9))
    signs = calls.add(empty(SIGNS, CELL_ROWS, CELL_COLUMNS))
    calls.call("need", agreement(calls), estimates(calls), 2, HEIGHT, WIDTH, scratch, signs, THREADS)


def settle(calls: RecordedCalls) -> None:
    for keeps_mask, planes in ((1, 8), (0, 0)):
        before, corners = estimates(calls), calls.add(noise(17, 21, 16 * 13))
        after = calls.point(EstimateStruct(corners.ctypes.data, 21, 16 * 13, 4, HEIGHT, WIDTH, True, 1.0, 1.5))
        values = calls.add((random.random((3, 4)) < 0.5).astype(np.float32))
        chosen = calls.point(PatchCornersStruct(values.ctypes.data, 3, 4, 1 / 8))
        before += ctypes.sizeof(EstimateStruct)
        calls.call("settle", after, before, corners, 17, chosen, keeps_mask, planes, THREADS)


def sum_coarse(calls: RecordedCalls) -> None:
    rows, columns = HEIGHT // 2 + 1, WIDTH // 2 + 1
    calls.call("sum_coarse", estimates(calls), 1, calls.add(empty(rows, columns, 5)), rows, columns, THREADS)


def motion(calls: RecordedCalls) -> None:
    for summed in (0, 1):
        flow, mask = calls.add(empty(HEIGHT, WIDTH, 4)), calls.add(empty(HEIGHT, WIDTH))
        calls.call("motion", *estimation(calls, summed), HEIGHT, WIDTH, flow, mask, THREADS)


def warp(calls: RecordedCalls) -> None:
    for channels in (1, 3, 6):
        flow, mask = calls.add(noise(HEIGHT, WIDTH, 4, scale=9)), calls.add(noise(HEIGHT, WIDTH, scale=4))
        calls.call("warp", canvas(calls, channels), flow, mask, WIDTH, THREADS)


def between(calls: RecordedCalls) -> None:
    calls.call("between", canvas(calls, 3), *estimation(calls, 0), 0, THREADS)
    for some_still in (False, True):
        calls.call("between", canvas(calls, 4), *estimation(calls, 1), balance(calls, some_still=some_still), THREADS)


def turn_motion(calls: RecordedCalls) -> None:
    for mirrored, exchanged in ((0, 1), (COLUMNS, 0), (COLUMNS, 1)):
        flow, mask = calls.add(noise(HEIGHT, WIDTH, 4)), calls.add(noise(HEIGHT, WIDTH))
        targets = calls.add(empty(HEIGHT, WIDTH, 4)), calls.add(empty(HEIGHT, WIDTH))
        calls.call("turn_motion", flow, mask, HEIGHT, WIDTH, mirrored, exchanged, *targets, THREADS)


def add_motion(calls: RecordedCalls) -> None:
    sums = [calls.add(empty(HEIGHT, WIDTH, 4)), *(calls.add(empty(HEIGHT, WIDTH)) for _ in range(2))]
    for first in (1, 0):
        flow, mask = calls.add(noise(HEIGHT, WIDTH, 4)), calls.add(noise(HEIGHT, WIDTH, scale=4))
        calls.call("add_motion", flow, mask, HEIGHT, WIDTH, balance(calls), first, *sums, THREADS)


def mean_motion(calls: RecordedCalls) -> None:
    flow, weights = calls.add(noise(HEIGHT, WIDTH, 4)), calls.add(random.random((HEIGHT, WIDTH), dtype=np.float32))
    total = calls.add(random.random((HEIGHT, WIDTH), dtype=np.float32) + 1)
    calls.call("mean_motion", flow, weights, total, HEIGHT * WIDTH, THREADS)


def balance_motion(calls: RecordedCalls) -> None:
    for some_still in (False, True):
        flow, mask = calls.add(noise(HEIGHT, WIDTH, 4)), calls.add(noise(HEIGHT, WIDTH, scale=4))
        calls.call("balance_motion", balance(calls, some_still=some_still), flow, mask, HEIGHT, WIDTH, THREADS)


def enlarge(calls: RecordedCalls) -> None:
    source, target = calls.add(noise(9, 7, 5)), calls.add(empty(36, 30, 5))
    calls.call("enlarge", source, 9, 7, 5, 4, target, 30, THREADS)


def cell_means(calls: RecordedCalls) -> None:
    view, means = calls.add(noise(ROWS, COLUMNS, 3)), calls.add(empty(CELL_ROWS, CELL_COLUMNS, 4))
    calls.call("cell_means", view, ROWS, COLUMNS, means, THREADS)


def agreement(calls: RecordedCalls) -> int:
    lights = random.random((2, CELL_ROWS, CELL_COLUMNS, 4), dtype=np.float32) + 0.1
    arrays = [*(noise(CELL_ROWS, CELL_COLUMNS, 4) for _ in range(2)), *lights]
    places = [calls.add(array).ctypes.data for array in arrays]
    sizes = CELL_ROWS, CELL_COLUMNS, ROWS, COLUMNS
    return calls.point(AgreementStruct(*places, *sizes, 11, 5, 0.02, 3.0, 0.004, 3.0, 0.02, 0.1))


def agree(calls: RecordedCalls) -> None:
    scratch = calls.add(empty(CELL_ROWS, CELL_COLUMNS, AGREEMENT_SCRATCH))
    results = [calls.add(empty(CELL_ROWS, CELL_COLUMNS)) for _ in range(3)]
    calls.call("agree", agreement(calls), *estimation(calls, 0), WIDTH, scratch, *results, THREADS)


def light(calls: RecordedCalls) -> None:
    calls.call("light", agreement(calls), calls.add(empty(CELL_ROWS, CELL_COLUMNS, 4)), THREADS)


def pad(calls: RecordedCalls) -> None:
    for channels in (3, 4):
        view, target = calls.add(noise(ROWS, COLUMNS, 3)), calls.add(empty(HEIGHT + 2, WIDTH + 2, channels))
        calls.call("pad", view, ROWS, COLUMNS, 3, target, HEIGHT, WIDTH, channels, 1, THREADS)


def pack_frame(calls: RecordedCalls) -> None:
    view, target = calls.add(noise(ROWS, COLUMNS, 3)), calls.add(empty(HEIGHT, WIDTH, LANES))
    corners = calls.add(noise(HEIGHT // 2 + 1, WIDTH // 2 + 1, 4 * FEATURES))
    pitch = corners.shape[1]
    calls.call("pack_frame", view, ROWS, COLUMNS, corners, pitch, FEATURES, target, HEIGHT, WIDTH, LANES, THREADS)


CASES: list[Callable[[RecordedCalls], None]] = [
    add_motion,
    agree,
    balance_motion,
    between,
    block_input,
    cell_means,
    clear_tiles,
    convolve_corners,
    convolve_strided,
    winograd_strided,
    enlarge,
    first_layer,
    first_layer_tiles,
    light,
    mean_motion,
    motion,
    need,
    pack_frame,
    pad,
    settle,
    sum_coarse,
    turn_motion,
    warp,
    winograd,
    winograd_corners,
]

FUNCTIONS = [name.removeprefix("midframe_") for name in library._SIGNATURES]
"""All that the library exports."""


@pytest.fixture(scope="module", params=["fused", "unfused"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`kernel_calls.cpp` and the kernels for aarch64, as they are built, and without its fused multiply-add."""
    for tool in (COMPILER, EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    program = tmp_path_factory.mktemp("aarch64") / str(request.param)
    driver = Path(__file__).parents[4] / "support" / "kernel_calls.cpp"
    names = " ".join(f"X(midframe_{name})" for name in FUNCTIONS)
    command = [COMPILER, "-std=c++17", "-O3", "-static", "-pthread", "-Wall", "-Wextra", "-Werror"]
    command += ["-ffp-contract=off"] if request.param == "unfused" else []
    command += [f"-DKERNELS={names}", str(driver), *sorted(map(str, SOURCE.glob("*.cpp"))), "-o", str(program)]
    subprocess.run(command, check=True, timeout=600)
    return program


@pytest.mark.slow
@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name not in MEANT_FOR_PYTHON])
def test_the_same_as_here(program: Path, tmp_path: Path, function: str) -> None:
    kernels = load_library("baseline")
    if kernels is None:
        pytest.skip("the kernels are not built")
    if kernels.lanes != 4:
        pytest.skip("the baseline has another layout here")
    calls = RecordedCalls(kernels)
    {case.__name__: case for case in CASES}[function](calls)
    calls.write(tmp_path / "input")
    before = [array.copy() for array in calls.arrays]
    command = [EMULATOR, str(program), str(tmp_path / "input"), str(tmp_path / "output")]
    subprocess.run(command, check=True, timeout=300)
    calls.run_here()
    assert any((array != old).any() for array, old in zip(calls.arrays, before, strict=True))
    for there, here in zip(calls.read(tmp_path / "output"), calls.arrays, strict=True):
        if program.name == "unfused":
            np.testing.assert_array_equal(there, here)
        else:
            np.testing.assert_allclose(there, here, atol=2e-5 * np.abs(here).max(), rtol=0)
