from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from midframe.engines.fake import FakeEngine
from midframe.errors import OptionError
from midframe.evaluation.datasets.contenders import SampleDrawer
from midframe.evaluation.datasets.frames import as_frame
from midframe.evaluation.methods.model import NetworkDrawer
from midframe.evaluation.methods.plain import BlendDrawer, PlainDrawer
from midframe.evaluation.methods.protocol import Interval
from midframe.evaluation.results import Contender

TIMES = (Fraction(1, 4), Fraction(3, 4))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_samples_come_back_in_their_own_type(dtype: type) -> None:
    ends = [as_frame(np.full((8, 8, 3), value, dtype)) for value in ((40, 80) if dtype is np.uint8 else (0.25, 0.5))]
    drawn = SampleDrawer(BlendDrawer()).draw(ends[0], ends[1], TIMES)
    assert [frame.format for frame in drawn] == [ends[0].format] * 2
    wanted = (50, 70) if dtype is np.uint8 else (0.3125, 0.4375)
    assert [frame.samples.flat[0] for frame in drawn] == pytest.approx(wanted, abs=1e-6)


def test_nothing_is_kept_from_one_sample_for_the_next() -> None:
    drawer = SampleDrawer(NetworkDrawer(Contender("fake", "fake", {}), FakeEngine()))
    ends = [as_frame(np.full((8, 8, 3), value, np.uint8)) for value in (0, 100, 200)]
    drawer.draw(ends[0], ends[1], TIMES)
    (_, third) = drawer.draw(ends[2], ends[0], TIMES)
    assert third.samples.flat[0] == 50


def test_a_contender_that_needs_more_frames_is_refused() -> None:
    class Ahead(PlainDrawer):
        contender = Contender("ahead", "ahead", {})

        def draw(self, interval: Interval) -> list[np.ndarray]:  # type: ignore[type-arg]
            return [] if interval.after is None else [interval.picture(interval.left)]

    ends = [as_frame(np.zeros((8, 8, 3), np.uint8))] * 2
    with pytest.raises(OptionError, match="ahead needs to see more than two frames"):
        SampleDrawer(Ahead()).draw(ends[0], ends[1], TIMES)
