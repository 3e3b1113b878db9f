"""How much memory is free, for the machine, the container that midframe may run in, and the GPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from midframe.engines.control_groups import groups

DEFAULT_SHARE = 0.8
"""Share of the free memory that a job uses by default: other programs need some, too."""


def available_memory(device: str | None = None, *, root: Path = Path("/")) -> int:
    """Bytes that can still be allocated.

    Args:
        device: A CUDA device, such as "cuda:0", for its memory; any other, or None, for that of the machine.
        root: Where /proc and /sys are; for tests.

    Returns:
        For the machine, what is free or can be freed without swapping, or what the control groups that this process
        is in leave of their limits (Linux, versions 1 and 2), whichever is less.
    """
    if device is not None and device.startswith("cuda"):
        from torch.cuda import mem_get_info  # seconds to load, and needless where there is no such device

        free, _ = mem_get_info(device)
        return int(free)
    left = memory_left_by_groups(root)
    free = int(psutil.virtual_memory().available)
    return max(free if left is None else min(free, left), 0)


def memory_left_by_groups(root: Path = Path("/")) -> int | None:
    """Bytes that the limits of this process's control groups leave, such as those of a container; None without limits.

    Args:
        root: Where /proc and /sys are; for tests.
    """
    return min(_left_in_groups(root), default=None)


def machine_memory() -> int:
    """Bytes of memory that the machine has."""
    return int(psutil.virtual_memory().total)


def peak_memory() -> int | None:
    """The most bytes that this process has held at once; None where the system does not say."""
    try:
        # Not `getrusage`: on Linux it is never below what the parent held when it started this process.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_device_memory(device: str) -> int | None:
    """The most bytes of a GPU that torch has held at once in this process; None where torch does not use it."""
    if not device.startswith("cuda") or "torch" not in sys.modules:
        return None
    from torch.cuda import max_memory_allocated

    return int(max_memory_allocated(device))


def default_budget(device: str | None = None) -> int:
    """Bytes that a job may use where the user did not say."""
    return int(DEFAULT_SHARE * available_memory(device))


def _left_in_groups(root: Path) -> Iterator[int]:
    """What each limit on a control group of this process leaves; nothing if there are none."""
    for version, folder in groups("memory", root):
        if version == 2:
            left = _left(folder, "memory.max", "memory.current", "inactive_file")
        else:
            left = _left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        if left is not None:
            yield left


def _left(folder: Path, limit: str, usage: str, cache: str) -> int | None:
    """Bytes that a group may still take; unused pages of files count as free, because they are dropped."""
    try:
        allowed, used = ((folder / name).read_text(encoding="ascii").strip() for name in (limit, usage))
        statistics = (folder / "memory.stat").read_text(encoding="ascii")
    except OSError:
        return None
    if allowed == "max":
        return None
    fields = dict(line.split() for line in statistics.splitlines())
    return int(allowed) - int(used) + int(fields.get(cache, 0))
