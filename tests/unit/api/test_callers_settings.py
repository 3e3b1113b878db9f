"""Arrays, numbers and settings as callers have them: taken as what they mean, or refused with a sentence."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from tests.support.fake_engine import FakeEngine

from midframe import EngineOptions, Job, Session
from midframe.api.interpolator import Interpolator
from midframe.errors import EngineError, OptionError, UnsupportedFormatError

TEXTURE = gaussian_filter(np.random.default_rng(3).random((48, 80, 3)), (3, 3, 0))
TEXTURE = (TEXTURE - TEXTURE.min()) / np.ptp(TEXTURE)


def moved(step: int) -> NDArray[np.float32]:
    return np.ascontiguousarray(TEXTURE[:, step : step + 64], np.float32)


LEFT, RIGHT = moved(0), moved(4)


@pytest.fixture(scope="module")
def real() -> Iterator[Interpolator]:
    with Interpolator.load(quality="fast") as interpolator:
        yield interpolator


@pytest.fixture
def fake() -> Interpolator:
    return Interpolator.from_engine(FakeEngine())


@pytest.fixture
def default_dtype(request: pytest.FixtureRequest) -> Iterator[None]:
    torch.set_default_dtype(request.param)
    yield
    torch.set_default_dtype(torch.float32)


class TestArrays:
    @pytest.mark.parametrize("dtype", [">f4", ">f8", ">u2", "<u2", ">i2"])
    def test_any_byte_order(self, fake: Interpolator, dtype: str) -> None:
        left, right = (np.full((5, 6, 3), value, dtype) for value in (0, 200))
        made = fake.between(left, right, 0.5)
        assert made.dtype == np.dtype(dtype)
        np.testing.assert_allclose(made, 100, rtol=1e-5)

    def test_memory_of_any_kind(self, real: Interpolator) -> None:
        wanted = real.between(LEFT, RIGHT, 0.5)
        locked = RIGHT.copy()
        locked.flags.writeable = False
        whole = np.asarray(TEXTURE, np.float32)
        for left, right in (
            (np.asfortranarray(LEFT), locked),
            (whole[:, :64], whole[:, 4:68]),
            (LEFT[::-1].copy()[::-1], RIGHT),
        ):
            np.testing.assert_array_equal(real.between(left, right, 0.5), wanted)

    @pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "uint32", "int64", "complex64", "object"])
    def test_types_that_are_refused_with_a_sentence(self, fake: Interpolator, dtype: str) -> None:
        with pytest.raises(UnsupportedFormatError, match=f"Samples of type {dtype} cannot be interpolated"):
            fake.between(np.ones((5, 6, 3)).astype(dtype), np.ones((5, 6, 3)).astype(dtype), 0.5)

    def test_masked_arrays_are_not_taken_for_whole_ones(self, fake: Interpolator) -> None:
        masked = np.ma.masked_less(LEFT, 0.2)
        with pytest.raises(UnsupportedFormatError, match="fill them first"):
            fake.between(masked, masked, 0.5)

    @pytest.mark.parametrize(
        "tensor",
        [
            torch.zeros(3, 5, 6).to_sparse(),
            torch.zeros(3, 5, 6, device="meta"),
            torch.zeros(3, 5, 6).to(torch.float8_e4m3fn),
            torch.zeros(3, 5, 6, dtype=torch.int64),
        ],
        ids=["sparse", "meta", "float8", "int64"],
    )
    def test_tensors_that_are_refused_with_a_sentence(self, fake: Interpolator, tensor: torch.Tensor) -> None:
        with pytest.raises(UnsupportedFormatError, match="cannot be interpolated"):
            fake.between(tensor, tensor, 0.5)

    def test_tensors_with_gradients(self, fake: Interpolator) -> None:
        left, right = torch.zeros(3, 5, 6, requires_grad=True), torch.ones(3, 5, 6, requires_grad=True)
        assert torch.allclose(fake.between(left, right, 0.5), torch.tensor(0.5))

    def test_grey_tensors(self, fake: Interpolator) -> None:
        made = fake.between(torch.zeros(5, 6), torch.full((5, 6), 0.5), 0.5)
        assert torch.allclose(made, torch.full((5, 6), 0.25))


class TestStacks:
    @pytest.mark.parametrize("kind", ["numpy", "torch"])
    def test_of_grey_frames(self, fake: Interpolator, kind: str) -> None:
        stack: Any = np.stack([np.full((5, 6), value, np.uint8) for value in (0, 100)])
        made = fake.interpolate(torch.from_numpy(stack) if kind == "torch" else stack, factor=2, cuts="off")
        assert made.shape == (3, 5, 6)
        assert made[:, 0, 0].tolist() == [0, 50, 100]

    def test_streams_take_the_layout_of_a_stack(self, fake: Interpolator) -> None:
        """ComfyUI's tensors, (frames, height, width, channels)."""
        stack = torch.stack([torch.zeros(50, 60, 3), torch.ones(50, 60, 3)])
        made = list(fake.stream(stack, factor=2, cuts="off"))
        assert [(tuple(frame.shape), float(frame.mean())) for frame in made] == [
            ((50, 60, 3), 0.0), ((50, 60, 3), 0.5), ((50, 60, 3), 1.0),
        ]  # fmt: skip

    @pytest.mark.parametrize("frames", [LEFT, torch.zeros(3, 50, 60)], ids=["numpy HWC", "torch CHW"])
    def test_a_single_picture_is_no_sequence(self, fake: Interpolator, frames: Any) -> None:
        for call in (fake.interpolate, fake.stream):
            with pytest.raises(UnsupportedFormatError, match="look like a single picture"):
                call(frames, factor=2)

    @pytest.mark.parametrize("frames", [None, 5])
    def test_what_is_no_sequence(self, fake: Interpolator, frames: Any) -> None:
        for call in (fake.interpolate, fake.stream):
            with pytest.raises(UnsupportedFormatError, match="Frames are a list, a stack or a generator"):
                call(frames, factor=2)


class TestRanges:
    def test_streams_and_lists_see_pairs_alike_whatever_came_before(self, real: Interpolator) -> None:
        """A dark start, for longer than any look ahead."""
        bright = [np.rint(moved(4 * step) * 60000).astype(np.uint16) for step in range(3)]
        dark = [np.zeros_like(bright[0])] * 12
        alone = real.interpolate(bright, factor=2)
        np.testing.assert_array_equal(real.interpolate([*dark, *bright], factor=2)[-5:], alone)
        np.testing.assert_array_equal(list(real.stream(iter([*dark, *bright]), factor=2))[-5:], alone)
        np.testing.assert_array_equal(real.between(bright[0], bright[1], 0.5), alone[1])

    @pytest.mark.parametrize("channels", [2, 4])
    def test_vectors_are_data(self, real: Interpolator, channels: int) -> None:
        left, right = (np.dstack([step, step[..., :1]])[..., :channels] * 4 - 2 for step in (LEFT, RIGHT))
        np.testing.assert_array_equal(
            real.between(left, right, 0.5), real.between(left, right, 0.5, alpha="none")
        )  # fmt: skip

    def test_one_frame_shows_for_all_of_a_list_that_they_hold_data(self, fake: Interpolator) -> None:
        frames = [np.full((5, 6, 2), value, np.float32) for value in (0.5, 0.25, -1.0)]
        frames[0][..., 0] = 0.125
        made = fake.interpolate(frames, factor=2, cuts="off")
        assert made[1][0, 0].tolist() == pytest.approx([0.1875, 0.375])


class TestNumbers:
    def test_scalars_of_numpy_and_torch(self, fake: Interpolator) -> None:
        frames = [np.full((5, 6, 3), value, np.uint8) for value in (0, 100)]
        for factor in (np.int64(2), np.float32(2), np.array(2), torch.tensor(2), torch.tensor(2.0)):
            given: Any = factor
            assert len(fake.interpolate(frames, factor=given)) == 3
        assert len(fake.interpolate(frames, insert=np.uint8(1))) == 3  # type: ignore[call-overload]
        assert len(fake.interpolate(frames, insert=1, cut_threshold=np.float32(0.5))) == 3  # type: ignore[call-overload]

    def test_options_of_engines(self) -> None:
        given: dict[str, Any] = {
            "threads": np.int64(2),
            "memory": np.int64(1 << 30),
            "flow_scale": np.float32(0.5),
            "ensemble": np.bool_(True),
        }
        options = EngineOptions(**given)
        assert options == EngineOptions(threads=2, memory=1 << 30, flow_scale=0.5, ensemble=True)
        assert [type(getattr(options, name)) for name in given] == [int, int, float, bool]

    @pytest.mark.parametrize("threshold", ["high", None, 0, 2])
    def test_thresholds_that_are_none(self, fake: Interpolator, threshold: Any) -> None:
        with pytest.raises(OptionError, match="`cut_threshold` must be a number above 0"):
            fake.interpolate([LEFT, RIGHT], factor=2, cut_threshold=threshold)


class TestDefaultsOfTorch:
    @pytest.mark.parametrize("default_dtype", [torch.float64, torch.bfloat16], ids=str, indirect=True)
    @pytest.mark.parametrize("quality", ["fast", "best"])
    @pytest.mark.usefixtures("default_dtype")
    def test_a_default_dtype(self, quality: str) -> None:
        with Interpolator.load(engine="torch", quality=quality) as interpolator:
            made = interpolator.between(LEFT, RIGHT, 0.5)
        assert np.abs(made - moved(2)).mean() < 0.02

    def test_a_default_device(self) -> None:
        with torch.device("meta"), Interpolator.load(engine="torch", device="cpu", quality="best") as interpolator:
            made = interpolator.between(LEFT, RIGHT, 0.5)
        assert np.abs(made - moved(2)).mean() < 0.02


class TestOtherProcesses:
    def test_a_copy_loads_the_model_again(self, real: Interpolator) -> None:
        with pickle.loads(pickle.dumps(real)) as sent, copy.deepcopy(real) as copied:
            for each in (sent, copied):
                np.testing.assert_array_equal(each.between(LEFT, RIGHT, 0.5), real.between(LEFT, RIGHT, 0.5))

    def test_what_cannot_be_sent_says_so(self, fake: Interpolator) -> None:
        for thing in (fake, fake.pair(LEFT, RIGHT), Session()):
            with pytest.raises(OptionError, match="cannot be sent to another process"):
                pickle.dumps(thing)

    def test_what_can_be_sent(self) -> None:
        for thing in (EngineOptions(threads=3), Job("a", "b", factor=3)):
            assert pickle.loads(pickle.dumps(thing)) == thing

    @pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs processes that fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_forked_process_gets_a_sentence_and_does_not_hang(self, real: Interpolator) -> None:
        context = multiprocessing.get_context("fork")
        answers = context.Queue()

        def use() -> None:
            try:
                real.between(LEFT, RIGHT, 0.5)
            except EngineError as error:
                answers.put(str(error))

        child = context.Process(target=use)
        child.start()
        assert "before the process was forked" in answers.get(timeout=60)
        child.join()
