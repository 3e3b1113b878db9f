from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST, encode_pair
from tests.support.fake_engine import FakeEngine
from tests.support.random_weights import random_network

from midframe.engines.protocols import Encoded, Engine, EngineFrame, Motion
from midframe.engines.torch.agreement import agreement, balanced_mask, enlarged, mask_share, small_view
from midframe.engines.torch.engine import TorchEngine
from midframe.engines.torch.quality import QualityEngine
from midframe.models.rife.spec import spec_for_version

Picture = NDArray[np.float32]
HEIGHT, WIDTH = 64, 96


def frame(samples: Picture, view: Picture | None = None) -> EngineFrame:
    return EngineFrame(samples if view is None else view, samples)


def texture(seed: int = 0, grain: int = 8) -> Picture:
    """Patches of noise: something that a wrong flow shows on."""
    small = np.random.default_rng(seed).random((HEIGHT // grain, WIDTH // grain, 3), dtype=np.float32)
    return np.kron(small, np.ones((grain, grain, 1), np.float32))


class ScriptedEngine(FakeEngine):
    """Says the same of every pair: so much flow, and a mask that believes in the left frame."""

    def __init__(self, columns: float = 0.0, logit: float = 8.0) -> None:
        super().__init__()
        self.columns, self.logit = columns, logit
        self.asked: list[float] = []

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        self.asked.append(time)
        height, width = left.view.shape[:2]
        flow = torch.zeros(1, 4, height, width)
        flow[:, 0], flow[:, 2] = -self.columns * time, self.columns * (1 - time)
        return Motion(flow, torch.full((1, 1, height, width), self.logit))

    def warp(self, left: EngineFrame, right: EngineFrame, motion: Motion) -> Picture:
        """By shifts of whole pixels."""
        way = motion.flow[0, :, 0, 0].round().int().tolist()
        weight = torch.sigmoid(motion.mask)[0, 0, :, :, None].numpy()
        mixed: Picture = np.roll(left.samples, -way[0], 1) * weight + np.roll(right.samples, -way[2], 1) * (1 - weight)
        return mixed


def drawn(engine: Engine[Encoded], left: EngineFrame, right: EngineFrame, time: float = 0.5) -> Picture:
    return engine.between(engine.encode(left), engine.encode(right), [time])[0]


@pytest.mark.parametrize("several", [False, True])
def test_equal_frames_give_the_same_frame(several: bool) -> None:
    same = texture()
    result = drawn(QualityEngine(FakeEngine(), several=several), frame(same), frame(same), 0.3)
    np.testing.assert_allclose(result, same, atol=1e-6)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("time", [0.25, 0.5])
def test_noise_is_averaged(several: bool, time: float) -> None:
    """The mask believes in the left frame; where both show the same, the mean of both has less noise."""
    truth = texture() * np.float32(0.5) + np.float32(0.25)
    noise = np.random.default_rng(1).normal(0, 0.04, (2, HEIGHT, WIDTH, 3)).astype(np.float32)
    pair = frame(truth + noise[0]), frame(truth + noise[1])
    result = drawn(QualityEngine(ScriptedEngine(), several=several), *pair, time)
    blend = pair[0].samples * (1 - time) + pair[1].samples * time
    np.testing.assert_allclose(result, blend, atol=0.01)
    assert np.square(result - truth).mean() < 0.75 * np.square(drawn(ScriptedEngine(), *pair, time) - truth).mean()


def test_where_warped_frames_disagree_and_something_moves_the_mask_stands() -> None:
    left, right = frame(texture(1)), frame(texture(2))
    result = drawn(QualityEngine(ScriptedEngine(columns=40.0), several=False), left, right)
    wanted = drawn(ScriptedEngine(columns=40.0), left, right)
    blend = (np.roll(left.samples, 20, 1) + np.roll(right.samples, -20, 1)) / 2
    assert np.abs(result - wanted).mean() < 0.1 * np.abs(blend - wanted).mean()


def test_what_differs_without_motion_is_blended() -> None:
    """A light that goes on is half on in the middle: nothing hides anything."""
    dark, light = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32), np.full((HEIGHT, WIDTH, 3), 0.8, np.float32)
    result = drawn(QualityEngine(ScriptedEngine(), several=False), frame(dark), frame(light))
    np.testing.assert_allclose(result, 0.5, atol=1e-3)


LIGHTS = pytest.mark.parametrize(("gain", "offset"), [(0.1, 0.0), (0.5, 0.0), (0.2, 0.8), (0.8, 0.2), (0.0, 0.0)])


@LIGHTS
@pytest.mark.parametrize("several", [False, True])
def test_a_still_picture_in_another_light_stays_where_it_is(gain: float, offset: float, several: bool) -> None:
    """Whatever flow and mask say."""
    picture = texture(3)
    other = picture * np.float32(gain) + np.float32(offset)
    for first, second in ((picture, other), (other, picture)):
        engine = QualityEngine(ScriptedEngine(columns=20.0), several=several)
        left, right = engine.encode(frame(first)), engine.encode(frame(second))
        motion = engine.motion(left, right, 0.5)
        assert np.abs(np.asarray(motion.flow)).max() < 3
        np.testing.assert_allclose(engine.warp(left, right, motion).mean(), (picture + other).mean() / 2, atol=0.02)


@pytest.mark.parametrize(("gain", "offset"), [(0.1, 0.0), (0.5, 0.0), (0.2, 0.8), (0.8, 0.2)])
def test_what_moves_and_changes_its_light_is_blended_along_its_flow(gain: float, offset: float) -> None:
    """The mask believes in the left frame; the light in the middle is that of both."""
    left = texture(3)
    right = np.roll(left, 8, 1) * np.float32(gain) + np.float32(offset)
    result = drawn(QualityEngine(ScriptedEngine(columns=8.0), several=False), frame(left), frame(right))
    wanted = np.roll(left, 4, 1) * np.float32((1 + gain) / 2) + np.float32(offset / 2)
    np.testing.assert_allclose(result[:, 16:-16], wanted[:, 16:-16], atol=0.02)


def test_something_else_is_no_change_of_light() -> None:
    """A window as large as that of light, in which other things are."""
    left, right = texture(1), texture(2) * np.float32(0.5)
    engine = QualityEngine(ScriptedEngine(columns=40.0), several=False)
    motion = engine.motion(engine.encode(frame(left)), engine.encode(frame(right)), 0.5)
    assert np.abs(np.asarray(motion.flow)).max() == pytest.approx(20.0, abs=0.5)


def test_flow_that_is_right_is_kept() -> None:
    left = texture(3)
    right = np.roll(left, 8, 1)
    result = drawn(QualityEngine(ScriptedEngine(columns=8.0), several=False), frame(left), frame(right))
    np.testing.assert_allclose(result[:, 16:-16], np.roll(left, 4, 1)[:, 16:-16], atol=1e-6)


def test_the_view_decides_and_the_samples_are_blended() -> None:
    """16 bits, any number of channels: the same weights whatever the samples are."""
    views = [texture(seed) for seed in (1, 2)]
    wide = [np.concatenate([view * 65535, view[..., :2] * 7], axis=-1) for view in views]
    engine = QualityEngine(ScriptedEngine(columns=6.0), several=True)
    plain = drawn(engine, frame(views[0]), frame(views[1]))
    result = drawn(engine, frame(wide[0], views[0]), frame(wide[1], views[1]))
    np.testing.assert_allclose(result[..., :3] / 65535, plain, atol=1e-5)
    np.testing.assert_allclose(result[..., 3:] / 7, plain[..., :2], atol=1e-5)


def test_best_asks_four_times_and_both_ways() -> None:
    inner = ScriptedEngine()
    engine = QualityEngine(inner, several=True)
    engine.motion(engine.encode(frame(texture(1))), engine.encode(frame(texture(2))), 0.25)
    assert sorted(inner.asked) == [0.25, 0.25, 0.75, 0.75]


@pytest.fixture(scope="module")
def network() -> TorchEngine:
    return TorchEngine(random_network(spec_for_version("4.22.lite")), torch.device("cpu"), FAST)


def test_best_is_the_same_in_reversed_time(network: TorchEngine) -> None:
    engine = QualityEngine(network, several=True)
    left, right = frame(texture(1)), frame(texture(2))
    np.testing.assert_allclose(drawn(engine, left, right, 0.3), drawn(engine, right, left, 0.7), atol=1e-4)


def test_estimates_are_turned_back() -> None:
    """An engine that sees no difference between frames turned around says four times the same."""

    class Fair(ScriptedEngine):
        def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
            slopes = [np.gradient(each.view[..., 0], axis=axis) for each in (left, right) for axis in (1, 0)]
            mask = left.view[..., 1] - right.view[..., 1]
            padded = [np.pad(plane, ((0, 8), (0, 5))) for plane in (*slopes, mask)]
            motion = torch.from_numpy(np.stack(padded)[None].astype(np.float32))
            return Motion(20 * motion[:, :4], 4 * motion[:, 4:])

    plain, best = (QualityEngine(Fair(), several=several) for several in (False, True))
    pair = frame(texture(1)), frame(texture(2))
    found, wanted = (engine.motion(*encode_pair(engine, pair), 0.3) for engine in (best, plain))
    torch.testing.assert_close(found.flow, wanted.flow, atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.sigmoid(found.mask), torch.sigmoid(wanted.mask), atol=1e-5, rtol=0)


def test_estimates_that_agree_count_more() -> None:
    """Exchanged and mirrored estimates of this engine are wrong wherever the plain one is right."""

    class HalfRight(ScriptedEngine):
        def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
            motion = super().motion(left, right, time)
            return motion if len(self.asked) == 1 else Motion(motion.flow * 0 + 5, motion.mask)

    left = texture(3)
    inner = HalfRight(columns=8.0)
    engine = QualityEngine(inner, several=True)
    motion = engine.motion(engine.encode(frame(left)), engine.encode(frame(np.roll(left, 8, 1))), 0.5)
    found = motion.flow[0, :, :, 24:-24].mean(dim=(1, 2))
    torch.testing.assert_close(found, torch.tensor([-4.0, 0.0, 4.0, 0.0]), atol=0.2, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 9), (4, 4), (5, 8), (64, 96)])
def test_cells_cover_frames_of_any_size(height: int, width: int) -> None:
    view = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)
    small = small_view(view)
    assert small.shape == (1, 3, -(-height // 4), -(-width // 4))
    if height >= 4:
        np.testing.assert_allclose(small[0, :, 0, 0], view[:4, :4].mean((0, 1)), rtol=1e-6)
    flow = torch.zeros(1, 4, height, width)
    found = agreement(small, small, flow)
    assert found.differs.abs().max() == 0
    assert found.stillness.abs().max() == 0
    mask = torch.full((1, 1, height + 60, width + 30), 5.0)
    balanced = balanced_mask(mask.clone(), 0.25, mask_share(flow, found))
    torch.testing.assert_close(torch.sigmoid(balanced), torch.full_like(mask, 0.75))


def test_noise_hardly_counts_as_disagreement() -> None:
    random = np.random.default_rng(0)
    left, right = (small_view(random.normal(0.5, 0.05, (96, 96, 3)).astype(np.float32)) for _ in range(2))
    still = torch.zeros(1, 4, 96, 96)
    # 0.05 · √2 for the difference, over the 12 pixels along each side that are averaged.
    assert float(agreement(left, right, still).differs.mean().sqrt()) == pytest.approx(0.05 * 2**0.5 / 12, rel=0.25)


def test_enlarging_is_bilinear() -> None:
    whole = enlarged(torch.tensor([[[[0.0, 1.0]]]]), (4, 8))
    assert whole.shape == (1, 1, 4, 8)
    torch.testing.assert_close(whole[0, 0, 0], torch.tensor([0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]))
