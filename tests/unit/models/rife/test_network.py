from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from tests.support.random_weights import random_network
from torch import Tensor

from midframe.models.rife import network as ifnet
from midframe.models.rife.network import IFNet, blend, resize, swap_frames, warp
from midframe.models.rife.spec import ROWS, Spec, spec_for_version


def small(version: str) -> Spec:
    """A row with narrow blocks, which is quick and takes the same paths."""
    spec = spec_for_version(version)
    return replace(spec, widths=tuple(16 for _ in spec.widths))


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def textured(height: int, width: int, seed: int = 0) -> Tensor:
    """A smooth picture with something to follow everywhere."""
    coarse = noise(1, 3, height // 8, width // 8, seed=seed)
    return F.interpolate(coarse, size=(height, width), mode="bicubic").clamp(0, 1)


def constant_flow(x: float, y: float, height: int, width: int) -> Tensor:
    return torch.tensor([x, y]).reshape(1, 2, 1, 1).expand(1, 2, height, width)


class TestWarp:
    @pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3), (64, 101)])
    def test_zero_flow_is_identity(self, size: tuple[int, int]) -> None:
        image = noise(1, 5, *size)
        # A grid in [-1, 1] addresses pixels to about 1e-5 of a pixel.
        torch.testing.assert_close(warp(image, torch.zeros(1, 2, *size)), image, rtol=0, atol=2e-5)

    @pytest.mark.parametrize(("x", "y"), [(3, 0), (0, 2), (-4, 0), (0, -5), (3, -2)])
    def test_whole_pixels_fetch_from_where_the_flow_points(self, x: int, y: int) -> None:
        image = noise(1, 3, 20, 30)
        warped = warp(image, constant_flow(x, y, 20, 30))
        for row, column in itertools.product(range(20), range(30)):
            wanted = image[0, :, min(max(row + y, 0), 19), min(max(column + x, 0), 29)]
            torch.testing.assert_close(warped[0, :, row, column], wanted, rtol=0, atol=2e-5)

    def test_half_a_pixel_is_the_mean_of_two(self) -> None:
        image = noise(1, 1, 4, 9)
        warped = warp(image, constant_flow(0.5, 0, 4, 9))
        torch.testing.assert_close(warped[..., :-1], (image[..., :-1] + image[..., 1:]) / 2, rtol=0, atol=2e-5)
        torch.testing.assert_close(warped[..., -1], image[..., -1], rtol=0, atol=2e-5)

    @pytest.mark.parametrize(("x", "y"), [(1e4, 0), (-1e4, 0), (0, 1e4), (0, -1e4), (1e9, -1e9)])
    def test_far_outside_is_the_border(self, x: float, y: float) -> None:
        image = noise(1, 2, 8, 12)
        warped = warp(image, constant_flow(x, y, 8, 12))
        columns = torch.arange(12) if x == 0 else torch.full((12,), 11 if x > 0 else 0)
        rows = torch.arange(8) if y == 0 else torch.full((8,), 7 if y > 0 else 0)
        torch.testing.assert_close(warped, image[:, :, rows][..., columns], rtol=0, atol=2e-5)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
    def test_wide_frames_keep_every_pixel_whatever_the_type(self, dtype: torch.dtype) -> None:
        """Coordinates in half precision could not tell neighbours apart beyond 2048 pixels."""
        width = 5000
        # Alternating values: a coordinate that is off by a fraction of a pixel shows as that fraction.
        image = (torch.arange(width) % 2).reshape(1, 1, 1, width).expand(1, 1, 2, width).to(dtype)
        warped = warp(image, constant_flow(1, 0, 2, width).to(dtype))
        assert warped.dtype == torch.float32
        torch.testing.assert_close(warped[..., :-1], image.float()[..., 1:], rtol=0, atol=2e-3)

    def test_values_of_any_range_come_through(self) -> None:
        image = noise(1, 1, 10, 10) * 80_000 - 40_000
        torch.testing.assert_close(warp(image, torch.zeros(1, 2, 10, 10)), image, rtol=0, atol=0.5)


class TestParts:
    def test_resize_shrinks_to_the_mean_of_the_central_four(self) -> None:
        planes = noise(1, 2, 32, 64)
        shrunk = resize(planes, 1 / 8)
        centre = planes[..., 3::8, :] + planes[..., 4::8, :]
        torch.testing.assert_close(shrunk, (centre[..., 3::8] + centre[..., 4::8]) / 4)

    def test_resize_by_one_changes_nothing(self) -> None:
        planes = noise(1, 2, 5, 7)
        assert resize(planes, 1.0) is planes

    def test_swap_frames_twice_is_nothing(self) -> None:
        flow = noise(1, 4, 3, 3)
        assert torch.equal(swap_frames(flow)[:, 0:2], flow[:, 2:4])
        assert torch.equal(swap_frames(swap_frames(flow)), flow)

    def test_blend_takes_frame_0_where_the_mask_is_high(self) -> None:
        mask = torch.tensor([40.0, 0.0, -40.0]).reshape(1, 1, 1, 3)
        mixed = blend(torch.ones(1, 1, 1, 3), torch.zeros(1, 1, 1, 3), mask)
        torch.testing.assert_close(mixed.flatten(), torch.tensor([1.0, 0.5, 0.0]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
class TestEveryRow:
    def test_draws_for_all_flow_scales(self, row: Spec) -> None:
        network = random_network(small(row.name))
        for flow_scale in (0.25, 1.0, 4.0):
            side = row.pad_multiple(flow_scale)
            image0, image1 = noise(1, 3, side, side, seed=1), noise(1, 3, side, side, seed=2)
            with torch.inference_mode():
                drawn = network(image0, image1, 0.5, flow_scale=flow_scale)
            assert drawn.shape == image0.shape
            assert 0 <= float(drawn.min()) <= float(drawn.max()) <= 1

    def test_features_are_at_full_resolution(self, row: Spec) -> None:
        assert random_network(small(row.name)).features(noise(2, 3, 32, 64)).shape == (2, row.features, 32, 64)

    def test_time_matters(self, row: Spec) -> None:
        network = random_network(small(row.name))
        image0, image1 = (textured(row.pad, row.pad, seed) for seed in (1, 2))
        with torch.inference_mode():
            assert not torch.equal(network(image0, image1, 0.25), network(image0, image1, 0.75))

    def test_flow_scale_matters(self, row: Spec) -> None:
        network = random_network(small(row.name))
        side = row.pad_multiple(0.5)
        image0, image1 = (textured(side, side, seed) for seed in (1, 2))
        with torch.inference_mode():
            assert not torch.equal(network(image0, image1, 0.5), network(image0, image1, 0.5, flow_scale=0.5))


@pytest.mark.parametrize("row", [row for row in ROWS if row.ensemble], ids=lambda row: row.name)
@pytest.mark.parametrize("time", [0.25, 0.5])
def test_ensemble_sees_the_same_from_both_sides(row: Spec, time: float) -> None:
    network = random_network(small(row.name))
    image0, image1 = (textured(row.pad, 2 * row.pad, seed) for seed in (1, 2))
    with torch.inference_mode():
        forwards = network(image0, image1, time, ensemble=True)
        backwards = network(image1, image0, 1 - time, ensemble=True)
        plain = network(image0, image1, time)
    torch.testing.assert_close(forwards, backwards, rtol=0, atol=1e-5)
    assert (plain - forwards).abs().max() > 1e-4


class TestRetry:
    """Versions 4.0 and 4.1 start again at doubled scales where motion is very large."""

    @staticmethod
    def with_residual(pixels0: float, pixels1: float, monkeypatch: pytest.MonkeyPatch) -> tuple[IFNet, list[float]]:
        """A network whose second block reports motion of the given sizes, and a log of the scales that it used."""
        network = random_network(small("4.0"))
        scales: list[float] = []
        original = ifnet.Block.forward

        def forward(
            block: ifnet.Block, inputs: Tensor, flow: Tensor | None, scale: float
        ) -> tuple[Tensor, Tensor, Tensor]:
            scales.append(scale)
            residual, mask, planes = original(block, inputs, flow, scale)
            if block is network.blocks[1]:
                residual = residual.clamp(-1, 1)
                residual[:, 1, 3, 5], residual[:, 2, 4, 7] = pixels0, pixels1
            return residual, mask, planes

        monkeypatch.setattr(ifnet.Block, "forward", forward)
        return network, scales

    @pytest.mark.parametrize(("pixels0", "pixels1"), [(33, -33), (-32.5, 40)])
    def test_motion_beyond_32_pixels_on_both_sides(
        self, pixels0: float, pixels1: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network, scales = self.with_residual(pixels0, pixels1, monkeypatch)
        with torch.inference_mode():
            network(textured(64, 64, 1), textured(64, 64, 2), 0.5)
        assert scales == [8, 4, 16, 8, 4, 2]

    @pytest.mark.parametrize(("pixels0", "pixels1"), [(33, 31), (31, 33), (32, 32), (0, 0)])
    def test_not_on_one_side_only(self, pixels0: float, pixels1: float, monkeypatch: pytest.MonkeyPatch) -> None:
        network, scales = self.with_residual(pixels0, pixels1, monkeypatch)
        with torch.inference_mode():
            network(textured(64, 64, 1), textured(64, 64, 2), 0.5)
        assert scales == [8, 4, 2, 1]

    @pytest.mark.parametrize("size", [(32, 32), (32, 160), (96, 160), (128, 224)])
    @pytest.mark.parametrize("flow_scale", [0.5, 1.0, 2.0])
    @pytest.mark.parametrize("ensemble", [False, True])
    def test_sizes_that_doubled_strides_do_not_divide(
        self, size: tuple[int, int], flow_scale: float, ensemble: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network, scales = self.with_residual(50, 50, monkeypatch)
        multiple = network.spec.pad_multiple(flow_scale)
        height, width = (-(-side // multiple) * multiple for side in size)
        image0, image1 = textured(height, width, 1), textured(height, width, 2)
        with torch.inference_mode():
            drawn = network(image0, image1, 0.5, flow_scale=flow_scale, ensemble=ensemble)
        assert max(scales) == 16 / flow_scale
        assert drawn.shape == image0.shape
        assert bool(torch.isfinite(drawn).all())

    def test_other_versions_never_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = random_network(small("4.2"))
        # Nothing can be compared with None: to ask whether a residual is beyond it fails.
        monkeypatch.setattr(ifnet, "RETRY_THRESHOLD", None)
        with torch.inference_mode():
            network(textured(64, 64, 1), textured(64, 64, 2), 0.5)
