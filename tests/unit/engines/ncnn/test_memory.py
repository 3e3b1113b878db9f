from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.engines import fast, random_model

from midframe.engines.entry import EngineLoad
from midframe.engines.ncnn.memory import device_need, host_need
from midframe.models.rife.spec import ROWS, Spec, spec_for_version


def load_of(version: str, width: int = 1280, height: int = 720) -> EngineLoad:
    return EngineLoad(random_model(spec_for_version(version)), fast(device="vulkan:0"), width, height, 3)


def test_both_grow_with_the_frames() -> None:
    small, large = load_of("4.25"), load_of("4.25", 2560, 1440)
    for need in (device_need, host_need):
        assert 2.5 < (need(large) - need(load_of("4.25", 64, 64))) / (need(small) - need(load_of("4.25", 64, 64))) < 4.5


def test_coarse_flow_takes_less_of_the_device() -> None:
    load = load_of("4.25")
    coarse, fine = (replace(load, options=replace(load.options, flow_scale=scale)) for scale in (0.5, 2.0))
    assert device_need(coarse) < 0.6 * device_need(load)
    assert device_need(fine) > 2 * device_need(load)


def test_frames_that_are_kept_are_kept_on_the_machine() -> None:
    load = load_of("4.25")
    several = replace(load, inner_frames=4)
    assert device_need(several) == device_need(load)
    assert host_need(several) > host_need(load)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row(row: Spec) -> None:
    assert 50e6 < device_need(load_of(row.name)) < 3e9
