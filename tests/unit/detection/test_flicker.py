"""Flicker of brightness is told from what changes otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.detection.cuts import FrameSummary, summarise
from midframe.detection.flicker import (
    BEGINNING,
    LARGEST_CHANGE,
    REACH,
    BrightnessChange,
    brightness_change,
    deviation,
)

COUNT = 96
Curve = NDArray[np.float64]


def corrections(brightness: Curve, spread: float = 0.0) -> Curve:
    """What is taken out of frames whose brightness has these logarithms."""
    changes = [
        None if abs(change) > LARGEST_CHANGE else BrightnessChange(change, spread) for change in np.diff(brightness)
    ]
    found = [
        deviation(changes[max(0, frame - REACH) : frame], changes[frame : frame + REACH])
        for frame in range(len(brightness))
    ]
    return np.array([each.correction for each in found])


def flicker(brightness: Curve) -> float:
    """Mean deviation from the mean of both neighbours."""
    return float(np.abs(brightness[1:-1] - (brightness[:-2] + brightness[2:]) / 2).mean())


def noise(amount: float) -> Curve:
    return np.random.default_rng(1).normal(0, amount, COUNT)


def steady(kind: str) -> Curve:
    """Changes of brightness that are no flicker."""
    number = np.arange(COUNT)
    fade = np.clip(np.minimum(number, COUNT - 1 - number) / 12, 0.02, 1)
    flash = np.zeros(COUNT)
    flash[30], flash[60:62], flash[80] = 0.7, 0.3, 0.1
    return {
        "constant": np.zeros(COUNT),
        "fades": np.log(fade),
        "flashes": flash,
        "a lamp is switched on": np.where(number < 50, 0.0, 0.3),
        "the sun comes out": 0.3 * np.sin(number / 20),
        "a pulse of ten frames": 0.05 * np.sin(number * np.pi / 5),
        "a strobe light": np.where(number % 2, 0.5, 0.0),
    }[kind]


STEADY = (
    *("constant", "fades", "flashes", "a lamp is switched on", "the sun comes out"),
    *("a pulse of ten frames", "a strobe light"),
)


@pytest.mark.parametrize("kind", STEADY)
def test_changes_that_are_no_flicker_stay(kind: str) -> None:
    assert not corrections(steady(kind)).any()


# Of pulses as fast as this, some is taken for flicker where there is any. Strobes leave no neighbours to compare with.
@pytest.mark.parametrize("kind", [kind for kind in STEADY if kind not in ("a pulse of ten frames", "a strobe light")])
@pytest.mark.parametrize("amount", [0.01, 0.03])
def test_flicker_is_removed_and_the_rest_stays(kind: str, amount: float) -> None:
    given = steady(kind) + noise(amount)
    left = given + corrections(given)
    assert flicker(left - steady(kind)) < 0.55 * flicker(noise(amount))
    # Deviations of the result are seldom larger than what was put on.
    assert np.median(np.abs(left - steady(kind))) < np.median(np.abs(noise(amount)))


@pytest.mark.parametrize("pattern", [(0, 0.02), (0, 0, 0.02), (0, 0, 0, 0.03), (0, 0, 0.02, 0.02)], ids=str)
def test_patterns_of_decoders_are_removed(pattern: tuple[float, ...]) -> None:
    given = np.resize(np.array(pattern), COUNT)
    left = (given + corrections(given))[REACH:-REACH]
    assert flicker(left) < 0.02 * flicker(given)


def test_what_is_no_more_than_motion_leaves_stays() -> None:
    assert not corrections(noise(BEGINNING / 3)).any()
    assert corrections(noise(0.01)).any()
    # Single cells differ by a quarter: nothing is known to a hundredth.
    assert not corrections(noise(0.01), spread=0.25).any()


def test_nothing_is_compared_across_cuts() -> None:
    """The frames on one side of a cut are corrected as if there were none on the other."""
    first, second = noise(0.03)[:40], noise(0.03)[40:] + 2
    both = corrections(np.concatenate([first, second]))
    np.testing.assert_allclose(both, np.concatenate([corrections(first), corrections(second)]))


def test_short_shots_stay() -> None:
    assert not corrections(noise(0.05)[:REACH]).any()


def texture(seed: int = 0) -> NDArray[Any]:
    coarse = np.random.default_rng(seed).uniform(0.1, 0.8, (12, 16, 1))
    return np.kron(coarse, np.ones((8, 8, 3))).astype(np.float32)


class TestChanges:
    @pytest.mark.parametrize("gain", [0.9, 1.0, 1.01, 1.2])
    def test_ratio_of_brightness(self, gain: float) -> None:
        change = brightness_change(summarise(texture()), summarise(texture() * np.float32(gain)))
        assert change is not None
        assert change.size == pytest.approx(np.log(gain), abs=1e-5)
        assert change.spread < 1e-5

    def test_moving_things_do_not_count(self) -> None:
        moved = texture() * np.float32(1.03)
        moved[:40, :64] = 0.05
        change = brightness_change(summarise(texture()), summarise(moved))
        assert change is not None
        assert change.size == pytest.approx(np.log(1.03), abs=1e-5)

    def test_dark_parts_do_not_count(self) -> None:
        left, right = texture(), texture() * np.float32(1.05)
        left[:40] = right[:40] = 0.02
        change = brightness_change(summarise(left), summarise(right))
        assert change is not None
        assert change.size == pytest.approx(np.log(1.05), abs=1e-3)

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (texture(), texture() * np.float32(1.6)),
            (texture(), np.zeros_like(texture())),
            (np.zeros_like(texture()), np.zeros_like(texture())),
            (texture(0), texture(1)),
        ],
        ids=["much brighter", "to black", "black", "other content"],
    )
    def test_some_cannot_be_told(self, left: NDArray[Any], right: NDArray[Any]) -> None:
        assert brightness_change(summarise(left), summarise(right)) is None

    def test_scale_of_the_view_does_not_matter(self) -> None:
        dim = FrameSummary(summarise(texture()).thumbnail * np.float32(1 / 8))
        brighter = FrameSummary(dim.thumbnail * np.float32(1.02))
        change = brightness_change(dim, brighter)
        assert change is not None
        assert change.size == pytest.approx(np.log(1.02), abs=1e-5)
