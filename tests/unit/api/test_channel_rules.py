"""Channels of arrays that are not blended, and those that steer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine

from midframe import Interpolator
from midframe.engines.protocols import EngineFrame
from midframe.errors import OptionError

RANDOM = np.random.default_rng(3)
LEFT, RIGHT = (RANDOM.uniform(0, 1, (12, 16, 5)).astype(np.float32) for _ in "ab")
RULES: dict[int, str] = {3: "nearest", 4: "copy"}


@pytest.fixture
def fake() -> Interpolator:
    return Interpolator.from_engine(FakeEngine())


def check(made: NDArray[Any], time: float = 0.5) -> None:
    np.testing.assert_allclose(made[..., :3], (LEFT * (1 - time) + RIGHT * time)[..., :3], rtol=1e-5)
    assert np.isin(made[..., 3], [LEFT[..., 3], RIGHT[..., 3]]).all()
    np.testing.assert_array_equal(made[..., 4], (LEFT if time <= 0.5 else RIGHT)[..., 4])


def test_every_method_takes_rules(fake: Interpolator) -> None:
    check(fake.between(LEFT, RIGHT, 0.5, channel_rules=RULES))
    check(fake.pair(LEFT, RIGHT, channel_rules=["3=nearest", "4=copy"]).at(0.75), 0.75)
    check(fake.batch(LEFT[np.newaxis], RIGHT[np.newaxis], layout="channels_last", channel_rules=RULES)[0])
    check(fake.interpolate([LEFT, RIGHT], factor=2, cuts="off", channel_rules=RULES)[1])
    check(list(fake.stream([LEFT, RIGHT], factor=2, cuts="off", channel_rules=RULES))[1])


@pytest.mark.parametrize("mode", ["direct", "recursive", "bisect"])
def test_every_mode_keeps_samples(fake: Interpolator, mode: Any) -> None:
    for made in fake.between(LEFT, RIGHT, [0.25, 0.5, 0.75], mode=mode, channel_rules=RULES):
        assert np.isin(made[..., 3], [LEFT[..., 3], RIGHT[..., 3]]).all()


def test_tensors_keep_their_samples(fake: Interpolator) -> None:
    left, right = (torch.from_numpy(array).movedim(-1, 0) for array in (LEFT, RIGHT))
    check(fake.between(left, right, 0.5, channel_rules=RULES).movedim(0, -1).numpy())


def test_a_cut_is_faded_in_light_alone(fake: Interpolator) -> None:
    made = fake.interpolate([LEFT, RIGHT], factor=4, cuts="blend", cut_threshold=1e-6, channel_rules=RULES)
    for number in (1, 2, 3):
        check(made[number], number / 4)


def test_what_steers_is_what_the_network_sees() -> None:
    class Watching(FakeEngine):
        seen: NDArray[np.float32]

        def encode(self, frame: EngineFrame) -> EngineFrame:
            self.seen = frame.view
            return super().encode(frame)

    engine = Watching()
    Interpolator.from_engine(engine).pair(LEFT, RIGHT, steer="2,1,0")
    np.testing.assert_array_equal(engine.seen, RIGHT[..., [2, 1, 0]])


@pytest.mark.parametrize(
    "options",
    [{"channel_rules": {5: "nearest"}}, {"channel_rules": {"Z": "copy"}}, {"channel_rules": "3"}, {"steer": "9"}],
)
def test_wrong_channels_are_refused(fake: Interpolator, options: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as raised:
        fake.between(LEFT, RIGHT, 0.5, **options)
    assert raised.value.option == next(iter(options))
    with pytest.raises(OptionError):
        list(fake.stream([LEFT, RIGHT], factor=2, **options))
