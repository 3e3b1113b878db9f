"""The control groups of Linux that this process is in; containers and job schedulers limit memory and cores by them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path


def groups(controller: str, root: Path = Path("/")) -> Iterator[tuple[int, Path]]:
    """Where the limits of a controller stand: of the groups of this process, and of all groups above.

    Args:
        controller: Such as ``memory`` or ``cpu``.
        root: Where /proc and /sys are; for tests.

    Yields:
        The version of the control groups, 1 or 2, and a folder, which may not exist.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            version, mount = 2, root / "sys/fs/cgroup"
        elif controller in controllers.split(","):
            version, mount = 1, root / "sys/fs/cgroup" / controller
        else:
            continue
        # Limits of all groups above count, too. Inside a container its own group may be what is mounted as the top.
        own = mount / path.lstrip("/")
        for folder in (own, *own.parents):
            yield version, folder
            if folder == mount:
                break


def core_quota(root: Path = Path("/")) -> int | None:
    """Cores whose time the limits on this process's groups allow, rounded up; None without limits.

    Args:
        root: Where /proc and /sys are; for tests.
    """
    shares = [share for version, folder in groups("cpu", root) if (share := _share(folder, version)) is not None]
    return max(1, math.ceil(min(shares))) if shares else None


def _share(folder: Path, version: int) -> float | None:
    """The time that a group may take in a period, in periods."""
    try:
        if version == 2:
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        else:
            quota, period = (
                (folder / name).read_text(encoding="ascii").strip()
                for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            )
    except OSError:
        return None
    return None if quota in ("max", "-1") else int(quota) / int(period)
