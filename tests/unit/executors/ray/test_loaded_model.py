"""A network on a cluster, as far as no cluster is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midframe.engines.options import EngineOptions
from midframe.errors import OutOfMemoryError
from midframe.executors.ray.placement import WorkerPlan
from midframe.types import FrameFormat

pytest.importorskip("ray", reason="Ray is not installed (pip install 'midframe[ray]')")

LARGE = FrameFormat(3840, 2160, 3, np.dtype("uint8"))
GB = 10**9


def fitted(checkpoint: Path, plan: WorkerPlan, memory: int | None, **options: object):  # type: ignore[no-untyped-def]
    from midframe.executors.ray.loaded_model import load_cluster_network
    from midframe.executors.ray.worker_pool import RayWorkerPool

    wanted = EngineOptions(checkpoint, threads=1, memory=memory, **options)  # type: ignore[arg-type]
    return load_cluster_network(RayWorkerPool(plan), wanted, shared_input=False).fitted(LARGE, 8, "direct")


def test_workers_begin_with_what_fits(real_checkpoint_40: Path) -> None:
    plenty = fitted(real_checkpoint_40, WorkerPlan(2, threads=1), 60 * GB)
    scarce = fitted(real_checkpoint_40, WorkerPlan(2, threads=1, per_node=2, on_this_node=2), 6 * GB)
    assert (plenty.memory.strips, plenty.memory.batch) == (1, 8)
    assert scarce.memory.batch < 8
    (maker,) = scarce.makers
    assert maker.maker.memory == scarce.memory
    assert scarce.spare == 6 * GB - 2 * scarce.memory.need


def test_what_does_not_fit_is_an_error_before_the_job_starts(real_checkpoint_40: Path) -> None:
    with pytest.raises(OutOfMemoryError, match="`memory`"):
        fitted(real_checkpoint_40, WorkerPlan(4, threads=1, per_node=4), 4 * GB)


def test_a_lower_scale_is_noted_and_recorded(real_checkpoint_40: Path) -> None:
    plan = WorkerPlan(1, threads=1, per_node=1)
    lower = fitted(real_checkpoint_40, plan, 3 * GB, flow_scale=2.0, allow_lower_scale=True)
    assert lower.memory.flow_scale < 2
    assert lower.settings["flow_scale"] == lower.memory.flow_scale
    assert any("needs more memory" in note for note in lower.notes)


def test_without_a_budget_that_of_the_smallest_node_counts(real_checkpoint_40: Path) -> None:
    network = fitted(real_checkpoint_40, WorkerPlan(2, threads=1, per_node=2, node_memory=6 * GB), None)
    assert network.memory.batch < 8


def test_workers_with_gpus_find_out_for_themselves(real_checkpoint_40: Path) -> None:
    assert fitted(real_checkpoint_40, WorkerPlan(2, gpus=1), 4 * GB).memory is None
