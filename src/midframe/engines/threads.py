"""How many CPU threads engines use in this process. Importing this does not load torch."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from midframe.engines.control_groups import core_quota

_chosen: int | None = None


def usable_cores() -> int:
    """Cores that this process may use, or what `OMP_NUM_THREADS` says where it is set.

    Cores that it may not run on do not count, nor what is above a container's limit on their time.
    """
    wanted = threads_of_variable()
    if wanted is not None:
        return wanted
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), _core_quota() or sys.maxsize)
    return os.cpu_count() or 1


def threads_of_variable() -> int | None:
    """What `OMP_NUM_THREADS` says of the outermost level; None where it is not set, or not to a number of threads."""
    text = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(text) if text.isdecimal() and int(text) > 0 else None


_core_quota = lru_cache(maxsize=1)(core_quota)


def thread_count() -> int:
    """Threads that an engine of this process uses from its next call on."""
    return usable_cores() if _chosen is None else _chosen


def set_threads(count: int | None) -> None:
    """Choose the number of threads of all engines in this process; None leaves it unchanged."""
    global _chosen
    if count is not None:
        _chosen = count


def shared_threads(workers: int) -> int:
    """Threads for each of several workers, so that together they have no more than this process would have."""
    return max(1, thread_count() // workers)


def describe_cpu() -> str:
    """The CPU as a device, in words for summaries."""
    threads = thread_count()
    return f"cpu ({threads} thread{'s' * (threads > 1)})"
