from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.engines import FAST, encode_pair, fast
from tests.support.random_weights import random_network

from midframe.engines.failures import mapped_errors
from midframe.engines.options import FLOW_SCALES
from midframe.engines.protocols import EngineFrame, Motion, WeightedMotion, average_motion
from midframe.engines.torch.engine import TorchEngine, short_type
from midframe.engines.torch.restructured import RestructuredNetwork
from midframe.errors import EngineError, OptionError, OutOfMemoryError
from midframe.models.checkpoints import load_checkpoint
from midframe.models.rife.architecture import require_rife
from midframe.models.rife.network import IFNet, blend, warp
from midframe.models.rife.spec import Spec, spec_for_version

CPU = torch.device("cpu")


def small(version: str) -> Spec:
    spec = spec_for_version(version)
    return replace(spec, widths=tuple(16 for _ in spec.widths))


@pytest.fixture(scope="module")
def network() -> IFNet:
    return random_network(small("4.22.lite"))


@pytest.fixture
def engine(network: IFNet) -> TorchEngine:
    return TorchEngine(network, CPU, FAST)


def picture(height: int, width: int, channels: int = 3, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)


def same(view: NDArray[np.float32]) -> EngineFrame:
    return EngineFrame(view, view)


def pair(height: int = 40, width: int = 50) -> tuple[EngineFrame, EngineFrame]:
    return same(picture(height, width, seed=1)), same(picture(height, width, seed=2))


def test_draws_what_the_network_draws(engine: TorchEngine, network: IFNet) -> None:
    left, right = pair(64, 96)
    (drawn,) = engine.between(engine.encode(left), engine.encode(right), [0.25])
    tensors = [torch.from_numpy(frame.view).permute(2, 0, 1).unsqueeze(0) for frame in (left, right)]
    with torch.inference_mode():
        wanted = network(*tensors, 0.25)[0].permute(1, 2, 0).numpy()
    # Restructured: the same sums in another order.
    np.testing.assert_allclose(drawn, wanted, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 100), (31, 33), (32, 32), (33, 64)])
def test_any_size_comes_back(engine: TorchEngine, height: int, width: int) -> None:
    left, right = map(engine.encode, pair(height, width))
    (drawn,) = engine.between(left, right, [0.5])
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.float32
    assert drawn.flags.c_contiguous
    assert left.image.shape[-2] % 32 == left.image.shape[-1] % 32 == 0


@pytest.mark.parametrize("flow_scale", FLOW_SCALES)
def test_padding_follows_the_flow_scale(network: IFNet, flow_scale: float) -> None:
    engine = TorchEngine(network, CPU, fast(flow_scale=flow_scale))
    encoded = engine.encode(same(picture(5, 7)))
    side = max(32, round(32 / flow_scale))
    assert encoded.image.shape == (1, 3, side, side)
    (drawn,) = engine.between(encoded, encoded, [0.5])
    assert drawn.shape == (5, 7, 3)


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
def test_samples_of_any_number_of_channels_follow_the_view(engine: TorchEngine, channels: int) -> None:
    left, right = pair()
    wide = [
        EngineFrame(
            frame.view,
            np.ascontiguousarray(np.resize(frame.view.transpose(2, 0, 1), (channels, 40, 50)).transpose(1, 2, 0)),
        )
        for frame in (left, right)
    ]
    (wanted,) = engine.between(engine.encode(left), engine.encode(right), [0.5])
    (drawn,) = engine.between(*encode_pair(engine, wide), [0.5])
    for channel in range(channels):
        np.testing.assert_allclose(drawn[..., channel], wanted[..., channel % 3], atol=1e-6)


def test_range_of_the_samples_is_theirs(engine: TorchEngine) -> None:
    left, right = pair()
    wide = [EngineFrame(frame.view, frame.samples * np.float32(80_000) - np.float32(40_000)) for frame in (left, right)]
    (wanted,) = engine.between(engine.encode(left), engine.encode(right), [0.5])
    (drawn,) = engine.between(*encode_pair(engine, wide), [0.5])
    np.testing.assert_allclose(drawn, wanted * 80_000 - 40_000, atol=1)
    assert drawn.min() < -5000


def test_one_spoilt_pixel_spoils_its_neighbours_only(engine: TorchEngine) -> None:
    left, right = pair()
    spoilt = left.samples.copy()
    spoilt[20, 20] = np.nan
    (drawn,) = engine.between(engine.encode(EngineFrame(left.view, spoilt)), engine.encode(right), [0.5])
    assert 0 < np.isnan(drawn[..., 0]).sum() <= 100


def test_between_is_motion_and_warp(engine: TorchEngine) -> None:
    left, right = map(engine.encode, pair())
    times = [0.2, 0.5, 0.9]
    drawn = engine.between(left, right, times)
    for time, each in zip(times, drawn, strict=True):
        np.testing.assert_array_equal(each, engine.warp(left, right, engine.motion(left, right, time)))
    assert engine.between(left, right, []) == []


def test_motion_has_the_shapes_that_are_promised(engine: TorchEngine) -> None:
    left, right = map(engine.encode, pair())
    motion = engine.motion(left, right, 0.5)
    assert motion.flow.shape == (1, 4, 64, 64)
    assert motion.mask.shape == (1, 1, 64, 64)
    assert motion.flow.dtype == motion.mask.dtype == torch.float32


def test_drawing_without_motion_is_a_blend(engine: TorchEngine) -> None:
    left, right = pair()
    drawn = engine.warp(
        engine.encode(left), engine.encode(right), Motion(torch.zeros(1, 4, 64, 64), torch.zeros(1, 1, 64, 64))
    )
    np.testing.assert_allclose(drawn, (left.samples + right.samples) / 2, atol=1e-4)


def test_read_only_and_strided_frames(engine: TorchEngine) -> None:
    view = picture(40, 100)[:, ::2]
    fixed = view.copy()
    fixed.flags.writeable = False
    np.testing.assert_array_equal(engine.encode(same(view)).image, engine.encode(same(fixed)).image)


def test_ensemble_is_used() -> None:
    network = random_network(small("4.6"))
    results = []
    for ensemble in (False, True):
        engine = TorchEngine(network, CPU, fast(ensemble=ensemble))
        results.append(engine.between(*encode_pair(engine, pair()), [0.5])[0])
    assert np.abs(results[0] - results[1]).max() > 1e-5


class TestOptions:
    @pytest.mark.parametrize("flow_scale", [0, 0.1, 0.75, 3, 8, -1, float("nan")])
    def test_flow_scales(self, network: IFNet, flow_scale: float) -> None:
        with pytest.raises(OptionError, match=r"one of 0\.25, 0\.5, 1, 2, 4"):
            TorchEngine(network, CPU, fast(flow_scale=flow_scale))


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "advice"),
        [
            (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "`flow_scale=0.5`"),
            (
                RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
                "`flow_scale=0.5`",
            ),
            (RuntimeError("not enough memory: you tried"), "`flow_scale=0.5`"),
            (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), "`flow_scale=0.5`"),
            (MemoryError("Unable to allocate 9 GiB for an array"), "`flow_scale=0.5`"),
            (OSError(errno.ENOMEM, "Cannot allocate memory"), "`flow_scale=0.5`"),
            (RuntimeError("cuDNN error: something"), "failed on cpu: cuDNN error"),
        ],
    )
    def test_of_torch_become_ours(self, error: Exception, advice: str) -> None:
        with pytest.raises(EngineError, match=advice) as caught, mapped_errors(CPU):
            raise error
        assert caught.value.__cause__ is error
        assert isinstance(caught.value, OutOfMemoryError) == ("flow_scale" in advice)

    def test_other_errors_of_the_system_stay(self) -> None:
        with pytest.raises(OSError, match="No space"), mapped_errors(CPU):
            raise OSError(errno.ENOSPC, "No space left on device")

    @pytest.mark.parametrize(
        "call",
        [
            lambda engine, left, right: engine.between(left, right, [0.5]),
            lambda engine, left, right: engine.motion(left, right, 0.5),
        ],
        ids=["between", "motion"],
    )
    def test_failures_of_the_network_become_ours(self, engine: TorchEngine, call: Callable[..., object]) -> None:
        left, right = engine.encode(same(picture(32, 32))), engine.encode(same(picture(64, 64)))
        with pytest.raises(EngineError, match="failed on cpu"):
            call(engine, left, right)

    @pytest.mark.parametrize(
        ("view", "samples"),
        [
            (np.zeros((4, 4, 1), np.float32), np.zeros((4, 4, 1), np.float32)),
            (np.zeros((4, 4, 3), np.float64), np.zeros((4, 4, 3), np.float32)),
            (np.zeros((4, 4, 3), np.float32), np.zeros((4, 5, 3), np.float32)),
            (np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 3), np.uint8)),
        ],
    )
    def test_frames_are_checked(self, view: NDArray[np.float32], samples: NDArray[np.float32]) -> None:
        with pytest.raises(ValueError, match=r"view"):
            EngineFrame(view, samples)


def test_average_of_motions() -> None:
    def motion(value: float) -> Motion:
        return Motion(torch.full((1, 4, 2, 2), value), torch.full((1, 1, 2, 2), 10 * value))

    mean = average_motion([WeightedMotion(motion(1.0), 0.75, 1, 1), WeightedMotion(motion(4.0), 0.25, 0.5, 2)])
    assert mean.flow[0, :, 0, 0].tolist() == [1.25, 1.25, 2.75, 2.75]
    assert mean.mask.flatten().tolist() == [17.5] * 4


class TestFast:
    def test_short_convolutions_stay_close_and_are_not_the_same(self, real_checkpoint_425: Path) -> None:
        """bfloat16 on a CPU is slow where it is emulated, but it rounds like everywhere."""
        pictures = np.load(Path(__file__).parents[3] / "golden/data/ifnet_golden.npz")
        left, right = (
            torch.from_numpy(pictures[name]).float().div(255)[None, :, :128, :192] for name in ("real0", "real1")
        )
        network = require_rife(load_checkpoint(real_checkpoint_425).model).network()
        drawn = []
        for short in (None, torch.bfloat16):
            form = RestructuredNetwork(network, short=short).eval()
            with torch.inference_mode():
                flow, mask = form.motion(left, right, form.features(left), form.features(right), 0.5)
                assert flow.dtype == mask.dtype == torch.float32
                drawn.append(blend(warp(left, flow[:, 0:2]), warp(right, flow[:, 2:4]), mask))
        error = float((drawn[0] - drawn[1]).square().mean())
        assert 0 < error < 10 ** (-50 / 10), (
            "bfloat16 convolutions cost about 65 dB on real frames; warps would cost 40"
        )

    def test_the_short_type_of_devices(self) -> None:
        assert short_type(torch.device("cuda")) == torch.float16
        assert short_type(torch.device("mps")) == torch.float16
        assert short_type(torch.device("cpu")) in {None, torch.bfloat16}
