"""The graphs compute what the reference network does: here by a builder that computes at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.support.eager_graph import EagerBuilder
from tests.support.random_weights import CASES, narrow, random_network, random_tensors
from torch import Tensor

from midframe.engines.graphs.layers import network_layers
from midframe.engines.graphs.network import Sides, blended_frame, encoded_side, estimated, is_huge, whole_motion
from midframe.models.rife.network import IFNet, resize
from midframe.models.rife.spec import RETRY_THRESHOLD, Spec

BUILDER = EagerBuilder()

FLOW = 1e-4
"""Pixels that flows may differ by, of one or more: sums are rounded in another order."""


def pictures(spec: Spec, flow_scale: float = 1.0) -> tuple[Tensor, Tensor]:
    multiple = spec.pad_multiple(flow_scale)
    views = np.random.default_rng(4).random((2, 1, 3, multiple, 3 * multiple), dtype=np.float32)
    return torch.from_numpy(views[0]), torch.from_numpy(views[1])


def motion(
    spec: Spec, left: Tensor, right: Tensor, *, flow_scale: float = 1.0, ensemble: bool = False, retried: bool = False
) -> tuple[Tensor, Tensor]:
    layers = network_layers(spec, random_tensors(spec), flow_scale=flow_scale, retried=retried)
    height, width = left.shape[-2:]
    sides = Sides(
        encoded_side(BUILDER, layers, left), encoded_side(BUILDER, layers, right), torch.full((1, 1, 1, 1), 0.3)
    )
    known = estimated(BUILDER, layers, sides, ensemble=ensemble, size=(height, width))
    return whole_motion(BUILDER, known, (height, width))


def reference(
    network: IFNet, left: Tensor, right: Tensor, *, flow_scale: float = 1.0, ensemble: bool = False
) -> tuple[Tensor, Tensor]:
    features = network.features(left), network.features(right)
    return network.motion(left, right, *features, 0.3, flow_scale=flow_scale, ensemble=ensemble)


@pytest.mark.parametrize(("spec", "ensemble"), CASES)
def test_every_row_is_as_the_reference(spec: Spec, ensemble: bool) -> None:
    left, right = pictures(spec)
    flow, mask = motion(spec, left, right, ensemble=ensemble)
    wanted_flow, wanted_mask = reference(random_network(spec), left, right, ensemble=ensemble)
    assert wanted_flow.abs().max() > 0.5
    torch.testing.assert_close(flow, wanted_flow, atol=FLOW, rtol=0)
    torch.testing.assert_close(mask, wanted_mask, atol=FLOW, rtol=0)


@pytest.mark.parametrize("flow_scale", [0.25, 0.5, 2.0, 4.0])
@pytest.mark.parametrize("version", ["4.0", "4.22.lite", "4.25"])
def test_every_flow_scale(version: str, flow_scale: float) -> None:
    spec = narrow(version)
    left, right = pictures(spec, flow_scale)
    flow, mask = motion(spec, left, right, flow_scale=flow_scale)
    wanted_flow, wanted_mask = reference(random_network(spec), left, right, flow_scale=flow_scale)
    torch.testing.assert_close(flow, wanted_flow, atol=FLOW, rtol=0)
    torch.testing.assert_close(mask, wanted_mask, atol=FLOW, rtol=0)


@pytest.mark.parametrize("ensemble", [False, True])
def test_a_second_attempt_at_doubled_scales(ensemble: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its strides do not divide the frame: 32 × 96 pixels are 2 × 6 for the first block, which halves them twice."""
    spec = narrow("4.0")
    left, right = pictures(spec)
    monkeypatch.setattr("midframe.models.rife.network._is_huge", lambda residual: True)
    wanted_flow, wanted_mask = reference(random_network(spec), left, right, ensemble=ensemble)
    flow, mask = motion(spec, left, right, ensemble=ensemble, retried=True)
    torch.testing.assert_close(flow, wanted_flow, atol=FLOW, rtol=0)
    torch.testing.assert_close(mask, wanted_mask, atol=FLOW, rtol=0)


def test_only_networks_that_make_a_second_attempt_say_what_decides() -> None:
    for version, decides in (("4.0", True), ("4.6", False)):
        spec = narrow(version)
        layers = network_layers(spec, random_tensors(spec))
        left, right = pictures(spec)
        known = estimated(BUILDER, layers, Sides(left, right, torch.full((1, 1, 1, 1), 0.5)))
        assert (known.decisive is not None) == decides


@pytest.mark.parametrize("largest", [RETRY_THRESHOLD - 1, RETRY_THRESHOLD + 1, 3 * RETRY_THRESHOLD])
def test_what_is_huge(largest: float) -> None:
    """Enlarging lowers a single peak; only what exceeds the threshold afterwards counts."""
    residual = np.zeros((1, 4, 4, 4), np.float32)
    residual[0, :, 2, 1] = largest
    enlarged = resize(torch.from_numpy(residual), 2)
    wanted = bool(enlarged.abs().max() > RETRY_THRESHOLD)
    assert is_huge(residual, 2, 8, 8) == wanted
    residual[0, 2:] = 0
    assert not is_huge(residual, 2, 8, 8)


def test_frames_are_blended_by_flow_and_mask() -> None:
    spec = narrow("4.25")
    network, (left, right) = random_network(spec), pictures(spec)
    flow, mask = reference(network, left, right)
    blended = blended_frame(BUILDER, left, right, flow, mask)
    torch.testing.assert_close(blended, network(left, right, 0.3), atol=1e-4, rtol=0)


def test_a_second_attempt_needs_the_size() -> None:
    spec = narrow("4.0")
    layers = network_layers(spec, random_tensors(spec), retried=True)
    left, right = pictures(spec)
    with pytest.raises(ValueError, match="size"):
        estimated(BUILDER, layers, Sides(left, right, torch.full((1, 1, 1, 1), 0.5)))
