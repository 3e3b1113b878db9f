"""Connecting to a cluster and starting workers, while this process still loads its libraries and the weights."""

from __future__ import annotations

import importlib
import threading

from midframe.engines.options import EngineOptions
from midframe.executors.options import ExecutionOptions
from midframe.executors.ray.cluster import Cluster
from midframe.executors.ray.placement import check_devices, plan_workers
from midframe.executors.ray.worker_pool import RayWorkerPool


def connect(options: EngineOptions, execution: ExecutionOptions, frames: int | None) -> RayWorkerPool:
    """Connect and plan workers. The connection ends with the process.

    Args:
        options: `device` and `threads` count.
        execution: Which cluster, and how many workers.
        frames: How many frames are about to be interpolated, None if that is unknown; workers for them are started.

    Raises:
        OptionError: There is no cluster, no worker fits on it, or a device that Ray does not assign.
    """
    check_devices(options)
    # Connecting is waiting, most of all for a cluster that is started here. Later imports join this thread's.
    threading.Thread(target=importlib.import_module, args=("midframe.engines.loading",), name="midframe-import").start()
    cluster = Cluster.connect(execution.ray_address)
    pool = RayWorkerPool(plan_workers(cluster.nodes(), options, execution.ray_workers))
    pool.start_early(frames)
    return pool
