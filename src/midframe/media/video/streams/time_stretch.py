"""Sound made longer or shorter at the same pitch."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, log2
from typing import cast

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""(channels, samples)."""

STEEPEST = 2.0
"""What atempo does at once; more is done in equal steps."""

LATE = 1 / 3
"""Share of a window by which sounds begin early on average besides: measured on tone bursts, factors 1.25 to 8."""


class TimeStretch:
    """libavfilter's atempo (overlapped windows, moved to where they fit best), exact in length.

    What goes in as n samples comes out as round(n · stretch). Windows last 40 to 85 ms, so a sound can begin some 15 ms
    from where it belongs at factor 2, and some 50 ms at factor 4; nothing adds up.

    Args:
        stretch: Length of the output over that of the input, above 0.
        rate: Samples per second of the input.
        layout: FFmpeg's name of the channel layout.
        output_rate: Samples per second of the output.
    """

    def __init__(self, stretch: Fraction, rate: int, layout: str, *, output_rate: int) -> None:
        self._stretch = stretch * output_rate / rate
        self._rate, self._layout = rate, layout
        self._taken = 0
        self._given = 0
        self._graph = Graph()
        steps = max(1, ceil(abs(log2(stretch)) - 1e-9)) if stretch != 1 else 0
        tempo = float(stretch) ** (-1 / max(1, steps))
        last = self._graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout, time_base=Fraction(1, rate))
        for name, arguments in (
            *([("atempo", f"tempo={tempo:.9f}")] * steps),
            ("aresample", str(output_rate)),
            ("aformat", f"sample_fmts=fltp:channel_layouts={layout}"),
            ("abuffersink", None),
        ):
            following = self._graph.add(name, arguments)
            last.link_to(following)
            last = following
        self._graph.configure()
        self._window = 1 << ceil(log2(rate / 24))
        self._late = self._delay(steps, 1 / tempo) * output_rate // rate
        self._channels = 0

    def push(self, sound: Sound) -> Iterator[Sound]:
        """Accept samples and yield those that are ready."""
        self._channels = sound.shape[0]
        self._taken += sound.shape[1]
        for made in self._through(sound):
            self._given += made.shape[1]
            yield made

    def finish(self) -> Iterator[Sound]:
        """Give the rest, up to the exact length."""
        if not self._taken:
            return
        missing = round(self._taken * self._stretch) - self._given
        for made in self._rest():
            yield made[:, :missing]
            missing -= made.shape[1]
            if missing <= 0:
                return
        yield np.zeros((self._channels, missing), np.float32)

    def _rest(self) -> Iterator[Sound]:
        # The last window is only complete with something after it.
        yield from self._through(np.zeros((self._channels, 4 * self._window), np.float32))
        self._graph.push(None)
        yield from self._ready()

    def _delay(self, steps: int, factor: float) -> int:
        """Samples by which the output is late on purpose.

        A window keeps its own pace from its start on: by its middle it is (factor − 1) · ½ window ahead of time, and
        what one step is ahead, the next one stretches.
        """
        if not steps:
            return 0
        ahead = LATE / factor
        for _ in range(steps):
            ahead = ahead * factor + (factor - 1) / 2
        return max(0, round(ahead * self._window))

    def _through(self, sound: Sound) -> Iterator[Sound]:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=self._layout)
        frame.sample_rate = self._rate
        self._graph.push(frame)
        yield from self._ready()

    def _ready(self) -> Iterator[Sound]:
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(frame, av.AudioFrame)
            sound = cast("Sound", frame.to_ndarray())
            if self._late:
                yield np.zeros((sound.shape[0], self._late), np.float32)
                self._late = 0
            yield sound
