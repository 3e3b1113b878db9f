"""Reaching a cluster and setting workers to start, while this process still loads torch and the weights.

Importing this does not load torch.
"""

from __future__ import annotations

import importlib
import threading

from midframe.engines.options import EngineOptions
from midframe.executors.options import ExecutionOptions
from midframe.executors.ray.placement import plan_workers
from midframe.executors.ray.session import Cluster
from midframe.executors.ray.worker_pool import Crew


def enter(options: EngineOptions, execution: ExecutionOptions, draws: int | None) -> Crew:
    """Connect and choose workers. The connection ends with the process.

    Args:
        options: `device` and `threads` count.
        execution: Which cluster, and how many workers.
        draws: How many frames are about to be drawn, None if nobody knows; workers for them start.

    Raises:
        OptionError: There is no cluster, it has no room, or a device that Ray does not share out.
    """
    # Connecting is waiting, most of all for a cluster of our own to start. Whoever wants torch waits for this thread.
    threading.Thread(target=importlib.import_module, args=("midframe.engines.loading",), name="midframe-import").start()
    cluster = Cluster.connect(execution.ray_address)
    crew = Crew(plan_workers(cluster.nodes(), options, execution.ray_workers))
    crew.get_ready(draws)
    return crew
