from __future__ import annotations

import json
from pathlib import Path

import pytest

from midframe.engines.options import FLOW_SCALES
from midframe.errors import UnknownModelError
from midframe.models.rife.network import IFNet
from midframe.models.rife.spec import ROWS, VERSIONS, Spec, spec_for_version

PUBLISHED = json.loads((Path(__file__).parents[3] / "golden" / "data" / "ifnet_state_dicts.json").read_text())

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def test_17_rows_hold_36_versions_once_each() -> None:
    assert len(ROWS) == 17
    assert len(VERSIONS) == len(set(VERSIONS)) == 36
    assert [row.name for row in ROWS] == list(PUBLISHED)


@each_row
def test_row_is_the_published_network(row: Spec) -> None:
    published = PUBLISHED[row.name]
    assert list(row.versions) == published["versions"]
    assert row.pad_multiple() == published["pad_multiple"]
    assert row.state_shapes() == {key: tuple(shape) for key, shape in published["state_dict"].items()}


@each_row
def test_network_has_exactly_the_tensors_of_its_row(row: Spec) -> None:
    network = IFNet(row)
    assert {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()} == row.state_shapes()
    assert row.parameters == sum(tensor.numel() for tensor in network.state_dict().values())


def test_no_two_rows_have_the_same_tensors() -> None:
    shapes = [frozenset(row.state_shapes().items()) for row in ROWS]
    assert len(set(shapes)) == len(ROWS)


@each_row
@pytest.mark.parametrize("flow_scale", FLOW_SCALES)
def test_padding_is_what_the_coarsest_block_needs(row: Spec, flow_scale: float) -> None:
    multiple = row.pad_multiple(flow_scale)
    # Every block shrinks by its scale and then by 4 in two strided convolutions.
    needed = max(4 * scale / flow_scale for scale in row.scales)
    assert multiple % needed == 0
    assert multiple == max(row.pad, row.pad / flow_scale)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_is_found(version: str) -> None:
    assert version in spec_for_version(version).versions


@pytest.mark.parametrize("version", ["4", "4.27", "4.25.Lite", "v4.25", "", "3.9"])
def test_unknown_version_is_named_with_the_known_ones(version: str) -> None:
    with pytest.raises(UnknownModelError, match=r"4\.22\.lite") as caught:
        spec_for_version(version)
    assert repr(version) in str(caught.value)


def test_rows_in_words() -> None:
    assert spec_for_version("4.26").description == "RIFE 4.25 or 4.26"
    assert spec_for_version("4.23").description == "RIFE 4.21, 4.22 or 4.23"
    assert spec_for_version("4.20").description == "RIFE 4.20"


def test_ensemble_exists_where_it_was_published() -> None:
    without = {"4.21", "4.22", "4.23", "4.22.lite", "4.25", "4.26", "4.25.lite", "4.25.heavy", "4.26.heavy"}
    assert {version for version in VERSIONS if not spec_for_version(version).ensemble} == without


def test_only_the_first_versions_retry() -> None:
    assert [version for version in VERSIONS if spec_for_version(version).retry] == ["4.0", "4.1"]
