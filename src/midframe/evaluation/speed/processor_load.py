"""How busy other programs keep the processor."""

from __future__ import annotations

import time

import psutil


class ProcessorLoad:
    """Measures from when it is made how much of the processor other programs take."""

    def __init__(self) -> None:
        self._began, self._busy = time.monotonic(), _busy_seconds()

    def others(self, own_seconds: float) -> float | None:
        """Share of the processor time of all cores that went to others, in [0, 1]; None over too short a time.

        Args:
            own_seconds: Processor time that the measured processes have used.
        """
        elapsed = time.monotonic() - self._began
        available = elapsed * (psutil.cpu_count() or 1)
        if elapsed < SHORTEST_SECONDS:
            return None
        return min(max((_busy_seconds() - self._busy - own_seconds) / available, 0.0), 1.0)


SHORTEST_SECONDS = 0.5
"""The system counts in hundredths of a second."""


def _busy_seconds() -> float:
    """Processor time of all cores so far that was not idle; what a host takes from a virtual machine counts."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
