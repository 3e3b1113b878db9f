from __future__ import annotations

from typing import Any

import pytest
from tests.support.engines import fast

from midframe.engines.cpu.entry import CpuEntry
from midframe.engines.entry import EngineEntry, EngineLoad
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.memory_model import plan as plan_load
from midframe.engines.options import FLOW_SCALES, Quality
from midframe.engines.torch.entry import TorchEntry
from midframe.errors import OutOfMemoryError
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import ROWS, Spec, spec_for_version

GIGABYTE = 1_000_000_000

ENTRIES: dict[str, tuple[EngineEntry, str]] = {
    "fused": (CpuEntry(), "cpu"),
    "torch": (TorchEntry(), "cpu"),
    "gpu": (TorchEntry(), "cuda"),
}
"""Engine and device."""


def load(
    kind: str,
    width: int,
    height: int,
    channels: int,
    scale: float,
    strips: int = 1,
    *,
    times: int = 1,
    quality: Quality = "fast",
    spec: Spec | None = None,
    allow_lower_scale: bool = False,
) -> EngineLoad:
    options = fast(device=ENTRIES[kind][1], flow_scale=scale, quality=quality, allow_lower_scale=allow_lower_scale)
    model = RifeModel(spec or spec_for_version("4.25"), {})
    return EngineLoad(model, options, width, height, channels, strips, times)


def need(kind: str, *what: Any, **more: Any) -> int:
    return ENTRIES[kind][0].memory_need(load(kind, *what, **more))


def plan(kind: str, width: int, height: int, channels: int, scale: float, budget: int, **more: Any) -> MemoryPlan:
    return plan_load(ENTRIES[kind][0], load(kind, width, height, channels, scale, **more), budget)


MEASURED = [
    # engine, size, flow scale, strips, peak of a process in GB (benchmarks/memory.py; docs/memory.md)
    ("fused", 1920, 1080, 1.0, 1, 0.78),
    ("fused", 1920, 1080, 1.0, 2, 0.74),
    ("fused", 1920, 1080, 0.25, 1, 0.69),
    ("fused", 1920, 1080, 2.0, 1, 2.08),
    ("fused", 3840, 2160, 1.0, 1, 2.21),
    ("fused", 3840, 2160, 0.5, 1, 1.69),
    ("fused", 7680, 4320, 0.5, 1, 5.32),
    ("fused", 7680, 4320, 0.25, 1, 4.93),
    ("fused", 15360, 8640, 0.25, 1, 18.24),
    ("torch", 1920, 1080, 1.0, 1, 1.21),
    ("torch", 1920, 1080, 1.0, 2, 1.24),
    ("torch", 1920, 1080, 0.25, 1, 0.90),
    ("torch", 1920, 1080, 0.25, 2, 0.86),
    ("torch", 1920, 1080, 2.0, 1, 2.93),
    ("torch", 3840, 2160, 1.0, 1, 3.79),
    ("torch", 3840, 2160, 0.25, 1, 2.26),
]


@pytest.mark.parametrize(("kind", "width", "height", "scale", "strips", "gigabytes"), MEASURED)
def test_what_was_measured_is_foreseen(
    kind: str, width: int, height: int, scale: float, strips: int, gigabytes: float
) -> None:
    """Never less than was measured, and not so much more that memory lies idle."""
    foreseen = need(kind, width, height, 3, scale, strips)
    assert gigabytes * GIGABYTE <= foreseen <= 1.3 * gigabytes * GIGABYTE


@pytest.mark.parametrize("kind", ["fused", "torch", "gpu"])
def test_better_pictures_need_more(kind: str) -> None:
    by_quality = [need(kind, 2048, 1024, 3, 1.0, 4, quality=name) for name in ("fast", "default", "best")]
    assert by_quality == sorted(set(by_quality))


@pytest.mark.parametrize("kind", ["fused", "torch", "gpu"])
@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
def test_need_grows_with_everything(kind: str, spec: Spec) -> None:
    def of(width: int = 2048, channels: int = 3, scale: float = 1.0, strips: int = 1, times: int = 1) -> int:
        return need(kind, width, 1024, channels, scale, strips, times=times, spec=spec)

    assert of(width=4096) > of()
    assert of(channels=5) > of() or kind == "gpu"
    assert of(times=7) > of() or kind == "gpu"
    assert of(strips=2) <= of()
    by_scale = [of(scale=scale) for scale in FLOW_SCALES]
    assert by_scale == sorted(by_scale)


def test_all_fits() -> None:
    found = plan("fused", 1280, 720, 3, 1.0, 8 * GIGABYTE, times=7)
    assert (found.strips, found.batch, found.flow_scale) == (1, 7, 1.0)
    assert found.need == need("fused", 1280, 720, 3, 1.0, 1, times=7)
    assert found.spare == 8 * GIGABYTE - found.need


def test_the_batch_goes_before_the_strips() -> None:
    def planned(budget: int) -> MemoryPlan:
        return plan("torch", 3840, 2160, 3, 0.25, budget, times=7)

    whole = need("torch", 3840, 2160, 3, 0.25, 1, times=7)
    assert planned(whole).batch == 7
    assert (planned(whole - 1).strips, planned(whole - 1).batch) == (1, 4)
    one = need("torch", 3840, 2160, 3, 0.25, 1)
    assert (planned(one).strips, planned(one).batch) == (1, 1)
    assert (planned(one - 1).strips, planned(one - 1).batch) == (2, 1)


def test_nothing_fits_says_what_would() -> None:
    with pytest.raises(OutOfMemoryError) as caught:
        plan("fused", 7680, 4320, 3, 1.0, 7 * GIGABYTE)
    message = str(caught.value)
    assert message.startswith("A pair of 7680×4320 frames needs ")
    assert "at flow scale 1, and 7.0 GB may be used: use `flow_scale=0.5`, or allow more with `memory`." in message


def test_a_lower_scale_only_where_allowed() -> None:
    found = plan("fused", 7680, 4320, 3, 1.0, 7 * GIGABYTE, allow_lower_scale=True)
    assert found.flow_scale == 0.5


def test_no_scale_fits() -> None:
    with pytest.raises(OutOfMemoryError, match=r"use smaller frames, or allow more with `memory`\.$"):
        plan("fused", 7680, 4320, 3, 1.0, GIGABYTE, allow_lower_scale=True)


def test_budgets_that_are_promised() -> None:
    """8K within 12 GB, 16K within 20 GB."""
    assert need("fused", 7680, 4320, 3, 0.5, 1) <= 12 * GIGABYTE
    assert need("fused", 15360, 8640, 3, 0.25, 1) <= 20 * GIGABYTE


def test_more_channels_of_features_take_more() -> None:
    heavy = spec_for_version("4.26.heavy")
    assert need("fused", 1920, 1080, 3, 0.25, 1, spec=heavy) > need("fused", 1920, 1080, 3, 0.25, 1)


@pytest.mark.parametrize(
    ("version", "kind", "gigabytes"),
    [
        ("4.0", "fused", 0.63),
        ("4.10", "fused", 1.05),
        ("4.25.heavy", "fused", 1.24),
        ("4.26.heavy", "fused", 1.16),
        ("4.0", "torch", 0.86),
        ("4.25.heavy", "torch", 1.42),
        ("4.26.heavy", "torch", 1.88),
    ],
)
def test_other_versions_as_measured(version: str, kind: str, gigabytes: float) -> None:
    """With random weights, 1920×1080 at flow scale 1."""
    foreseen = need(kind, 1920, 1080, 3, 1.0, 1, spec=spec_for_version(version))
    assert gigabytes * GIGABYTE <= foreseen <= 1.35 * gigabytes * GIGABYTE


class HalfOnTheMachine(TorchEntry):
    """An engine on a GPU that also takes memory of the machine, half as much."""

    def host_need(self, load: EngineLoad) -> int:
        return self.memory_need(load) // 2


def test_a_gpu_may_leave_work_to_the_machine() -> None:
    entry, wanted = HalfOnTheMachine(), load("gpu", 1920, 1080, 3, 1.0)
    need = entry.memory_need(wanted)
    found = plan_load(entry, wanted, need, host_budget=need // 2)
    assert (found.strips, found.need, found.host_need, found.spare) == (1, need, need // 2, 0)
    for budget, host_budget in ((need, need // 4), (need // 2, need // 2)):
        with pytest.raises(OutOfMemoryError):
            plan_load(entry, wanted, budget, host_budget=host_budget)


@pytest.mark.parametrize(
    ("budget", "host_budget", "said"),
    [
        (2 * GIGABYTE, 0, r"needs 0\.\d GB .* and 0\.0 GB may be used, in addition to 3\.0 GB for buffered frames"),
        (0, 2 * GIGABYTE, r"and 0\.0 GB may be used: .*, or use `device=cpu`\.$"),
    ],
)
def test_what_is_missing_is_told_apart(budget: int, host_budget: int, said: str) -> None:
    with pytest.raises(OutOfMemoryError, match=said):
        plan_load(
            HalfOnTheMachine(),
            load("gpu", 1920, 1080, 3, 1.0),
            budget,
            host_budget=host_budget,
            reserved=3 * GIGABYTE,
        )
