from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midframe.errors import OutOfMemoryError
from midframe.model.spec import ROWS
from midframe.pipeline.networks.memory import BUFFER_BYTES, buffer_bytes, frames_ahead, must_be_lean, plan_memory
from midframe.pipeline.networks.network import NetworkOptions
from midframe.types import FrameFormat

SPEC = next(row for row in ROWS if "4.25" in row.versions)
ONE = [NetworkOptions(device="cpu")]
HD = FrameFormat(1920, 1080, 3, np.dtype("uint8"))
HUGE = FrameFormat(15360, 8640, 3, np.dtype("uint8"))
GB = 10**9


def options(memory: int, **changes: object) -> list[NetworkOptions]:
    return [replace(ONE[0], memory=memory, **changes)]  # type: ignore[arg-type]


def test_plenty_changes_nothing() -> None:
    plan = plan_memory(SPEC, options(16 * GB), HD, 3, "direct")
    assert (plan.strips, plan.batch, plan.flow_scale) == (1, 3, 1.0)
    assert plan.spare <= 16 * GB - plan.need


def test_engines_share_what_there_is() -> None:
    two = plan_memory(SPEC, options(16 * GB) * 2, HD, 1, "direct")
    one = plan_memory(SPEC, options(16 * GB), HD, 1, "direct")
    assert two.spare == one.spare - one.need


def test_too_little_is_told_with_what_would_do() -> None:
    with pytest.raises(OutOfMemoryError, match="--memory"):
        plan_memory(SPEC, options(200_000_000), HD, 1, "direct")


def test_a_lower_scale_only_if_allowed() -> None:
    tight = options(9 * GB)
    eight = FrameFormat(7680, 4320, 3, np.dtype("uint8"))
    with pytest.raises(OutOfMemoryError, match="--scale"):
        plan_memory(SPEC, tight, eight, 1, "direct")
    plan = plan_memory(SPEC, options(9 * GB, allow_lower_scale=True), eight, 1, "direct")
    assert plan.flow_scale < 1


def test_recursive_drawing_keeps_motions() -> None:
    direct = plan_memory(SPEC, options(16 * GB), HD, 15, "direct")
    recursive = plan_memory(SPEC, options(16 * GB), HD, 15, "recursive")
    assert recursive.spare < direct.spare


def test_large_frames_wait_without_their_views() -> None:
    assert not must_be_lean(HD, 8 * GB)
    assert must_be_lean(HUGE, 8 * GB)
    assert frames_ahead(HUGE, lean=True) < frames_ahead(HUGE, lean=False) / 2


@pytest.mark.parametrize("spare", [0, GB, 100 * GB])
def test_buffers(spare: int) -> None:
    found = buffer_bytes(HD, spare, lean=False)
    assert HD.nbytes <= found <= BUFFER_BYTES
