"""What every engine promises, held against each of them.

A skip means that this machine cannot run that engine: its kernels were not built, the processor lacks the
instructions, or there is no Vulkan device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.support.engines import fast, random_model
from tests.support.fake_engine import FakeEngine
from tests.support.random_weights import narrow, random_network
from tests.support.vulkan import vulkan_device

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import INSTRUCTION_SETS, load_library, supported_instruction_sets
from midframe.engines.cpu.refined import RefinedEngine
from midframe.engines.interpolation import PairInterpolator, interpolate_steps
from midframe.engines.ncnn.entry import NcnnEntry
from midframe.engines.onnx.providers import Warp, choose_provider
from midframe.engines.oom_fallback import OomFallbackMotionEngine
from midframe.engines.options import Provider, Quality
from midframe.engines.protocols import EngineFrame, Motion, MotionEngine, WeightedMotion, average_motion
from midframe.engines.refinement import refined
from midframe.engines.threads import set_threads, thread_count
from midframe.engines.torch.engine import Form, TorchEngine
from midframe.engines.torch.quality import QualityEngine
from midframe.errors import EngineError
from midframe.media.pixels import ViewTransform
from midframe.models.rife.spec import Spec
from midframe.timing.steps import Mode, plan_steps
from midframe.timing.timeline import evenly_spaced
from midframe.types import ChannelLabel, Frame, FrameFormat

CPU = torch.device("cpu")
Picture = NDArray[np.float32]


class MakeEngine(Protocol):
    def __call__(self, spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]: ...


def _fused(name: str, *, balanced: bool = False, in_parts: bool = False) -> MakeEngine:
    def make(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
        if name not in supported_instruction_sets():
            pytest.skip(f"this processor has no {name}")
        kernels = load_library(name)
        if kernels is None:
            pytest.skip(f"the {name} kernels are not built")
        return CpuEngine(
            random_model(spec),
            kernels,
            fast(
                ensemble=ensemble,
                flow_scale=flow_scale,
                quality="default" if balanced else "fast",
                precision="fast" if in_parts else "exact",
            ),
        )

    return make


def _best(name: str) -> MakeEngine:
    def make(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
        engine = _fused(name)(spec, ensemble, flow_scale)
        kernels = load_library(name)
        assert kernels is not None
        return RefinedEngine(engine, kernels, several=True)

    return make


def _torch(form: Form) -> MakeEngine:
    def make(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
        return TorchEngine(random_network(spec), CPU, fast(ensemble=ensemble, flow_scale=flow_scale), form=form)

    return make


def _fallback(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
    """Around an engine that always fits."""
    make = _torch("restructured")
    return OomFallbackMotionEngine(
        lambda scale: make(spec, ensemble, scale), flow_scale, notify=pytest.fail, allow_lower_scale=True
    )


def _quality(several: bool) -> MakeEngine:
    def make(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
        return QualityEngine(_torch("restructured")(spec, ensemble, flow_scale), several=several)

    return make


def _ncnn(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
    """On a Vulkan device, be it software."""
    options = fast(device=vulkan_device().name, ensemble=ensemble, flow_scale=flow_scale)
    engine = NcnnEntry().make(random_model(spec), options)
    assert isinstance(engine, MotionEngine)
    return engine


def _onnx(provider: Provider, *, quality: Quality = "fast", warp: Warp = "gridsample") -> MakeEngine:
    def make(spec: Spec, ensemble: bool, flow_scale: float = 1.0) -> MotionEngine[Any]:
        for library in ("onnx", "openvino" if provider == "openvino" else "onnxruntime"):
            pytest.importorskip(library)
        from midframe.engines.onnx.engine import OnnxEngine
        from midframe.engines.onnx.runtimes import make_runtime

        options = fast(ensemble=ensemble, flow_scale=flow_scale, engine="onnx", provider=provider)
        runtime = make_runtime(choose_provider(provider, "cpu"), "cpu")
        return refined(OnnxEngine(random_model(spec), runtime, options, warp), quality)

    return make


ENGINES: dict[str, MakeEngine] = {
    "fake": lambda spec, ensemble, flow_scale=1.0: FakeEngine(),
    "fallback": _fallback,
    "default-torch": _quality(several=False),
    "best-torch": _quality(several=True),
    "reference": _torch("reference"),
    "restructured": _torch("restructured"),
    **{f"fused-{name}": _fused(name) for name in INSTRUCTION_SETS},
    "in-parts": _fused("avx2", in_parts=True),
    "default-in-parts": _fused("avx2", balanced=True, in_parts=True),
    **{f"default-{name}": _fused(name, balanced=True) for name in INSTRUCTION_SETS},
    "best": _best("baseline"),
    "ncnn": _ncnn,
    "onnx": _onnx("cpu"),
    "onnx-gather": _onnx("cpu", warp="gather"),
    "default-onnx": _onnx("cpu", quality="default"),
    "openvino": _onnx("openvino"),
}
NETWORKS = [name for name in ENGINES if name != "fake"]


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> MotionEngine[Any]:
    return ENGINES[request.param](narrow("4.22.lite"), False)


@pytest.fixture(scope="module", params=NETWORKS)
def network_engine(request: pytest.FixtureRequest) -> MotionEngine[Any]:
    """Engines that estimate motion."""
    return ENGINES[request.param](narrow("4.22.lite"), False)


@pytest.fixture
def _threads_restored() -> Iterator[None]:
    before = thread_count()
    yield
    set_threads(before)


def picture(height: int, width: int, channels: int = 3, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)


def same(view: Picture) -> EngineFrame:
    return EngineFrame(view, view)


def pair(height: int = 40, width: int = 50) -> tuple[EngineFrame, EngineFrame]:
    return same(picture(height, width, seed=1)), same(picture(height, width, seed=2))


def middle(engine: MotionEngine[Any], left: EngineFrame, right: EngineFrame, time: float = 0.5) -> Picture:
    (drawn,) = engine.between(engine.encode(left), engine.encode(right), [time])
    return drawn


@pytest.mark.parametrize("mode", ["direct", "bisect"])
def test_samples_that_are_not_blended_are_those_of_a_frame(engine: MotionEngine[Any], mode: Mode) -> None:
    """And they take nothing from the picture next to them."""
    labels = tuple(map(ChannelLabel, ("R", "G", "B", "Z")))
    layout = FrameFormat(50, 40, 4, np.dtype("float32"), labels=labels)
    left, right = (Frame(picture(40, 50, 4, seed), layout) for seed in (1, 2))
    interpolator = PairInterpolator(engine, ViewTransform.fit([left, right]), mode)
    times = [Fraction(1, 3), Fraction(2, 3)]
    made = interpolator.samples(interpolator.encode(left), interpolator.encode(right), times)
    colours = FrameFormat(50, 40, 3, np.dtype("float32"))
    ends = [Frame(np.ascontiguousarray(frame.samples[..., :3]), colours) for frame in (left, right)]
    alone = PairInterpolator(engine, ViewTransform.fit(ends), mode)
    pictures = alone.samples(alone.encode(ends[0]), alone.encode(ends[1]), times)
    for samples, wanted in zip(made, pictures, strict=True):
        assert np.isin(samples[..., 3], [left.samples[..., 3], right.samples[..., 3]]).all()
        # Engines may fuse what is done here in two steps.
        np.testing.assert_allclose(samples[..., :3], wanted, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 100), (31, 33), (64, 64), (33, 65), (130, 7)])
def test_any_size_comes_back(engine: MotionEngine[Any], height: int, width: int) -> None:
    drawn = middle(engine, *pair(height, width))
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.float32
    assert drawn.flags.c_contiguous
    assert np.isfinite(drawn).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_samples_of_any_number_of_channels_follow_the_view(engine: MotionEngine[Any], channels: int) -> None:
    left, right = pair()

    def widened(frame: EngineFrame) -> EngineFrame:
        samples = np.stack([frame.view[..., channel % 3] for channel in range(channels)], axis=-1)
        return EngineFrame(frame.view, samples)

    wanted, drawn = middle(engine, left, right), middle(engine, widened(left), widened(right))
    assert drawn.shape == (40, 50, channels)
    for channel in range(channels):
        np.testing.assert_allclose(drawn[..., channel], wanted[..., channel % 3], atol=1e-6)


def test_sizes_may_change_and_come_back(engine: MotionEngine[Any]) -> None:
    sizes = [(40, 50), (100, 33), (40, 50), (8, 200), (100, 33)]
    first: dict[tuple[int, int], Picture] = {}
    for size in sizes:
        drawn = middle(engine, *pair(*size))
        np.testing.assert_array_equal(drawn, first.setdefault(size, drawn))


def test_frames_of_another_size_in_between_do_no_harm(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    wanted = engine.between(left, right, [0.5])[0]
    middle(engine, *pair(70, 20))
    np.testing.assert_array_equal(engine.between(left, right, [0.5])[0], wanted)


def test_dropped_frames_leave_kept_ones_alone(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    wanted = engine.between(left, right, [0.5])[0]
    for seed in range(5):
        engine.encode(same(picture(40, 50, seed=10 + seed)))
    np.testing.assert_array_equal(engine.between(left, right, [0.5])[0], wanted)


def test_results_belong_to_the_caller(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    (drawn,) = engine.between(left, right, [0.5])
    copy = drawn.copy()
    motion = engine.motion(left, right, 0.5)
    flow = np.asarray(motion.flow).copy()
    engine.between(right, left, [0.3])
    engine.motion(right, left, 0.3)
    np.testing.assert_array_equal(drawn, copy)
    np.testing.assert_array_equal(motion.flow, flow)


def test_several_times_are_each_what_one_is(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    times = [0.2, 0.5, 0.9]
    together = engine.between(left, right, times)
    for time, drawn in zip(times, together, strict=True):
        np.testing.assert_array_equal(drawn, engine.between(left, right, [time])[0])
    assert not np.array_equal(together[0], together[1])
    assert list(engine.between(left, right, [])) == []


def test_between_is_motion_and_warp(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    drawn = engine.warp(left, right, engine.motion(left, right, 0.3))
    np.testing.assert_allclose(drawn, engine.between(left, right, [0.3])[0], atol=2e-6)


def test_motion_has_the_shapes_that_are_promised(network_engine: MotionEngine[Any]) -> None:
    left, right = map(network_engine.encode, pair())
    motion = network_engine.motion(left, right, 0.5)
    height, width = motion.flow.shape[-2:]
    assert height >= 40
    assert width >= 50
    assert motion.flow.shape == (1, 4, height, width)
    assert motion.mask.shape == (1, 1, height, width)
    assert {str(array.dtype).removeprefix("torch.") for array in (motion.flow, motion.mask)} == {"float32"}


def test_averaged_motion_can_be_warped_by(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    motion = engine.motion(left, right, 0.5)
    mean = average_motion([WeightedMotion(motion, 0.25, 1, 1), WeightedMotion(motion, 0.75, 1, 1)])
    np.testing.assert_allclose(engine.warp(left, right, mean), engine.between(left, right, [0.5])[0], atol=1e-4)


def test_motion_of_another_library_warps_the_same(engine: MotionEngine[Any]) -> None:
    """What DLPack is for: here numpy's arrays."""
    left, right = map(engine.encode, pair())
    motion = engine.motion(left, right, 0.3)
    other = Motion(np.asarray(motion.flow).copy(), np.asarray(motion.mask).copy())
    # torch rounds a sigmoid differently where its input is not contiguous, as the fallback's cropped motion.
    np.testing.assert_allclose(engine.warp(left, right, other), engine.warp(left, right, motion), atol=2e-6)


def test_a_field_is_the_motion_without_padding(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    motion = engine.motion(left, right, 0.3)
    field = engine.field(motion, 40, 50)
    flow = np.asarray(motion.flow)[0, :, :40, :50].transpose(1, 2, 0)
    np.testing.assert_array_equal(np.concatenate([field.to_left, field.to_right], axis=-1), flow)
    share = 1 / (1 + np.exp(-np.asarray(motion.mask).astype(np.float64)[0, 0, :40, :50]))
    np.testing.assert_allclose(field.left_share, share, atol=1e-6)
    assert field.left_share.dtype == np.float32


def test_drawing_without_motion_is_a_blend(network_engine: MotionEngine[Any]) -> None:
    left, right = pair()
    still = Motion(torch.zeros(1, 4, 64, 64), torch.zeros(1, 1, 64, 64))
    drawn = network_engine.warp(network_engine.encode(left), network_engine.encode(right), still)
    np.testing.assert_allclose(drawn, (left.samples + right.samples) / 2, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (41, 53), (1, 9), (9, 1)])
@pytest.mark.parametrize("beyond", [-1e6, 0.75, 3.0, 1e6, float("inf"), float("nan")])
def test_flow_that_leads_anywhere_reads_the_border(
    network_engine: MotionEngine[Any], height: int, width: int, beyond: float
) -> None:
    """At most to the last pixel of the frame itself, whatever it is padded with."""
    left, right = pair(height, width)
    motion = Motion(torch.full((1, 4, 64, 64), beyond), torch.full((1, 1, 64, 64), 100.0))
    drawn = network_engine.warp(network_engine.encode(left), network_engine.encode(right), motion)
    if np.isnan(beyond):  # where NaN leads is open; that it reads nothing else's memory is not
        return
    corner = -1 if beyond > 0 else 0
    np.testing.assert_allclose(drawn[corner, corner], left.samples[corner, corner], atol=1e-6)
    if abs(beyond) > max(height, width):
        np.testing.assert_allclose(drawn, np.broadcast_to(left.samples[corner, corner], drawn.shape), atol=1e-6)


NETWORKS_OF_ALL_KINDS = [("4.22.lite", False), ("4.0", True), ("4.25", False)]


@lru_cache
def _engine_of(name: str, version: str, ensemble: bool) -> MotionEngine[Any]:
    return ENGINES[name](narrow(version), ensemble)


@pytest.mark.parametrize("name", NETWORKS)
@settings(deadline=None, max_examples=12)
@given(
    version=st.sampled_from(NETWORKS_OF_ALL_KINDS),
    height=st.integers(1, 100),
    width=st.integers(1, 100),
    constants=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=6),
    mode=st.sampled_from(["direct", "recursive", "bisect"]),
    strips=st.integers(1, 3),
)
def test_a_channel_that_is_constant_in_both_frames_comes_out_constant(
    name: str, version: tuple[str, bool], height: int, width: int, constants: list[float], mode: Mode, strips: int
) -> None:
    """To the last bit: whatever moves in the view, and wherever flows lead."""
    engine = _engine_of(name, *version)
    engine.strips = strips
    same_everywhere = np.broadcast_to(np.array(constants, np.float32), (height, width, len(constants)))
    frames = []
    for each in pair(height, width):
        samples = np.concatenate((each.view, same_everywhere), axis=-1)
        frames.append(engine.encode(EngineFrame(each.view, samples)))
    steps = plan_steps(mode, evenly_spaced(3))
    for _, drawn in interpolate_steps(engine, frames[0], frames[1], steps, lambda samples: samples[..., :3]):
        np.testing.assert_array_equal(drawn[..., 3:], same_everywhere)
        assert drawn[..., :3].min() >= 0
        assert drawn[..., :3].max() <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_one_spoilt_sample_spoils_its_neighbours_only(engine: MotionEngine[Any], value: float) -> None:
    left, right = pair()
    spoilt = left.samples.copy()
    spoilt[20, 20] = value
    drawn = middle(engine, EngineFrame(left.view, spoilt), right)
    assert 0 < (~np.isfinite(drawn[..., 0])).sum() <= 100


def test_samples_beyond_0_to_1_keep_their_range(engine: MotionEngine[Any]) -> None:
    left, right = pair()
    low, high = (
        EngineFrame(each.view, each.samples * np.float32(80_000) - np.float32(40_000)) for each in (left, right)
    )
    np.testing.assert_allclose(middle(engine, low, high), middle(engine, left, right) * 80_000 - 40_000, atol=1)


@pytest.mark.usefixtures("_threads_restored")
def test_the_number_of_threads_may_change(engine: MotionEngine[Any]) -> None:
    left, right = pair()
    set_threads(1)
    wanted = middle(engine, left, right)
    set_threads(3)
    np.testing.assert_allclose(middle(engine, left, right), wanted, atol=1e-5)
    set_threads(1)
    np.testing.assert_allclose(middle(engine, left, right), wanted, atol=1e-5)


@pytest.fixture
def strips_set(engine: MotionEngine[Any]) -> Iterator[Callable[[int], None]]:
    """Sets the engine's strips; afterwards there is one again."""
    yield lambda strips: setattr(engine, "strips", strips)
    engine.strips = 1


@pytest.mark.parametrize("strips", [2, 3, 7, 1000])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 100), (31, 33), (67, 130), (133, 50)])
def test_strips_have_no_seams(
    engine: MotionEngine[Any], strips_set: Callable[[int], None], height: int, width: int, strips: int
) -> None:
    """In everything that engines do; 1e-4 is what is promised, the noise of flows summed in another way is below."""
    frames = pair(height, width)
    left, right = map(engine.encode, frames)
    whole = engine.between(left, right, [0.3, 0.5])
    motion = engine.motion(left, right, 0.3)
    strips_set(strips)
    np.testing.assert_allclose(engine.between(left, right, [0.3, 0.5]), whole, atol=1e-4)
    np.testing.assert_allclose(engine.warp(left, right, motion), whole[0], atol=1e-4)
    left, right = map(engine.encode, frames)
    np.testing.assert_allclose(engine.between(left, right, [0.3, 0.5]), whole, atol=1e-4)
    np.testing.assert_allclose(engine.motion(left, right, 0.3).flow, motion.flow, atol=1e-4)


@pytest.mark.parametrize("flow_scale", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "ncnn"])  # its strips are those of the kernels
@pytest.mark.parametrize("version", ["4.0", "4.25"])
def test_strips_have_no_seams_at_any_flow_scale(name: str, version: str, flow_scale: float) -> None:
    drawn = []
    for strips in (1, 3):
        engine = ENGINES[name](narrow(version), False, flow_scale)
        engine.strips = strips
        drawn.append(middle(engine, *pair(157, 131)))
    np.testing.assert_allclose(drawn[1], drawn[0], atol=1e-4)


def test_released_memory_comes_back(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair())
    wanted = engine.between(left, right, [0.5])[0]
    engine.release()
    np.testing.assert_array_equal(engine.between(left, right, [0.5])[0], wanted)
    engine.release()
    np.testing.assert_array_equal(middle(engine, *pair()), wanted)


@pytest.mark.parametrize("name", NETWORKS)
def test_ensemble_sees_both_directions_alike(name: str) -> None:
    engine = ENGINES[name](narrow("4.6"), True)
    left, right = pair()
    np.testing.assert_allclose(middle(engine, left, right, 0.3), middle(engine, right, left, 0.7), atol=1e-4)


def test_read_only_and_strided_frames(engine: MotionEngine[Any]) -> None:
    strided = picture(40, 100)[:, ::2]
    fixed = strided.copy()
    fixed.flags.writeable = False
    other = same(picture(40, 50, seed=3))
    np.testing.assert_array_equal(middle(engine, same(strided), other), middle(engine, same(fixed), other))


@pytest.mark.parametrize("right_size", [(100, 64), (20, 50), (40, 64)])
def test_frames_of_two_sizes_are_refused(network_engine: MotionEngine[Any], right_size: tuple[int, int]) -> None:
    """Also where both are padded to one size."""
    left = network_engine.encode(pair(40, 50)[0])
    right = network_engine.encode(pair(*right_size)[1])
    with pytest.raises(EngineError, match=r"failed on (cpu|vulkan:\d)"):
        network_engine.between(left, right, [0.5])


def test_a_motion_without_the_padding_draws_the_same(engine: MotionEngine[Any]) -> None:
    left, right = map(engine.encode, pair(40, 50))
    motion = engine.motion(left, right, 0.3)
    cropped = Motion(motion.flow[..., :40, :50], motion.mask[..., :40, :50])
    np.testing.assert_array_equal(engine.warp(left, right, cropped), engine.warp(left, right, motion))


@pytest.mark.parametrize("mask_rows", [64, 130])
def test_a_motion_of_another_size_is_refused(network_engine: MotionEngine[Any], mask_rows: int) -> None:
    left, right = map(network_engine.encode, pair(130, 50))
    with pytest.raises(EngineError, match=r"failed on (cpu|vulkan:\d)"):
        network_engine.warp(left, right, Motion(torch.zeros(1, 4, 64, 64), torch.zeros(1, 1, mask_rows, 64)))
    with pytest.raises(EngineError, match=r"failed on (cpu|vulkan:\d)"):
        network_engine.warp(left, right, Motion(torch.zeros(1, 4, 192, 64), torch.zeros(1, 1, mask_rows, 64)))


def test_the_device_has_a_name(engine: MotionEngine[Any]) -> None:
    assert engine.device_name
