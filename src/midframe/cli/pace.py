"""How fast work advances, and how long the rest takes, by what was measured in the last seconds."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping

from midframe.cli.readable import readable_time
from midframe.runtime.events import Stage

WINDOW_SECONDS = 6.0
"""What lies further back is forgotten: the first frames of a job are slower than the rest."""

LEAST_SECONDS = 3.0
"""Nothing is said before this much was measured: estimates from less are several times too long."""


class Pace:
    """The speed of one kind of work.

    Args:
        total: How much there is to do; None if unknown.
        clock: The time in seconds.
    """

    def __init__(self, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()
        self._begin = 0.0

    def advance(self, done: int) -> None:
        """Note that this much is done in all. What comes before the first call is not measured: it is the start."""
        now = self._clock()
        if not self._marks:
            self._begin = now
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[1][0] >= WINDOW_SECONDS:
            self._marks.popleft()

    @property
    def rate(self) -> float | None:
        """How much is done in a second; None if that is not known yet."""
        if not self._marks or self._marks[-1][0] - self._begin < LEAST_SECONDS:
            return None
        (begin, before), (end, done) = self._marks[0], self._marks[-1]
        return (done - before) / (end - begin) if done > before else None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes; None if that is not known."""
        if self._total is not None and self._marks and self._marks[-1][1] >= self._total:
            return 0.0
        return None if self._total is None or self.rate is None else (self._total - self._marks[-1][1]) / self.rate


class JobPace:
    """The speed of a job whose stages run at the same time.

    Args:
        totals: How much there is to do in each stage, in order; None where that is unknown.
        clock: See `Pace`.
    """

    def __init__(self, totals: Mapping[Stage, int | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._paces = {stage: Pace(total, clock) for stage, total in totals.items()}

    def advance(self, stage: Stage, done: int) -> None:
        """Note how much of a stage is done."""
        self._paces[stage].advance(done)

    def rate(self, stage: Stage) -> float | None:
        """See `Pace.rate`."""
        return self._paces[stage].rate

    @property
    def seconds_left(self) -> float | None:
        """How long the rest of the job takes; None if that is not known.

        The last stage is the last to end. It has to wait for the others, so the slowest of them counts. Reading is
        ahead of them, and says nothing.
        """
        last = self._paces[list(self._paces)[-1]].seconds_left
        others = [pace.seconds_left or 0.0 for stage, pace in self._paces.items() if stage != "read"]
        return None if last is None else max([last, *others])


def left_words(seconds: float | None) -> str:
    """How long the rest takes, in words: "about 24 s left"; "" where it is unknown, or nothing is left."""
    if not seconds:
        return ""
    whole = math.ceil(seconds)
    return f"about {f'{whole} s' if whole < 10 else readable_time(whole)} left"
