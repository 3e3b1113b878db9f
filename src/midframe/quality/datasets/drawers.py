"""Contenders of benchmarks: a network, and the plain blend."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from midframe.engine.base import Engine
from midframe.media.pixels import ViewTransform, from_working, to_working
from midframe.pipeline.pairs.drawing import draw_times, engine_frame
from midframe.policy.recursion import Mode
from midframe.quality.evaluation.results import Contender
from midframe.types import Frame


class NetworkDrawer:
    """Draws with an engine, as jobs do."""

    def __init__(self, contender: Contender, engine: Engine[Any], mode: Mode = "direct") -> None:
        """Take an engine that is ready."""
        self.contender = contender
        self._engine = engine
        self._mode = mode

    def draw(self, left: Frame, right: Frame, times: Sequence[Fraction]) -> list[Frame]:
        """See `Drawer.draw`."""
        transform = ViewTransform.fit([left, right])
        ends = [self._engine.encode(engine_frame(frame, transform)) for frame in (left, right)]
        drawn = draw_times(self._engine, ends[0], ends[1], self._mode, times, transform.view_of_working)
        return [left.with_samples(from_working(drawn[time], left.format)) for time in times]


class BlendDrawer:
    """The mix of both frames, each weighted by how near it is."""

    contender = Contender("blend", "plain blend", {})

    def draw(self, left: Frame, right: Frame, times: Sequence[Fraction]) -> list[Frame]:
        """See `Drawer.draw`."""
        ends = [to_working(frame.samples, frame.format) for frame in (left, right)]
        mixes = (ends[0] * np.float32(1 - time) + ends[1] * np.float32(time) for time in times)
        return [left.with_samples(from_working(mix, left.format)) for mix in mixes]
