from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from midframe.detection.cuts import CONTEXT, DEFAULT_CUT_THRESHOLD, FrameSummary, cut_score, summarise
from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip

Picture = NDArray[np.float32]
WIDTH, HEIGHT = 192, 108


@cache
def photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)())


def look(name: str, x: float = 0.5, y: float = 0.5, size: float = 0.7) -> Picture:
    """A window of a photograph: centre and height in parts of what there is space for."""
    picture = photograph(name)
    scale = size * min(picture.width / WIDTH, picture.height / HEIGHT)
    width, height = WIDTH * scale, HEIGHT * scale
    left, top = x * (picture.width - width), y * (picture.height - height)
    seen = picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))
    return np.asarray(seen, np.float32) / np.float32(255)


def shot(name: str, count: int = 8, drift: float = 0.01) -> list[Picture]:
    return [look(name, 0.4 + drift * number) for number in range(count)]


def scores(frames: list[Picture]) -> list[float]:
    """Of every pair, with as much around it as the pipeline gives."""
    summaries = [summarise(frame) for frame in frames]
    return [
        cut_score(summaries[max(0, pair - CONTEXT) : pair + 1], summaries[pair + 1 : pair + 2 + CONTEXT])
        for pair in range(len(summaries) - 1)
    ]


def cuts(frames: list[Picture]) -> set[int]:
    return {pair for pair, score in enumerate(scores(frames)) if score >= DEFAULT_CUT_THRESHOLD}


def noisy(frames: list[Picture], sigma: float) -> list[Picture]:
    random = np.random.default_rng(7)
    return [np.clip(f + random.normal(0, sigma, f.shape), 0, 1).astype(np.float32) for f in frames]


def mixed(first: Picture, second: Picture, part: float) -> Picture:
    return (first + np.float32(part) * (second - first)).astype(np.float32)


class TestSummary:
    @pytest.mark.parametrize(("height", "width"), [(720, 1280), (1280, 720), (1, 1), (5, 3), (2160, 3840), (16, 4000)])
    def test_is_a_few_kilobytes_for_any_size(self, height: int, width: int) -> None:
        thumbnail = summarise(np.full((height, width, 3), 0.25, np.float32)).thumbnail
        assert thumbnail.nbytes < 10_000
        np.testing.assert_allclose(thumbnail[..., 0], 0.25, atol=1e-6)
        np.testing.assert_allclose(thumbnail[..., 1:], 0, atol=1e-6)

    def test_cells_lie_where_the_picture_has_them(self) -> None:
        view = np.zeros((108, 192, 3), np.float32)
        view[:54, 96:, 0] = 1
        thumbnail = summarise(view).thumbnail
        rows, columns = thumbnail.shape[:2]
        assert thumbnail[: rows // 2, columns // 2 :, 2].min() > 0.4
        assert abs(thumbnail[rows // 2 :]).max() == abs(thumbnail[:, : columns // 2]).max() == 0

    def test_what_is_no_number_does_not_spread(self) -> None:
        frame = look("astronaut")
        broken = frame.copy()
        broken[3, 3] = np.nan
        broken[50, 60] = np.inf
        assert np.isfinite(summarise(broken).thumbnail).all()
        assert scores([frame, broken])[0] < DEFAULT_CUT_THRESHOLD


class TestProperties:
    @given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 70))
    @settings(max_examples=15, deadline=None)
    def test_equal_frames_score_0_whatever_is_around_them(self, seed: int, height: int, width: int) -> None:
        random = np.random.default_rng(seed)
        one, other = (random.random((height, width, 3), np.float32) for _ in range(2))
        assert scores([other, one, one, other])[1] == pytest.approx(0, abs=1e-5)

    @given(st.lists(st.sampled_from(["astronaut", "coffee", "chelsea"]), min_size=2, max_size=2 * CONTEXT + 2))
    @settings(max_examples=15, deadline=None)
    def test_the_same_in_both_directions_of_time_and_in_range(self, names: list[str]) -> None:
        frames = [look(name, 0.4 + 0.01 * number) for number, name in enumerate(names)]
        forwards, backwards = scores(frames), scores(frames[::-1])
        assert forwards == pytest.approx(backwards[::-1], abs=1e-5)
        assert all(0 <= score <= 1 for score in forwards)

    def test_frames_beyond_the_context_change_nothing(self) -> None:
        summaries = [summarise(frame) for frame in [*shot("coffee", 6), *shot("astronaut", 6)]]
        assert cut_score(summaries[:6], summaries[6:]) == cut_score(summaries[5 - CONTEXT : 6], summaries[6:][:4])

    def test_grey_pictures_need_no_colour(self) -> None:
        frames = [frame.mean(axis=2, keepdims=True).repeat(3, axis=2) for frame in shot("coffee") + shot("astronaut")]
        assert cuts(frames) == {7}

    def test_a_pair_needs_both_frames_of_one_size(self) -> None:
        small, large = (summarise(np.zeros((side, 64, 3), np.float32)) for side in (32, 64))
        with pytest.raises(ValueError, match="both sides"):
            cut_score([], [small])
        with pytest.raises(ValueError, match="different sizes"):
            cut_score([small], [large])

    def test_no_summary_is_changed(self) -> None:
        summaries = [summarise(frame) for frame in [*shot("coffee", 3), *shot("astronaut", 3)]]
        copies = [FrameSummary(summary.thumbnail.copy()) for summary in summaries]
        cut_score(summaries[:3], summaries[3:])
        assert all(np.array_equal(a.thumbnail, b.thumbnail) for a, b in zip(summaries, copies, strict=True))


def letterboxed(frame: Picture) -> Picture:
    boxed = frame.copy()
    boxed[:20] = boxed[-20:] = 0
    return boxed


class TestCuts:
    @pytest.mark.parametrize(
        "change",
        [
            lambda frame: frame,
            lambda frame: 0.2 * frame,
            lambda frame: 0.4 + 0.2 * frame,
            letterboxed,
            lambda frame: frame[::4, ::4],
        ],
        ids=["as it is", "dark", "low contrast", "letterbox", "tiny"],
    )
    def test_between_scenes(self, change: Callable[[Picture], Picture]) -> None:
        frames = shot("coffee") + shot("astronaut") + shot("chelsea") + shot("rocket")
        assert cuts([change(frame).astype(np.float32) for frame in frames]) == {7, 15, 23}

    def test_under_strong_noise(self) -> None:
        assert cuts(noisy(shot("coffee") + shot("chelsea"), 0.12)) == {7}

    @pytest.mark.parametrize("level", [0.0, 16 / 255, 1.0])
    def test_to_and_from_a_plain_picture(self, level: float) -> None:
        plain = [np.full((HEIGHT, WIDTH, 3), level, np.float32)] * 8
        assert cuts([*shot("coffee"), *plain, *shot("chelsea")]) == {7, 15}

    def test_between_plain_colours(self) -> None:
        colours = [
            np.broadcast_to(np.array(colour, np.float32), (HEIGHT, WIDTH, 3))
            for colour in ([0.1, 0.5, 0.9], [0.9, 0, 0])
        ]
        assert cuts([colours[0]] * 4 + [colours[1]] * 4) == {3}

    def test_between_two_views_of_a_scene(self) -> None:
        wide, near = ([look("astronaut", x, y, size)] * 8 for x, y, size in ((0.1, 0.2, 0.85), (0.9, 0.8, 0.4)))
        assert cuts(wide + near) == {7}

    @pytest.mark.parametrize("times", [2, 3])
    @pytest.mark.parametrize("phase", [0, 1, 2])
    def test_in_animation_on_twos_and_threes(self, times: int, phase: int) -> None:
        frames = [frame for frame in shot("coffee", 4, 0.05) + shot("chelsea", 4, 0.05) for _ in range(times)]
        assert cuts(frames[phase:]) == {4 * times - 1 - phase}

    @pytest.mark.parametrize("length", [1, 2, 3, 5])
    def test_that_follow_each_other_closely(self, length: int) -> None:
        names = ["coffee", "astronaut", "chelsea", "rocket"]
        frames = [frame for name in names for frame in shot(name, length)]
        assert cuts(frames) == {length - 1, 2 * length - 1, 3 * length - 1}

    def test_between_two_moving_shots(self) -> None:
        pans = [[look(name, 0.1 * number, size=0.6) for number in range(8)] for name in ("coffee", "rocket")]
        assert cuts(pans[0] + pans[1]) == {7}

    def test_at_both_ends_of_the_input(self) -> None:
        assert cuts([*shot("coffee", 1), *shot("chelsea"), *shot("rocket", 1)]) == {0, 8}


class TestNoCuts:
    @pytest.mark.parametrize("count", range(1, CONTEXT + 1))
    @pytest.mark.parametrize("part", [1.0, 0.8])
    def test_flashes(self, count: int, part: float) -> None:
        frames = shot("astronaut", 14)
        for number in range(6, 6 + count):
            frames[number] = mixed(frames[number], np.ones_like(frames[number]), part)
        assert cuts(frames) == set()

    def test_a_light_in_a_part_of_the_picture(self) -> None:
        frames = shot("astronaut", 12)
        frames[6] = frames[6].copy()
        frames[6][:70, :120] = 1
        assert cuts(frames) == set()

    @pytest.mark.parametrize("steps", [5, 8, 15, 30])
    @pytest.mark.parametrize("level", [0.0, 1.0])
    def test_fades(self, steps: int, level: float) -> None:
        frames, plain = shot("coffee", steps + 6, 0.002), np.full((HEIGHT, WIDTH, 3), level, np.float32)
        faded = [mixed(frame, plain, min(1, max(0, (n - 5) / steps))) for n, frame in enumerate(frames)]
        assert cuts(faded + [plain] * 5) == set()
        assert cuts([plain] * 5 + faded[::-1]) == set()

    @pytest.mark.parametrize("steps", [4, 8, 15, 30])
    def test_dissolves(self, steps: int) -> None:
        pairs = zip(shot("coffee", steps + 9, 0.002), shot("chelsea", steps + 9, 0.002), strict=True)
        assert cuts([mixed(a, b, min(1, max(0, (n - 4) / steps))) for n, (a, b) in enumerate(pairs)]) == set()

    @pytest.mark.parametrize("step", [0.05, 0.1, 0.2])
    def test_whip_pans(self, step: float) -> None:
        """`step` is in widths of the window; the photograph is three of them wide."""
        places = [0.0] * 5 + [min(1.0, step * number / 1.86) for number in range(1, int(1.86 / step))]
        assert cuts([look("coffee", place, size=0.35) for place in [*places, *[places[-1]] * 5]]) == set()

    @pytest.mark.parametrize("rate", [1.05, 1.1])
    def test_zooms(self, rate: float) -> None:
        sizes = [0.95] * 4 + [0.95 * rate**-number for number in range(12)]
        assert cuts([look("astronaut", size=size) for size in sizes]) == set()

    def test_a_shaking_camera(self) -> None:
        places = np.random.default_rng(3).uniform(0.35, 0.65, (20, 2))
        assert cuts([look("astronaut", x, y, 0.6) for x, y in places]) == set()

    def test_exposure(self) -> None:
        gains = [1.0] * 4 + [2 ** (-0.5 * number) for number in range(5)] + [0.25] * 4
        assert cuts([(gain * look("coffee")).astype(np.float32) for gain in gains]) == set()

    @pytest.mark.parametrize("sigma", [0.05, 0.15])
    def test_noise(self, sigma: float) -> None:
        assert cuts(noisy(shot("coffee", 10), sigma)) == set()


@pytest.mark.network
class TestRealClips:
    """Guards precision and recall; figures of a large set are in docs/cuts.md."""

    def test_the_cuts_of_a_film_and_nothing_else(self) -> None:
        frames = [np.asarray(frame, np.float32) / np.float32(255) for frame in read_rgb_frames(fetch_clip("bikes"))]
        assert cuts(frames) == {29, 75, 136, 186, 241}

    def test_spliced_clips(self) -> None:
        film = [
            np.asarray(Image.fromarray(frame).resize((WIDTH, HEIGHT)), np.float32) / np.float32(255)
            for name in ("bikes", "bigbuckbunny", "carphone_pristine")
            for frame in list(read_rgb_frames(fetch_clip(name)))[:110]
        ]
        # Every sixth frame: six times the motion, and a splice wherever pieces of seven change places.
        pieces = [film[start : start + 42 : 6] for start in range(0, 330, 55)]
        order = (0, 3, 1, 4, 2, 5)
        spliced = [frame for place in order for frame in pieces[place]]
        expected = {7 * number - 1 for number in range(1, 6)}
        inside = {number for number in cuts(spliced) if number not in expected}
        assert expected <= cuts(spliced)
        assert len(inside) <= 2  # the cuts of the first clip itself, at frames 29 and 75
