from __future__ import annotations

from dataclasses import replace
from weakref import WeakSet

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine

from midframe.engines import memory_plan
from midframe.engines.interpolation import interpolate_steps
from midframe.engines.memory_info import DEFAULT_SHARE
from midframe.engines.memory_plan import BUFFER_BYTES, buffer_bytes, frames_ahead, must_drop_views, plan_memory
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame, Motion
from midframe.engines.torch.entry import TorchEntry
from midframe.errors import OutOfMemoryError
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import spec_for_version
from midframe.timing.steps import Mode, held_resources, plan_steps
from midframe.timing.timeline import evenly_spaced
from midframe.types import FrameFormat

MODEL = RifeModel(spec_for_version("4.25"), {})
ONE = [EngineOptions(device="cpu")]
HD = FrameFormat(1920, 1080, 3, np.dtype("uint8"))
HUGE = FrameFormat(15360, 8640, 3, np.dtype("uint8"))
GB = 10**9


def options(memory: int, **changes: object) -> list[EngineOptions]:
    return [replace(ONE[0], memory=memory, **changes)]  # type: ignore[arg-type]


def test_plenty_changes_nothing() -> None:
    plan = plan_memory(MODEL, options(16 * GB), HD, 3, "direct")
    assert (plan.strips, plan.batch, plan.flow_scale) == (1, 3, 1.0)
    assert plan.spare <= 16 * GB - plan.need


def test_engines_share_what_there_is() -> None:
    two = plan_memory(MODEL, options(16 * GB) * 2, HD, 1, "direct")
    one = plan_memory(MODEL, options(16 * GB), HD, 1, "direct")
    assert two.spare == one.spare - one.need


def test_a_device_shares_its_memory_between_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """And takes none of the machine's, unless its engine says so."""
    monkeypatch.setattr(memory_plan, "devices_of", lambda options: (options.device,))
    monkeypatch.setattr(TorchEntry, "free_memory", lambda self, device: 8 * GB)
    both = [replace(ONE[0], device="cuda:0", memory=GB, engine="torch")] * 2
    one, two = (plan_memory(MODEL, devices, HD, 1, "direct") for devices in (both[:1], both))
    assert one.spare == two.spare == GB
    assert one.host_need == two.host_need == 0
    monkeypatch.setattr(TorchEntry, "free_memory", lambda self, device: int(1.1 * one.need / DEFAULT_SHARE))
    assert plan_memory(MODEL, both[:1], HD, 1, "direct").strips == 1
    with pytest.raises(OutOfMemoryError, match="use `device=cpu`"):
        plan_memory(MODEL, both, HD, 1, "direct")
    monkeypatch.setattr(TorchEntry, "host_need", lambda self, load: 300_000_000)
    monkeypatch.setattr(TorchEntry, "free_memory", lambda self, device: 8 * GB)
    assert plan_memory(MODEL, both, HD, 1, "direct").spare == GB - 2 * 300_000_000


def test_too_little_is_told_with_what_would_do() -> None:
    with pytest.raises(OutOfMemoryError, match="`memory`"):
        plan_memory(MODEL, options(200_000_000), HD, 1, "direct")


def test_a_lower_scale_only_if_allowed() -> None:
    tight = options(9 * GB)
    eight = FrameFormat(7680, 4320, 3, np.dtype("uint8"))
    with pytest.raises(OutOfMemoryError, match="`flow_scale="):
        plan_memory(MODEL, tight, eight, 1, "direct")
    plan = plan_memory(MODEL, options(9 * GB, allow_lower_scale=True), eight, 1, "direct")
    assert plan.flow_scale < 1


def test_recursive_drawing_keeps_motions() -> None:
    direct = plan_memory(MODEL, options(16 * GB), HD, 15, "direct")
    recursive = plan_memory(MODEL, options(16 * GB), HD, 15, "recursive")
    assert recursive.spare < direct.spare


class CountingEngine(FakeEngine):
    """Knows how many of its motions and encoded frames somebody still has."""

    def __init__(self) -> None:
        super().__init__()
        self.motions: WeakSet[Motion] = WeakSet()
        self.frames: WeakSet[EngineFrame] = WeakSet()
        self.most = (0, 0)

    def encode(self, frame: EngineFrame) -> EngineFrame:
        self.frames.add(frame)
        self._look(0)
        return super().encode(frame)

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        motion = super().motion(left, right, time)
        self.motions.add(motion)
        self._look(0)
        return motion

    def warp(self, left: EngineFrame, right: EngineFrame, motion: Motion) -> NDArray[np.float32]:
        self._look(motion not in self.motions)
        return super().warp(left, right, motion)

    def _look(self, averaged: int) -> None:
        self.most = (max(self.most[0], len(self.motions) + averaged), max(self.most[1], len(self.frames)))


@pytest.mark.parametrize("count", [2, 3, 4, 7, 8, 15, 16, 24])
@pytest.mark.parametrize("mode", ["recursive", "bisect"])
def test_what_drawing_holds_is_what_was_planned_for(mode: Mode, count: int) -> None:
    engine, picture = CountingEngine(), np.zeros((2, 2, 3), np.float32)
    ends = EngineFrame(picture, picture), EngineFrame(picture, picture)
    list(interpolate_steps(engine, *ends, plan_steps(mode, evenly_spaced(count)), lambda working: working))
    estimates, frames = held_resources(mode, count)
    assert engine.most[0] <= estimates
    assert engine.most[1] <= frames
    if count > 6:
        # What is there while an average is made, one more, cannot be seen from here.
        assert engine.most == (estimates - (mode == "recursive"), frames), "not more than there is, either"


def test_direct_drawing_holds_nothing_but_what_it_draws() -> None:
    assert held_resources("direct", 15) == (0, 0)
    assert held_resources("recursive", 1) == held_resources("bisect", 1) == (0, 0)


def test_bisecting_keeps_frames_in_between() -> None:
    direct = plan_memory(MODEL, options(16 * GB), HD, 15, "direct")
    bisect = plan_memory(MODEL, options(16 * GB), HD, 15, "bisect")
    pixels = HD.width * HD.height
    # One estimate of 20 bytes per pixel; three frames with 24 bytes of view and samples, and 32 encoded.
    assert direct.spare - bisect.spare == pytest.approx(pixels * (20 + 3 * (24 + 32)), rel=0.15)


def test_large_frames_wait_without_their_views() -> None:
    assert not must_drop_views(HD, 8 * GB)
    assert must_drop_views(HUGE, 8 * GB)
    assert frames_ahead(HUGE, without_views=True) < frames_ahead(HUGE, without_views=False) / 2


@pytest.mark.parametrize("spare", [0, GB, 100 * GB])
def test_buffers(spare: int) -> None:
    found = buffer_bytes(HD, spare, without_views=False)
    assert HD.nbytes <= found <= BUFFER_BYTES
