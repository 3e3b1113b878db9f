from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from midframe.media.view_range import (
    LOW_RANGE,
    STEPS,
    ValueRange,
    exposure,
    range_in_use,
    seen_range,
    union,
    usual_range,
    widened,
)

RAMP = np.linspace(100, 1000, 300 * 400).reshape(300, 400, 1)
SHORT, FLOAT = np.dtype("uint16"), np.dtype("float32")


def used(samples: np.ndarray) -> ValueRange:
    found = range_in_use(samples)
    assert found is not None
    return found


class TestRangeInUse:
    @pytest.mark.parametrize("dtype", ["uint16", "int16", "float16", "float32"])
    def test_of_a_ramp(self, dtype: str) -> None:
        found = used(RAMP.astype(dtype))
        assert found.low == pytest.approx(100, abs=5)
        assert found.high == pytest.approx(1000, abs=5)

    @pytest.mark.parametrize("shape", [(64, 48), (300, 400), (1100, 1300)])
    @pytest.mark.parametrize("count", [1, 5, 20])
    @pytest.mark.parametrize("value", [0, 65535])
    def test_hot_and_dead_pixels_have_no_part_in_it(self, shape: tuple[int, int], count: int, value: int) -> None:
        rng = np.random.default_rng(count)
        samples = rng.integers(1000, 1100, (*shape, 3)).astype(np.uint16)
        places = rng.choice(shape[0] * shape[1] // 9 - 1, count, replace=False) * 9
        samples.reshape(-1, 3)[places] = value
        found = used(samples)
        assert found.low >= 990
        assert found.high <= 1110

    def test_a_line_of_hot_pixels_in_a_frame_of_usual_size(self) -> None:
        samples = np.random.default_rng(1).integers(1000, 1100, (1080, 1920, 1)).astype(np.uint16)
        samples[:, 700] = 65535
        assert used(samples).high <= 1110

    def test_what_is_more_than_outliers_counts(self) -> None:
        samples = np.full((100, 100, 1), 50, np.uint16)
        samples[40:45, 40:45] = 9000
        assert used(samples) == ValueRange(50, 9000)

    def test_a_single_star_on_black_counts(self) -> None:
        samples = np.zeros((100, 100, 1), np.uint16)
        samples[40, 40] = 9000
        assert used(samples) == ValueRange(0, 9000)

    def test_values_that_are_not_finite_do_not_count(self) -> None:
        samples = RAMP.astype(np.float32)
        samples[::2] = np.nan
        samples[1::4] = np.inf
        samples[3::8] = -np.inf
        found = used(samples)
        assert found.low == pytest.approx(100, abs=30)
        assert found.high == pytest.approx(1000, abs=30)

    def test_nothing_finite(self) -> None:
        assert range_in_use(np.full((5, 5, 2), np.nan, np.float32)) is None

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (2, 5000), (3, 3)])
    def test_frames_of_any_shape(self, shape: tuple[int, int]) -> None:
        samples = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(*shape, 1)
        found = used(samples)
        assert found.low <= samples.size * 0.01
        assert found.high >= (samples.size - 1) * 0.99

    def test_one_value(self) -> None:
        assert used(np.full((9, 9, 1), 7, np.int16)) == ValueRange(7, 7)


class TestSeenRange:
    @pytest.mark.parametrize("dtype", [SHORT, FLOAT], ids=str)
    def test_the_usual_range_where_enough_of_it_is_used(self, dtype: np.dtype[np.generic]) -> None:
        full = 65535.0 if dtype == SHORT else 1.0
        assert seen_range(ValueRange(0.1 * full, 0.4 * full), dtype) == ValueRange(0, full)
        assert seen_range(ValueRange(0.1 * full, (0.09 + LOW_RANGE) * full), dtype).high < 0.5 * full
        assert seen_range(ValueRange(0.5 * full, 0.5 * full), dtype) == ValueRange(0, full)
        assert seen_range(None, dtype) == ValueRange(0, full)

    @given(
        st.floats(-1e30, 1e30, allow_subnormal=False),
        st.floats(1e-30, 1e30, allow_subnormal=False),
    )
    def test_it_holds_what_is_used_and_not_much_more(self, low: float, width: float) -> None:
        # No sample type has values between these.
        assume(not 0 < abs(low) < 1e-30)
        inside = ValueRange(low, low + width)
        seen = widened(seen_range(inside, np.dtype("int16")), np.dtype("int16"))
        assert seen.low <= inside.low
        assert seen.high >= inside.high
        assert seen.low < seen.high
        if inside.width:
            assert seen.width <= inside.width * (1 + 2.01 / STEPS) or seen.width <= abs(low) * 1e-14

    def test_ranges_that_differ_a_little_are_seen_alike(self) -> None:
        assert widened(seen_range(ValueRange(103, 911), SHORT), SHORT) == widened(ValueRange(98, 899), SHORT)

    @pytest.mark.parametrize("dtype", [SHORT, FLOAT], ids=str)
    def test_usual_ranges_stay_as_they_are(self, dtype: np.dtype[np.generic]) -> None:
        usual = usual_range(dtype)
        assert usual is not None
        full = 65535.0 if dtype == SHORT else 1.0
        assert widened(usual, dtype) == usual == ValueRange(0, full)

    def test_union(self) -> None:
        assert union([ValueRange(1, 3), None, ValueRange(-1, 2)]) == ValueRange(-1, 3)
        assert union([None]) is None


@pytest.mark.parametrize(
    ("low", "high", "wanted"), [(0, 1, 1), (0, 0.3, 1), (0, 0.01, 2**-7), (900, 1000, 512), (-2, -1, 1), (0, 0, 1)]
)
def test_exposure(low: float, high: float, wanted: float) -> None:
    assert exposure(ValueRange(low, high)) == wanted
    assert exposure(None) == 1
