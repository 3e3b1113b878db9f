from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.media.pixels import ViewTransform, from_working, to_working
from midframe.types import SAMPLE_DTYPES, Alpha, AlphaBlending, Frame, FrameFormat, Transfer

STRAIGHT, PREMULTIPLIED = False, True


def frame(samples: NDArray[Any], alpha: Alpha | None = None, transfer: Transfer = "display") -> Frame:
    height, width, channels = samples.shape
    return Frame(samples, FrameFormat(width, height, channels, samples.dtype, alpha, transfer))


def row(values: list[Any], dtype: str, channels: int = 1) -> NDArray[Any]:
    """A picture one pixel high; each value is a pixel, repeated for all channels or given for each."""
    pixels = np.array(values, dtype)
    return np.repeat(pixels[np.newaxis, :, np.newaxis], channels, axis=2) if pixels.ndim == 1 else pixels[np.newaxis]


def view_of(*frames: Frame) -> list[NDArray[np.float32]]:
    transform = ViewTransform.fit(frames)
    return [transform.view(each.samples) for each in frames]


class TestView:
    def test_8_bit_spans_0_to_1_exactly(self) -> None:
        (view,) = view_of(frame(row([0, 51, 255], "uint8", 3)))
        assert view.dtype == np.float32
        assert view.shape == (1, 3, 3)
        assert view[0, 0].tolist() == [0, 0, 0]
        assert view[0, 2].tolist() == [1, 1, 1]
        assert view[0, 1, 0] == np.float32(51) / np.float32(255)

    def test_8_bit_is_never_stretched(self) -> None:
        (view,) = view_of(frame(row([10, 20], "uint8", 3)))
        assert view.max() < 0.1

    def test_16_bit_spans_0_to_1_exactly(self) -> None:
        (view,) = view_of(frame(row([0, 65535], "uint16", 3)))
        assert (view.min(), view.max()) == (0, 1)

    def test_16_bit_in_a_low_range_is_stretched(self) -> None:
        """12-bit cameras write 0 … 4095 into 16 bits."""
        (view,) = view_of(frame(row([100, 2100, 4095], "uint16", 3)))
        assert view[0, 0, 0] < 0.06
        assert view[0, 1, 0] == pytest.approx(0.5, abs=0.06)
        assert view[0, 2, 0] > 0.94

    def test_one_bright_frame_is_enough_to_use_the_whole_range(self) -> None:
        dark, bright = view_of(frame(row([0, 1000], "uint16")), frame(row([0, 30000], "uint16")))
        assert dark.max() == np.float32(1000) / np.float32(65535)
        assert bright.max() == np.float32(30000) / np.float32(65535)

    @pytest.mark.parametrize("dtype", ["float16", "float32"])
    def test_float_within_0_and_1_is_taken_as_it_is(self, dtype: str) -> None:
        (view,) = view_of(frame(row([0.25, 0.5], dtype, 3)))
        np.testing.assert_array_equal(view, row([0.25, 0.5], "float32", 3))

    @pytest.mark.parametrize(("low", "high"), [(0, 40000), (-1, 1), (-3e4, -1e4), (0.5, 1.5), (1e-30, 1e30)])
    def test_float_of_any_range_fills_0_to_1(self, low: float, high: float) -> None:
        ramp = np.linspace(low, high, 30_000, dtype=np.float32).reshape(100, 300, 1)
        (view,) = view_of(frame(ramp))
        assert view.min() < 0.06
        assert view.max() > 0.94
        assert np.median(view) == pytest.approx(0.5, abs=0.06)
        assert (np.diff(view[..., 0].ravel()) >= 0).all()

    def test_int16_of_any_range_fills_0_to_1(self) -> None:
        (view,) = view_of(frame(row([-32768, 0, 32767], "int16", 3)))
        assert view[0, :, 0] == pytest.approx([0, 0.5, 1], abs=0.06)

    def test_hot_pixels_do_not_darken_the_view(self) -> None:
        samples = np.linspace(0, 10, 90_000, dtype=np.float32).reshape(300, 300, 1)
        samples[7, 7] = 1e6
        (view,) = view_of(frame(samples))
        assert np.median(view) == pytest.approx(0.5, abs=0.06)
        assert view[7, 7].tolist() == [1, 1, 1]

    @pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
    @pytest.mark.parametrize("value", [0, 7])
    def test_a_picture_of_one_value_is_flat(self, dtype: str, value: int) -> None:
        (view,) = view_of(frame(np.full((5, 5, 3), value, dtype)))
        assert view.min() == view.max()

    def test_one_range_serves_all_frames(self) -> None:
        dark, bright = view_of(frame(row([0.0, 10.0], "float32")), frame(row([0.0, 100.0], "float32")))
        assert dark.max() == pytest.approx(bright.max() / 10)
        assert bright.max() > 0.94

    def test_scene_linear_keeps_shadows_and_highlights_apart(self) -> None:
        samples = row([-1.0, 0.0, 0.001, 0.18, 1.0, 50.0, 5000.0], "float32", 3)
        (view,) = view_of(frame(samples, transfer="linear"))
        tones = view[0, :, 0]
        assert tones[0] == tones[1] == 0
        assert (np.diff(tones[1:]) > 0).all()
        assert tones[2] > 0.03
        assert tones[5] < 0.995
        assert tones[6] < 1

    @pytest.mark.parametrize("transfer", ["display", "linear"])
    def test_values_that_are_no_numbers(self, transfer: Transfer) -> None:
        samples = row([np.nan, np.inf, -np.inf, 0.5, 0.0, 1.0], "float32", 3)
        (view,) = view_of(frame(samples, transfer=transfer))
        assert np.isfinite(view).all()
        assert view[0, :3, 0].tolist() == [0, 1, 0]
        assert 0 < view[0, 3, 0] < 1

    @pytest.mark.parametrize("transfer", ["display", "linear"])
    def test_nothing_but_nan(self, transfer: Transfer) -> None:
        (view,) = view_of(frame(np.full((4, 4, 3), np.nan, np.float32), transfer=transfer))
        assert not view.any()

    def test_values_beyond_the_fitted_range_are_clipped(self) -> None:
        transform = ViewTransform.fit([frame(row([0.0, 1.0], "float32"))])
        assert transform.view(row([-3.0, 7.0], "float32"))[0, :, 0].tolist() == [0, 1]


def alike(both: Frame) -> ViewTransform:
    """What a pair of two equal frames is seen and blended with."""
    return ViewTransform.fit_pair(both, both)


class TestPairs:
    """What two frames are seen and blended with depends on nothing but these two."""

    RAMP = np.linspace(0, 1, 64 * 64).reshape(64, 64, 1)

    @staticmethod
    def seen(*unit: NDArray[Any], dtype: str = "float32", transfer: Transfer = "display") -> list[float]:
        """Lowest and highest value of the views of a pair; arguments are samples."""
        left, right = (frame(samples.astype(dtype), transfer=transfer) for samples in unit)
        transform = ViewTransform.fit_pair(left, right)
        views = [transform.view(each.samples) for each in (left, right)]
        return [float(min(view.min() for view in views)), float(max(view.max() for view in views))]

    @pytest.mark.parametrize("dtype", ["uint16", "int16", "float16", "float32"])
    @pytest.mark.parametrize("high", [300, 12000])
    def test_dark_and_bright_pairs_fill_the_view(self, dtype: str, high: float) -> None:
        low, top = self.seen(self.RAMP * high, self.RAMP * high / 2, dtype=dtype)
        assert low < 0.06
        assert top > 0.85

    @pytest.mark.parametrize("high", [1e-6, 1e-3, 0.1, 0.24])
    def test_floats_far_below_1_fill_the_view(self, high: float) -> None:
        low, top = self.seen(self.RAMP * high, self.RAMP * high)
        assert low < 0.06
        assert top > 0.85

    @pytest.mark.parametrize(("low", "high"), [(0.0, 0.3), (0.0, 1.0), (-0.04, 1.05), (0.4, 0.9)])
    def test_floats_about_0_to_1_are_seen_as_they_are(self, low: float, high: float) -> None:
        ramp = frame((low + self.RAMP * (high - low)).astype(np.float32))
        transform = ViewTransform.fit_pair(ramp, ramp)
        assert (transform.low, transform.high) == (0.0, 1.0)

    def test_a_narrow_band_of_16_bit_is_stretched(self) -> None:
        """Thermal cameras: a few hundred codes, far from 0."""
        low, top = self.seen(29000 + self.RAMP * 900, 29000 + self.RAMP * 900, dtype="uint16")
        assert low < 0.08
        assert top > 0.85

    @pytest.mark.parametrize("high", [1e-5, 1e-3, 0.02, 1.0, 40.0, 2000.0, 1e6])
    def test_scene_linear_light_of_any_exposure_is_seen(self, high: float) -> None:
        low, top = self.seen(self.RAMP * high, self.RAMP * high, transfer="linear")
        assert low == 0
        assert 0.5 < top < 0.99

    def test_lamps_do_not_set_the_exposure(self) -> None:
        night = (self.RAMP * 0.01).astype(np.float32)
        night[:10, :12] = 5000.0
        assert ViewTransform.fit_pair(frame(night, transfer="linear"), frame(night, transfer="linear")).high < 0.1

    def test_scene_linear_light_as_usual_is_not_exposed(self) -> None:
        light = frame(self.RAMP.astype(np.float16), transfer="linear")
        assert ViewTransform.fit_pair(light, light).high == 1.0

    @pytest.mark.parametrize("channels", [2, 4])
    @pytest.mark.parametrize("value", [-0.5, -1e-3, 1.5])
    def test_a_guessed_alpha_below_0_or_over_full_is_data(self, channels: int, value: float) -> None:
        samples = np.full((8, 8, channels), 0.5, np.float32)
        other = samples.copy()
        other[3, 3, -1] = value
        alpha = Alpha(channels - 1, STRAIGHT, "guessed")
        transform = ViewTransform.fit_pair(frame(samples, alpha), frame(other, alpha))
        assert transform.format.alpha is None
        assert ViewTransform.fit_pair(frame(samples, alpha), frame(samples, alpha)).format.alpha == alpha

    def test_an_alpha_of_the_file_may_overshoot_a_little(self) -> None:
        samples = np.full((8, 8, 4), 0.5, np.float32)
        alpha = Alpha(3, STRAIGHT)
        for value, kept in ((-0.1, True), (1.1, True), (-3.0, False), (255.0, False)):
            samples[0, 0, 3] = value
            assert (alike(frame(samples, alpha)).format.alpha == alpha) is kept

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    def test_alpha_of_0_throughout_does_not_hide_the_colours(self, dtype: str) -> None:
        samples = np.full((40, 40, 4), 100 if dtype != "float32" else 0.5, dtype)
        samples[..., 3] = 0
        hidden = frame(samples, Alpha(3, STRAIGHT))
        blended = ViewTransform.fit_pair(hidden, hidden).format
        np.testing.assert_array_equal(from_working(to_working(samples, blended), blended), samples)

    @pytest.mark.parametrize(("colour", "alpha"), [(100, 1), (0, 0)])
    def test_alpha_that_shows_something_or_hides_nothing_is_alpha(self, colour: int, alpha: int) -> None:
        samples = np.full((40, 40, 4), colour, np.uint8)
        samples[..., 3] = 0
        samples[33, 35, 3] = alpha
        straight = Alpha(3, STRAIGHT)
        assert alike(frame(samples, straight)).format.alpha == straight
        empty = frame(np.zeros_like(samples), straight)
        assert ViewTransform.fit_pair(frame(samples, straight), empty).format.alpha == straight

    @pytest.mark.parametrize(
        ("blending", "weight"), [("straight", True), ("premultiplied", False), ("none", False), ("stated", True)]
    )
    def test_what_was_said_of_alpha_holds_whatever_the_file_has(self, blending: AlphaBlending, weight: bool) -> None:
        samples = row([[200, 100, 50, 0], [200, 100, 50, 51]], "uint8")
        layout = frame(samples, Alpha(3, STRAIGHT, blending)).format
        assert float(to_working(samples, layout)[0, 1, 0]) == (40 if weight else 200)
        assert from_working(to_working(samples, layout), layout)[0, 0, 0] == (0 if weight else 200)


class TestChannelsOfTheView:
    def test_grey_is_replicated(self) -> None:
        (view,) = view_of(frame(row([51, 102], "uint8")))
        assert (view[..., 0] == view[..., 1]).all()
        assert (view[..., 1] == view[..., 2]).all()

    @pytest.mark.parametrize("channel", [0, 1])
    def test_alpha_of_grey_is_left_out(self, channel: int) -> None:
        pixel = [51, 51]
        pixel[channel] = 7
        (view,) = view_of(frame(row([pixel], "uint8"), Alpha(channel, STRAIGHT)))
        assert view[0, 0].tolist() == [np.float32(0.2)] * 3

    @pytest.mark.parametrize("channel", [0, 3])
    def test_alpha_of_rgb_is_left_out(self, channel: int) -> None:
        pixel = [51, 102, 153]
        pixel.insert(channel, 7)
        (view,) = view_of(frame(row([pixel], "uint8"), Alpha(channel, STRAIGHT)))
        np.testing.assert_allclose(view[0, 0], [0.2, 0.4, 0.6], rtol=1e-6)

    def test_order_is_kept(self) -> None:
        (view,) = view_of(frame(row([[255, 0, 51]], "uint8")))
        np.testing.assert_allclose(view[0, 0], [1, 0, 0.2], rtol=1e-6)

    @pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 7, 31])
    def test_every_channel_has_a_part_in_it(self, channels: int) -> None:
        flat = np.zeros((1, 1, channels), np.uint8)
        transform = ViewTransform.fit([frame(flat)])
        for channel in range(channels):
            lit = flat.copy()
            lit[..., channel] = 255
            assert transform.view(lit).shape == (1, 1, 3)
            assert transform.view(lit).max() > 0

    def test_white_is_white_for_any_number_of_channels(self) -> None:
        for channels in range(1, 9):
            (view,) = view_of(frame(np.full((1, 1, channels), 255, np.uint8)))
            assert view[0, 0].tolist() == [1, 1, 1]


class TestWorkingSamples:
    @pytest.mark.parametrize("dtype", [dtype for dtype in SAMPLE_DTYPES if dtype.kind != "f"], ids=str)
    @pytest.mark.parametrize("alpha", [None, Alpha(0, PREMULTIPLIED)], ids=["none", "premultiplied"])
    def test_every_integer_comes_back(self, dtype: np.dtype[Any], alpha: Alpha | None) -> None:
        limits = np.iinfo(dtype)
        every = np.arange(limits.min, int(limits.max) + 1).astype(dtype).reshape(256, -1, 1)
        picture = frame(every, alpha)
        working = to_working(every, picture.format)
        assert working.dtype == np.float32
        np.testing.assert_array_equal(working.astype(np.float64), every.astype(np.float64))
        np.testing.assert_array_equal(from_working(working, picture.format), every)

    @pytest.mark.parametrize("dtype", ["float16", "float32"])
    def test_floats_of_any_kind_come_back(self, dtype: str) -> None:
        kinds = np.finfo(dtype)
        values = [0.0, -0.0, 40000.0, -7.5, 50.0, np.inf, -np.inf, np.nan, kinds.max, kinds.smallest_subnormal]
        samples = row(values, dtype)
        back = from_working(to_working(samples, frame(samples).format), frame(samples).format)
        assert back.dtype == samples.dtype
        assert back.tobytes() == samples.tobytes()

    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_straight_alpha_comes_back_where_it_is_not_zero(self, dtype: str) -> None:
        full = np.iinfo(dtype).max
        alphas = np.unique(np.linspace(1, full, 256).astype(dtype))
        colours = np.unique(np.linspace(0, full, 256).astype(dtype))
        samples = np.stack(np.meshgrid(colours, alphas), axis=-1)
        picture = frame(samples, Alpha(1, STRAIGHT))
        np.testing.assert_array_equal(from_working(to_working(samples, picture.format), picture.format), samples)

    def test_straight_alpha_of_zero_has_no_colour(self) -> None:
        samples = row([[200, 100, 50, 0], [200, 100, 50, 1]], "uint8")
        picture = frame(samples, Alpha(3, STRAIGHT))
        assert from_working(to_working(samples, picture.format), picture.format).tolist() == [
            [[0, 0, 0, 0], [200, 100, 50, 1]]
        ]

    def test_alpha_in_front_is_found(self) -> None:
        picture = frame(row([[0, 255, 255, 255]], "uint8"), Alpha(0, STRAIGHT))
        assert to_working(picture.samples, picture.format).tolist() == [[[0, 0, 0, 0]]]

    @pytest.mark.parametrize(("dtype", "full"), [("uint8", 255), ("uint16", 65535), ("float32", 1.0)])
    def test_colours_are_multiplied_by_alpha_and_alpha_is_not(self, dtype: str, full: float) -> None:
        picture = frame(row([[full, full, full, full / 5]], dtype), Alpha(3, STRAIGHT))
        np.testing.assert_allclose(
            to_working(picture.samples, picture.format)[0, 0], [full / 5, full / 5, full / 5, full / 5], rtol=1e-6
        )

    def test_premultiplied_samples_stay_as_they_are(self) -> None:
        picture = frame(row([[200, 100, 50, 9]], "uint8"), Alpha(3, PREMULTIPLIED))
        assert to_working(picture.samples, picture.format).tolist() == [[[200, 100, 50, 9]]]

    def test_transparent_pixels_lend_no_colour(self) -> None:
        """Half way between opaque red and transparent green is half-transparent red."""
        red, green = row([[255, 0, 0, 255]], "uint8"), row([[0, 255, 0, 0]], "uint8")
        layout = frame(red, Alpha(3, STRAIGHT)).format
        mixed = (to_working(red, layout) + to_working(green, layout)) / np.float32(2)
        assert from_working(mixed, layout).tolist() == [[[255, 0, 0, 128]]]

    def test_sources_are_left_alone(self) -> None:
        samples = row([[200, 100, 50, 9]], "uint8")
        layout = frame(samples, Alpha(3, STRAIGHT)).format
        working = to_working(samples, layout)
        before = working.copy()
        from_working(working, layout)
        np.testing.assert_array_equal(working, before)
        assert samples.tolist() == [[[200, 100, 50, 9]]]


class TestRounding:
    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
    def test_to_nearest(self, dtype: str) -> None:
        layout = frame(np.zeros((1, 4, 1), dtype)).format
        working = row([99.49, 99.51, 100.49, 100.51], "float32")
        assert from_working(working, layout)[0, :, 0].tolist() == [99, 100, 100, 101]

    def test_negative_to_nearest(self) -> None:
        layout = frame(np.zeros((1, 2, 1), np.int16)).format
        assert from_working(row([-99.51, -99.49], "float32"), layout)[0, :, 0].tolist() == [-100, -99]

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
    def test_clamped_not_wrapped(self, dtype: str) -> None:
        limits = np.iinfo(dtype)
        layout = frame(np.zeros((1, 4, 1), dtype)).format
        working = row([limits.min - 0.6, limits.min - 1e6, limits.max + 0.6, limits.max + 1e6], "float32")
        assert from_working(working, layout)[0, :, 0].tolist() == [limits.min, limits.min, limits.max, limits.max]

    def test_colour_restored_beyond_white_is_clamped(self) -> None:
        layout = frame(np.zeros((1, 1, 2), np.uint8), Alpha(1, STRAIGHT)).format
        assert from_working(row([[20.0, 10.0]], "float32"), layout).tolist() == [[[255, 10]]]

    def test_floats_are_not_clamped(self) -> None:
        layout = frame(np.zeros((1, 3, 1), np.float32)).format
        assert from_working(row([-5.0, 0.123, 40000.0], "float32"), layout)[0, :, 0].tolist() == [
            -5.0,
            np.float32(0.123),
            40000.0,
        ]


class TestDrawnFramesAsTheNetworkSeesThem:
    """Recursive and bisecting modes look at drawn frames; those must look as source frames do."""

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    @pytest.mark.parametrize("alpha", [None, Alpha(3, STRAIGHT), Alpha(3, PREMULTIPLIED)], ids=str)
    def test_working_samples_give_the_view_of_their_frame(self, dtype: str, alpha: Alpha | None) -> None:
        full = 1.0 if dtype == "float32" else np.iinfo(dtype).max
        unit = np.random.default_rng(1).uniform(0.1, 1, (8, 9, 4))
        picture = frame((unit * full).astype(dtype), alpha)
        transform = ViewTransform.fit([picture])
        seen = transform.view_of_working(to_working(picture.samples, picture.format))
        np.testing.assert_allclose(seen, transform.view(picture.samples), atol=1e-5)
