"""Contenders of evaluations, asked for one sample of a benchmark at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from midframe.engines.interpolation import engine_frame
from midframe.errors import OptionError
from midframe.evaluation.methods.protocol import Drawer as IntervalDrawer
from midframe.evaluation.methods.protocol import Interval
from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Contender
from midframe.executors.base import PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.types import Frame, Samples


class SampleDrawer:
    """Hands samples to a contender as intervals that have nothing to do with one another."""

    def __init__(self, drawer: IntervalDrawer) -> None:
        """Take a contender that is ready."""
        self._drawer = drawer
        self._next = 0

    @property
    def contender(self) -> Contender:
        """Who draws."""
        return self._drawer.contender

    def draw(self, left: Frame, right: Frame, times: Sequence[Fraction]) -> list[Frame]:
        """See `midframe.evaluation.datasets.evaluate.Drawer`.

        Raises:
            OptionError: The contender needs to see more than two frames.
        """
        transform = ViewTransform.fit((left, right))
        # Contenders tell frames by their index and may keep what they made of the last one.
        before, behind = (
            PreparedFrame(replace(frame, index=self._next + place), engine_frame(frame, transform))
            for place, frame in enumerate((left, right))
        )
        self._next += 2
        drawn = self._drawer.draw(Interval(before, behind, None, tuple(times), "moving", transform))
        if not drawn:
            name = self.contender.name
            raise OptionError(f"{name} needs to see more than two frames, and benchmarks give no more; leave it out.")
        return [left.with_samples(_samples(picture, left)) for picture in drawn]


def _samples(picture: Picture, like: Frame) -> Samples:
    """A picture in [0, 1] in the type of a frame's samples."""
    return np.rint(picture * 255).astype(np.uint8) if like.format.dtype == np.uint8 else picture
