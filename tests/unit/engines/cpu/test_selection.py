"""Where the last blocks are computed: the choice, the kernels that follow it, and engines with the precision "fast"."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tests.support.engines import encode_pair, fast, random_model
from tests.support.random_weights import narrow

from midframe.engines.cpu import engine as cpu_engine
from midframe.engines.cpu import passes
from midframe.engines.cpu.buffers import PaddedBuffer
from midframe.engines.cpu.engine import CpuEngine, CpuFrame
from midframe.engines.cpu.estimates import CornerEstimate
from midframe.engines.cpu.kernels.library import AgreementStruct, EstimateStruct, Kernels, address
from midframe.engines.cpu.network import CpuNetwork
from midframe.engines.cpu.selection import (
    LEFT_OUT,
    LEFT_OUT_OF_COARSE,
    SIGNS,
    Selection,
    Tiles,
    choose_patches,
    share_left_out,
)
from midframe.engines.cpu.weights import PackedConvolution
from midframe.engines.folding import Convolution
from midframe.engines.protocols import EngineFrame
from midframe.engines.threads import set_threads, thread_count
from midframe.engines.torch import agreement
from midframe.models.rife.spec import ROWS, Spec, spec_for_version

Places = NDArray[np.bool_]


def places(rows: int, columns: int, share: float, seed: int = 0) -> Places:
    return np.random.default_rng(seed).random((rows, columns)) < share


def signs_of(need: NDArray[np.float32], squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a pair that does not move as a whole."""
    signs = np.zeros((SIGNS, *need.shape), np.float32)
    signs[:2] = need, squares
    return signs


def grown(chosen: Places, reach: int = 1) -> Places:
    """With everything that lies no farther away than that many places."""
    planes = torch.from_numpy(chosen)[None, None].float()
    rows = F.max_pool2d(planes, (2 * reach + 1, 1), 1, (reach, 0))
    result: Places = F.max_pool2d(rows, (1, 2 * reach + 1), 1, (0, reach))[0, 0].numpy() > 0
    return result


def tiles_of(chosen: Places) -> Tiles:
    around = grown(chosen) & ~chosen
    return Tiles(np.flatnonzero(chosen).astype(np.int32), np.flatnonzero(around).astype(np.int32), 0.25)


def frames(height: int, width: int) -> tuple[EngineFrame, EngineFrame]:
    """A picture that moves, a part of it elsewhere."""
    random = np.random.default_rng(0)
    coarse = random.random((height // 8 + 2, width // 8 + 2, 3), dtype=np.float32)
    still = np.kron(coarse, np.ones((8, 8, 1), np.float32))[:height, :width]
    moved: NDArray[np.float32] = np.roll(still, 2, axis=1)
    moved[: height // 2] = np.roll(still, -3, axis=0)[: height // 2]
    return EngineFrame(still, still), EngineFrame(moved, moved)


class TestChoice:
    def test_the_least_need_is_left_out_up_to_the_limit(self) -> None:
        need: NDArray[np.float32] = np.kron(np.array([[1, 2], [3, 10]]), np.ones((4, 4))).astype(np.float32)
        squares = np.ones((8, 8), np.float32)
        for left_out, count in [(0.2, 4), (0.25, 3), (0.8, 2), (1.4, 2), (1.5, 1), (4.1, 0)]:
            selection = choose_patches(signs_of(need, squares), 32, 32, 16, left_out)
            assert selection.chosen.shape == (2, 2)
            assert np.count_nonzero(selection.chosen) == count
            assert selection.empty == (count == 0)
            if count == 1:
                assert selection.chosen[1, 1]

    def test_equal_frames_need_nothing(self) -> None:
        zeros = np.zeros((8, 16), np.float32)
        assert choose_patches(signs_of(zeros, zeros), 32, 64, 16, LEFT_OUT).empty

    def test_what_is_not_a_number_is_computed(self) -> None:
        need, squares = np.zeros((8, 16), np.float32), np.ones((8, 16), np.float32)
        need[5, 9] = np.nan
        chosen = choose_patches(signs_of(need, squares), 32, 64, 16, LEFT_OUT).chosen
        assert chosen[1, 2]
        assert np.count_nonzero(chosen) == 1
        squares[0, 0] = np.nan
        assert choose_patches(signs_of(need, squares), 32, 64, 16, LEFT_OUT).chosen.all()

    def test_padding_needs_nothing(self) -> None:
        need, squares = np.ones((9, 17), np.float32), np.ones((9, 17), np.float32)
        chosen = choose_patches(signs_of(need, squares), 64, 128, 16, LEFT_OUT).chosen
        assert chosen.shape == (4, 8)
        assert chosen[:3, :5].all()
        assert np.count_nonzero(chosen) == 15

    @pytest.mark.parametrize("share", [0.4, 0.6])
    @pytest.mark.parametrize("quiet", [False, True])
    def test_all_where_most_of_the_picture_moves_precisely(self, share: float, quiet: bool) -> None:
        signs = np.zeros((SIGNS, 10, 10), np.float32)
        signs[3, : round(10 * share)] = 0.1
        signs[2] = 0.1 / 255
        signs[4] = (0.5 if quiet else 2) / 255
        assert choose_patches(signs, 40, 40, 16, LEFT_OUT).chosen.all() == (share > 0.5 and quiet)

    def test_versions_that_know_less_leave_out_less(self) -> None:
        shares = {row.name: share_left_out(row) for row in ROWS}
        assert {name for name, share in shares.items() if share == LEFT_OUT} == {"4.25", "4.25.heavy", "4.26.heavy"}
        assert set(shares.values()) == {LEFT_OUT, LEFT_OUT_OF_COARSE}


class TestTiles:
    def test_neighbours_are_computed_and_beyond_them_is_zero(self) -> None:
        chosen = np.zeros((8, 12), bool)
        chosen[3, 6] = True
        tiles = Selection(chosen, 16).tiles(1, 8, 12)
        assert tiles is not None
        assert tiles.numbers.tolist() == [12 * row + column for row in (2, 3, 4) for column in (5, 6, 7)]
        assert tiles.around.size == 16
        assert tiles.step == 0.25

    def test_tiles_of_coarser_blocks_hold_several_patches(self) -> None:
        chosen = np.zeros((8, 12), bool)
        chosen[3, 6] = True
        tiles = Selection(chosen, 16).tiles(2, 4, 6)
        assert tiles is not None
        assert tiles.numbers.tolist() == [6 * row + column for row in (1, 2) for column in (2, 3)]
        assert tiles.step == 0.5

    def test_almost_all_is_all(self) -> None:
        chosen = np.ones((8, 12), bool)
        chosen[0, :6] = False
        assert Selection(chosen, 16).tiles(1, 8, 12) is None

    def test_blocks_finer_than_patches_run_as_a_whole(self) -> None:
        assert Selection(np.zeros((8, 12), bool), 16).tiles(0.5, 16, 24) is None

    def test_corners(self) -> None:
        chosen = np.zeros((2, 3), bool)
        chosen[0, 0] = True
        assert Selection(chosen, 16).corners.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def spread_tiles(chosen: Places, side: int, height: int, width: int) -> Places:
    spread: Places = np.kron(chosen, np.ones((side, side), bool))[:height, :width]
    return spread


def random_layer(inputs: int, outputs: int, kernel: int, stride: int = 1) -> Convolution:
    random = np.random.default_rng(2)
    weight = random.standard_normal((outputs, inputs, kernel, kernel), np.float32)
    bias = random.standard_normal(outputs, np.float32)
    return Convolution(weight, bias, stride, slopes=np.full(outputs, 1 / 3, np.float32))


def fill_randomly(buffer: PaddedBuffer) -> None:
    buffer.pixels[:] = np.random.default_rng(1).standard_normal(buffer.pixels.shape, np.float32)


@pytest.mark.parametrize(
    ("height", "width", "share"), [(1, 1, 1.0), (5, 7, 0.5), (30, 61, 0.0), (30, 61, 0.2), (64, 90, 0.8)]
)
@pytest.mark.parametrize("threads", [2])
class TestLayers:
    """What is computed in parts is the same to the last bit, and nothing else is written."""

    def test_strided(self, kernels: Kernels, height: int, width: int, share: float, threads: int) -> None:
        source = PaddedBuffer(2 * height - 1, 2 * width, 16)
        fill_randomly(source)
        layer = PackedConvolution(random_layer(16, 24, 3, 2), "winograd strided", kernels, 16)
        chosen = places(-(-height // 4), -(-width // 4), share)
        whole, part = (PaddedBuffer(height, width, layer.outputs) for _ in range(2))
        passes.winograd_strided(kernels, layer, source, whole, threads)
        passes.winograd_strided(kernels, layer, source, part, threads, tiles_of(chosen))
        inside = spread_tiles(chosen, 4, height, width)
        assert np.array_equal(part.pixels, np.where(inside[:, :, None], whole.pixels, 0))

    def test_trunk(self, kernels: Kernels, height: int, width: int, share: float, threads: int) -> None:
        source = PaddedBuffer(height, width, 32)
        fill_randomly(source)
        layer = PackedConvolution(random_layer(32, 32, 3), "trunk", kernels, 32)
        chosen = places(-(-height // 4), -(-width // 4), share)
        whole, part = (PaddedBuffer(height, width, layer.outputs) for _ in range(2))
        scratch = np.empty(kernels.winograd_scratch(32, height, width, True, threads), np.float32)
        passes.trunk(kernels, layer, source, whole, scratch, threads, skip=source)
        passes.trunk(kernels, layer, source, part, scratch, threads, skip=source, tiles=tiles_of(chosen))
        inside = spread_tiles(chosen, 4, height, width)
        assert np.array_equal(part.pixels, np.where(inside[:, :, None], whole.pixels, 0))

    def test_corners(self, kernels: Kernels, height: int, width: int, share: float, threads: int) -> None:
        source = PaddedBuffer(height, width, 16)
        fill_randomly(source)
        layer = PackedConvolution(random_layer(16, 80, 2), "winograd corners", kernels, 16)
        chosen = places(-(-height // 4), -(-width // 4), share)
        whole, part = (np.zeros((height + 1, width + 1, layer.outputs), np.float32) for _ in range(2))
        passes.winograd_corners(kernels, layer, source, whole, threads)
        passes.winograd_corners(kernels, layer, source, part, threads, tiles_of(chosen))
        inside = np.pad(spread_tiles(chosen, 4, height, width), ((0, 1), (0, 1)), mode="edge")
        assert np.array_equal(part, np.where(inside[:, :, None], whole, 0))

    def test_clear(self, kernels: Kernels, height: int, width: int, share: float, threads: int) -> None:
        buffer = PaddedBuffer(height, width, 16)
        buffer.pixels[:] = threads
        chosen = places(-(-height // 4), -(-width // 4), share)
        passes.clear(kernels, buffer, tiles_of(chosen).numbers)
        cleared = spread_tiles(chosen, 4, height, width)
        assert np.array_equal(buffer.pixels[:, :, 3] == 0, cleared)


def cells_of(view: NDArray[np.float32]) -> NDArray[np.float32]:
    cells = agreement.small_view(view)[0].permute(1, 2, 0).numpy()
    return np.pad(cells, ((0, 0), (0, 0), (0, 1)))


def random_estimate(height: int, width: int, factor: int, gain: float, seed: int) -> CornerEstimate:
    """Smooth motion and eight feature planes, as a block at 1/factor leaves them."""
    rows, columns = height // factor // 4 + 1, width // factor // 4 + 1
    corners = np.random.default_rng(seed).standard_normal((rows, columns, 16 * 13), np.float32)
    return CornerEstimate(corners, 4, 4 * (rows - 1), 4 * (columns - 1), factor, gain)


def structs(*estimates: CornerEstimate) -> Any:
    return (EstimateStruct * len(estimates))(*(estimate.struct() for estimate in estimates))


def planes_of(estimate: CornerEstimate) -> torch.Tensor:
    """(1, 13, height, width)."""
    return torch.from_numpy(estimate.planes(8)).permute(2, 0, 1).unsqueeze(0).clone()


def enlarged(estimate: CornerEstimate, factor: float) -> torch.Tensor:
    planes = planes_of(estimate)
    return F.interpolate(planes, scale_factor=factor, mode="bilinear", align_corners=False) if factor > 1 else planes


@pytest.mark.parametrize(("height", "width"), [(64, 96), (57, 90), (64, 65)])
def test_need(kernels: Kernels, height: int, width: int) -> None:
    left, right = (frame.view for frame in frames(height, width))
    before, after = random_estimate(64, 96, 8, 3.0, 0), random_estimate(64, 96, 4, 1.0, 1)
    cells = cells_of(left), cells_of(right)
    rows, columns, _ = cells[0].shape
    struct = AgreementStruct(left=address(cells[0]), right=address(cells[1]), rows=rows, columns=columns)
    signs = np.empty((SIGNS, rows, columns), np.float32)
    scratch = np.empty((rows, columns, 9), np.float32)
    kernels.need(byref(struct), structs(before, after), 2, 64, 96, scratch.ctypes.data, signs.ctypes.data, 2)

    small = agreement.small_view(left), agreement.small_view(right)
    flow_before = 3.0 * enlarged(before, 8)[:, :4]
    flow = flow_before + enlarged(after, 4)[:, :4]

    def warped(motion: torch.Tensor) -> list[torch.Tensor]:
        at_cells = agreement._cells(motion, (rows, columns)) / 4
        return [agreement._warped(view, at_cells[:, i : i + 2]) for view, i in zip(small, (0, 2), strict=True)]

    sides = warped(flow)
    changes = [(a - b).abs().mean(dim=1)[0] for a, b in zip(sides, warped(flow_before), strict=True)]
    change = (changes[0] + changes[1]) / 2
    shift = agreement._cells(flow - flow_before, (rows, columns))[0]
    longest = torch.maximum(shift[:2].norm(dim=0), shift[2:].norm(dim=0))
    difference = sides[0] - sides[1]
    wanted_squares = agreement._mean_square(difference)[0, 0]
    noise = (difference - agreement._neighbourhood(difference)).abs().mean(dim=1)[0]
    at_cells = F.pad(agreement._cells(flow, (rows, columns)), (1, 1, 1, 1), mode="replicate")
    ranges = F.max_pool2d(at_cells, 3, 1) + F.max_pool2d(-at_cells, 3, 1)
    widest = ranges.amax(dim=1)[0].clamp_max(1)
    need = wanted_squares.sqrt() * change * widest
    for found, wanted in zip(signs, (need, wanted_squares, change, longest, noise), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)
        assert wanted.max() > 0.01


@pytest.mark.parametrize("keeps_mask", [False, True])
@pytest.mark.parametrize("features", [0, 8])
def test_settle(kernels: Kernels, keeps_mask: bool, features: int) -> None:
    before, found = random_estimate(64, 96, 4, 4.0, 0), random_estimate(64, 96, 2, 2.0, 1)
    chosen = np.zeros((4, 6), bool)
    chosen[1, 1:3] = True
    selection = Selection(chosen, 16)
    wanted = planes_of(found)
    old = enlarged(before, 2)
    # Weights at corners of the estimate, which are 8 pixels apart; a corner stands for the 4 × 4 values around it.
    weights = F.interpolate(
        torch.from_numpy(selection.corners)[None, None], size=(9, 13), mode="bilinear", align_corners=True
    )
    weights = F.interpolate(weights, scale_factor=4.0, mode="nearest")[..., 2:-2, 2:-2]
    wanted[:, :4] *= weights
    wanted[:, 4:5] = wanted[:, 4:5] * weights + (old[:, 4:5] * (1 - weights) if keeps_mask else 0)
    if features:
        wanted[:, 5:] = wanted[:, 5:] * weights + old[:, 5:] * (1 - weights)
    # What was not computed may hold anything.
    found.corners[7:, :, :] = np.nan
    kernels.settle(
        byref(found.struct()),
        byref(before.struct()),
        address(found.corners),
        found.corners.shape[0],
        byref(selection.struct(0.5)),
        keeps_mask,
        features,
        2,
    )
    torch.testing.assert_close(planes_of(found)[:, : 5 + features], wanted[:, : 5 + features], atol=1e-5, rtol=0)


ENGINES = [(row, 1.0, False) for row in ROWS] + [
    (spec_for_version("4.25"), 0.5, False),
    (spec_for_version("4.25"), 2.0, False),
    (spec_for_version("4.25"), 4.0, False),
    (spec_for_version("4.0"), 2.0, True),
    (spec_for_version("4.7"), 1.0, True),
]


class Forced:
    """Engines that compute what a test says."""

    def __init__(self, kernels: Kernels, monkeypatch: pytest.MonkeyPatch, row: Spec, **options: Any) -> None:
        model = random_model(narrow(row.name))
        self.exact = CpuEngine(model, kernels, fast(**options))
        self.fast = CpuEngine(model, kernels, fast(precision="fast", **options))
        self.share = 1.0
        self.selected: list[Places] = []
        monkeypatch.setattr(cpu_engine, "choose_patches", self._choose)

    def _choose(self, _signs: Any, height: int, width: int, patch: int, _left_out: float) -> Selection:
        chosen = places(-(-height // patch), -(-width // patch), self.share)
        self.selected.append(chosen)
        return Selection(chosen, patch)

    def flow(self, engine: CpuEngine, pair: tuple[EngineFrame, EngineFrame]) -> NDArray[np.float32]:
        left, right = encode_pair(engine, pair)
        return np.array(engine.motion(left, right, 0.4).flow)


@pytest.mark.parametrize(
    ("row", "flow_scale", "ensemble"), ENGINES, ids=lambda value: getattr(value, "name", str(value))
)
def test_all_is_exact_and_parts_lie_between(
    kernels: Kernels, monkeypatch: pytest.MonkeyPatch, row: Spec, flow_scale: float, ensemble: bool
) -> None:
    engines = Forced(kernels, monkeypatch, row, flow_scale=flow_scale, ensemble=ensemble)
    pair = frames(250, 380) if flow_scale <= 1 else frames(70, 90)
    exact = engines.flow(engines.exact, pair)
    assert np.array_equal(engines.flow(engines.fast, pair), exact)
    engines.share = 0.0
    coarse = engines.flow(engines.fast, pair)
    assert np.abs(coarse - exact).max() > 1e-3
    engines.share = 0.02
    some = engines.flow(engines.fast, pair)
    assert np.isfinite(some).all()
    chosen = engines.selected[-1]
    if flow_scale > 1 or row.name == "4.25.lite":
        return  # A block runs as a whole, above full resolution or as almost all of its few tiles are needed.
    assert np.abs(some - coarse).max() > 1e-4
    # Far from the chosen patches and their neighbours, nothing was added.
    patch = round(16 / flow_scale)
    far = ~grown(spread_tiles(grown(chosen), patch, *coarse.shape[-2:]), 4 * patch)
    np.testing.assert_allclose(some[0][:, far], coarse[0][:, far], atol=1e-5)


@pytest.fixture
def threads() -> Iterator[None]:
    before = thread_count()
    yield
    set_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("version", ["4.0", "4.6", "4.22.lite", "4.25"])
def test_the_same_whatever_threads_and_strips(kernels: Kernels, version: str) -> None:
    engine = CpuEngine(random_model(narrow(version)), kernels, fast(precision="fast", quality="default"))
    pair = frames(140, 260)
    results = []
    for threads in (1, 2, 3):
        for strips in (1, 3):
            set_threads(threads)
            engine.strips = strips
            results.append(engine.between(*encode_pair(engine, pair), [0.5])[0])
    for result in results[1:]:
        assert np.array_equal(result, results[0])


def test_equal_frames_skip_the_last_blocks(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CpuEngine(random_model(narrow("4.25")), kernels, fast(precision="fast"))
    run: list[int] = []
    original = CpuNetwork._run_block

    def counted(self: CpuNetwork, index: int, *arguments: Any, **options: Any) -> CornerEstimate:
        run.append(index)
        return original(self, index, *arguments, **options)

    monkeypatch.setattr(CpuNetwork, "_run_block", counted)
    grey = np.full((64, 64, 3), 0.5, np.float32)
    left, right = encode_pair(engine, (EngineFrame(grey, grey), EngineFrame(grey, grey)))
    assert isinstance(left, CpuFrame)
    (frame,) = engine.between(left, right, [0.5])
    assert run == [0, 1, 2]
    np.testing.assert_allclose(frame, grey, atol=1e-6)
