"""How workers are placed on what a cluster has."""

from __future__ import annotations

import sys

import pytest

from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.executors.options import ExecutionOptions
from midframe.executors.ray.placement import WorkerPlan, check_devices, plan_workers
from midframe.executors.startup import check_for_execution

GPU_NODE = {"CPU": 16.0, "GPU": 4.0, "accelerator_type:A100": 1.0, "memory": 1e9}
CPU_NODE = {"CPU": 8.0}
HEAD = {"memory": 1e9}


def test_one_worker_a_gpu() -> None:
    plan = plan_workers([HEAD, GPU_NODE, GPU_NODE, CPU_NODE], EngineOptions(), None)
    assert plan == WorkerPlan(8, 1, 1, None, ("A100",), per_node=4, on_this_node=0, node_memory=10**9)
    assert plan.device == "cuda"


def test_one_worker_a_node_with_what_the_smallest_has() -> None:
    plan = plan_workers([HEAD, {"CPU": 8.0}, {"CPU": 12.0}], EngineOptions(), None)
    assert plan == WorkerPlan(2, 8, 0, 8)
    assert plan.device == "cpu"


@pytest.mark.parametrize(("threads", "count"), [(2, 4 + 6), (5, 1 + 2), (9, 1)])
def test_as_many_workers_as_there_is_room_for(threads: int, count: int) -> None:
    plan = plan_workers([CPU_NODE, {"CPU": 12.0}], EngineOptions(threads=threads), None)
    assert (plan.count, plan.cpus, plan.gpus, plan.threads) == (count, threads, 0, threads)


def test_workers_that_share_a_node_share_its_memory() -> None:
    nodes = [{"CPU": 4.0, "memory": 5e9}, {"CPU": 12.0, "memory": 9e9}, {"CPU": 1.0, "memory": 1e9}]
    plan = plan_workers(nodes, EngineOptions(threads=2), None)
    assert (plan.per_node, plan.on_this_node) == (6, 2)
    assert plan.node_memory == 5 * 10**9, "nodes without workers do not count"
    assert plan_workers(nodes, EngineOptions(threads=2), 1).per_node == 1


def test_what_the_user_says_counts() -> None:
    assert plan_workers([GPU_NODE], EngineOptions(device="cpu", threads=4), None) == WorkerPlan(
        4, 4, 0, 4, per_node=4, on_this_node=4, node_memory=10**9
    )
    assert plan_workers([GPU_NODE], EngineOptions(), 9).count == 9


@pytest.mark.parametrize(
    ("nodes", "options", "wanted", "words"),
    [
        ([CPU_NODE], EngineOptions(device="cuda"), None, "has no GPU"),
        ([CPU_NODE], EngineOptions(threads=9), None, "No node of the Ray cluster has 9 CPUs; the largest has 8"),
        ([HEAD], EngineOptions(), None, "no GPUs and no CPUs"),
        ([CPU_NODE], EngineOptions(), 0, "`ray_workers` must be at least 1"),
    ],
)
def test_what_cannot_be(nodes: list[dict[str, float]], options: EngineOptions, wanted: int | None, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        plan_workers(nodes, options, wanted)


@pytest.mark.parametrize(
    ("options", "device"),
    [
        (EngineOptions(device="cuda:1"), "cuda:1"),
        (EngineOptions(device="vulkan"), "vulkan"),
        (EngineOptions(engine="ncnn"), "vulkan"),
    ],
)
def test_devices_that_ray_does_not_assign(options: EngineOptions, device: str) -> None:
    with pytest.raises(OptionError, match=f"`device` is auto, cpu or cuda, not {device}: Ray decides"):
        check_devices(options)


def test_devices_are_checked_before_a_cluster_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(OptionError, match="not vulkan: Ray decides"):
        check_for_execution(EngineOptions(device="vulkan"), ExecutionOptions(kind="ray"))
