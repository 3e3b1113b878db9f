"""Samples that are taken over from the source frames."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine

from midframe.engines.flow_fields import MotionField
from midframe.engines.interpolation import PairInterpolator
from midframe.engines.kept_channels import KeptPair, kept_samples
from midframe.engines.protocols import EngineFrame, Motion
from midframe.media.channels import ChannelOptions, ChannelUse, channel_use
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Alpha, ChannelLabel, Frame, FrameFormat

HALF = Fraction(1, 2)
USE = ChannelUse((0,), ("blend", "nearest", "copy"))


class WildEngine(FakeEngine):
    """Its motion points anywhere, also out of the frame."""

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        motion = super().motion(left, right, time)
        random = np.random.default_rng(int(time * 1000))
        flow = random.normal(0, 6, motion.flow.shape).astype(np.float32)
        return Motion(flow, motion.mask + random.normal(0, 2, motion.mask.shape).astype(np.float32))


class StillEngine:
    """Hands out no motion."""

    strips = 1
    device_name = "still"

    def __init__(self) -> None:
        self._inner = FakeEngine()
        self.encode, self.between, self.release = self._inner.encode, self._inner.between, self._inner.release


def field(height: int, width: int, *, left: float, right: float, share: float) -> MotionField:
    offsets = [np.full((height, width, 2), (value, 0), np.float32) for value in (left, right)]
    return MotionField(offsets[0], offsets[1], np.full((height, width), share, np.float32))


def pair(left: NDArray[Any], right: NDArray[Any], use: ChannelUse = USE) -> KeptPair:
    frames = [
        kept_samples(samples, samples[..., list(use.blended)].astype(np.float32), use) for samples in (left, right)
    ]
    return KeptPair(use, *frames, exact=left.dtype == np.float64)


def columns(*values: float, channels: int = 3, dtype: str = "float32") -> NDArray[Any]:
    return np.repeat(np.array([[values]], dtype).transpose(0, 2, 1), channels, axis=2)


class TestRules:
    left, right = columns(1, 2, 3, 4), columns(5, 6, 7, 8)

    def taken(self, share: float, time: Fraction = HALF, shift: float = 1.0) -> NDArray[Any]:
        blended = np.zeros((1, 4, 1), np.float32)
        motion = field(1, 4, left=-shift, right=shift, share=share)
        return pair(self.left, self.right).complete(blended, motion, time)

    def test_nearest_follows_the_flow_into_the_frame_that_agrees(self) -> None:
        assert self.taken(0.9)[0, :, 1].tolist() == [1, 1, 2, 3]
        assert self.taken(0.1)[0, :, 1].tolist() == [6, 7, 8, 8]

    @pytest.mark.parametrize(("time", "wanted"), [("1/4", [1, 1, 2, 3]), ("1/2", [1, 1, 2, 3]), ("3/4", [6, 7, 8, 8])])
    def test_where_both_agree_the_nearer_one_counts(self, time: str, wanted: list[int]) -> None:
        assert self.taken(0.45, Fraction(time))[0, :, 1].tolist() == wanted
        assert self.taken(0.55, Fraction(time))[0, :, 1].tolist() == wanted

    def test_offsets_are_rounded_to_pixels(self) -> None:
        assert self.taken(0.9, shift=0.4)[0, :, 1].tolist() == [1, 2, 3, 4]

    def test_copy_stays_in_its_place(self) -> None:
        assert self.taken(0.1, Fraction(1, 3))[0, :, 2].tolist() == [1, 2, 3, 4]
        assert self.taken(0.9, Fraction(2, 3))[0, :, 2].tolist() == [5, 6, 7, 8]

    def test_without_motion_nearest_is_copy(self) -> None:
        blended = np.zeros((1, 4, 1), np.float32)
        assert pair(self.left, self.right).complete(blended, None, HALF)[0, :, 1].tolist() == [1, 2, 3, 4]


class TestNoData:
    def test_nothing_is_mixed_with_a_placeholder(self) -> None:
        use = ChannelUse((0,), ("blend",))
        left, right = columns(5, 5, 1e10, 1e10, 1e10, channels=1), columns(5, 5, 5, 1e10, 1e10, channels=1)
        kept = pair(left, right, use)
        assert kept.needs_motion
        assert not kept.is_plain
        blended = (left + right) / 2
        made = kept.complete(blended, field(1, 5, left=-0.5, right=0.5, share=0.5), HALF)
        assert set(made.ravel().tolist()) == {5.0, np.float32(1e10)}

    @pytest.mark.parametrize("mode", ["direct", "bisect"])
    def test_a_value_that_the_file_states_is_not_mixed(self, mode: Mode) -> None:
        layout = FrameFormat(9, 1, 1, np.dtype("int16"), no_data=-9999.0)
        rows = [[-9999] * 3 + [100] * 6, [-9999] * 5 + [200] * 4]
        left, right = (Frame(np.array(row, np.int16).reshape(1, 9, 1), layout) for row in rows)
        interpolator = PairInterpolator(FakeEngine(), ViewTransform.fit([left, right]), mode)
        times = [Fraction(1, 4), HALF, Fraction(3, 4)]
        for made in interpolator.samples(interpolator.encode(left), interpolator.encode(right), times):
            assert ((made == -9999) | ((made >= 100) & (made <= 200))).all()

    def test_frames_of_data_alone_are_blended_as_ever(self) -> None:
        assert pair(columns(1, 2, channels=1), columns(3, 4, channels=1), ChannelUse((0,), ("blend",))).is_plain


def frames(names: str, dtype: str = "float32", *, kinds: dict[str, Any] | None = None) -> list[Frame]:
    labels = tuple(ChannelLabel(name, (kinds or {}).get(name)) for name in names.split())
    layout = FrameFormat(9, 7, len(labels), np.dtype(dtype), transfer="linear", labels=labels)
    random = np.random.default_rng(4)
    return [Frame(random.uniform(0, 1, (7, 9, len(labels))).astype(dtype), layout, index) for index in (0, 1)]


@pytest.mark.parametrize("mode", ["direct", "recursive", "bisect"])
def test_a_value_is_always_one_of_the_two_frames(mode: Mode) -> None:
    left, right = frames("R G B Z id mask")
    use = channel_use(left.format, ChannelOptions((("mask", "copy"),)))
    interpolator = PairInterpolator(WildEngine(), ViewTransform.fit([left, right], use), mode)
    times = [Fraction(number, 6) for number in range(1, 6)]
    made = interpolator.samples(interpolator.encode(left), interpolator.encode(right), times)
    for time, samples in zip(times, made, strict=True):
        assert samples.dtype == np.float32
        for channel in (3, 4):
            assert np.isin(samples[..., channel], [left.samples[..., channel], right.samples[..., channel]]).all()
        nearer = left if time <= HALF else right
        np.testing.assert_array_equal(samples[..., 5], nearer.samples[..., 5])


def test_integers_beyond_float32_are_exact() -> None:
    left, right = frames("R G B id", "float64", kinds={"id": "id"})
    for frame, value in ((left, 4294967295), (right, 16777217)):
        frame.samples[..., 3] = value
    interpolator = PairInterpolator(FakeEngine(), ViewTransform.fit([left, right]))
    (made,) = interpolator.samples(interpolator.encode(left), interpolator.encode(right), [HALF])
    assert made.dtype == np.float64
    assert set(made[..., 3].ravel().tolist()) <= {4294967295.0, 16777217.0}
    np.testing.assert_allclose(made[..., :3], (left.samples + right.samples)[..., :3] / 2, rtol=1e-6)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.sampled_from(["3", "0", "*", "[012]"]))
@settings(max_examples=40)
def test_straight_alpha_leaves_taken_samples_as_they_are(first: int, second: int, alpha: int, pattern: str) -> None:
    layout = FrameFormat(2, 1, 4, np.dtype("uint8"), Alpha(3, premultiplied=False))
    values = [[first, second, 7, alpha], [second, first, 9, 255 - alpha]]
    left, right = (Frame(np.full((1, 2, 4), value, np.uint8), layout) for value in values)
    use = channel_use(layout, ChannelOptions(((pattern, "nearest"),)))
    interpolator = PairInterpolator(FakeEngine(), ViewTransform.fit([left, right], use))
    (made,) = interpolator.samples(interpolator.encode(left), interpolator.encode(right), [HALF])
    np.testing.assert_array_equal(made[..., list(use.kept)], left.samples[..., list(use.kept)])


def test_an_engine_without_motion_copies() -> None:
    left, right = frames("R G B Z")
    interpolator = PairInterpolator(StillEngine(), ViewTransform.fit([left, right]))
    (made,) = interpolator.samples(interpolator.encode(left), interpolator.encode(right), [Fraction(3, 4)])
    np.testing.assert_array_equal(made[..., 3], right.samples[..., 3])


def test_where_nothing_is_blended_engines_still_have_something_to_warp() -> None:
    left, right = frames("Z id")
    for mode in ("direct", "bisect"):
        interpolator = PairInterpolator(WildEngine(), ViewTransform.fit([left, right]), mode)
        made = interpolator.samples(
            interpolator.encode(left), interpolator.encode(right), [Fraction(1, 4), HALF, Fraction(3, 4)]
        )
        for samples in made:
            assert np.isin(samples[..., 0], [left.samples[..., 0], right.samples[..., 0]]).all()


def test_flow_output_keeps_samples_too() -> None:
    left, right = frames("R G B Z")
    interpolator = PairInterpolator(WildEngine(), ViewTransform.fit([left, right]))
    made, fields = interpolator.interpolate_with_motion(interpolator.encode(left), interpolator.encode(right), [HALF])
    assert len(fields) == 1
    assert np.isin(made[0][..., 3], [left.samples[..., 3], right.samples[..., 3]]).all()
