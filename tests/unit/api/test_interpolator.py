from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.engines import FAST
from tests.support.fake_engine import FakeEngine
from tests.support.random_weights import as_torch, random_network, random_tensors
from tests.support.rows import pan

import midframe
from midframe import Interpolator
from midframe.detection.cuts import CONTEXT
from midframe.engines.torch.engine import TorchEngine
from midframe.errors import (
    CancelledError,
    DeviceError,
    EngineError,
    OptionError,
    UnknownModelError,
    UnsupportedFormatError,
)
from midframe.models.rife.spec import spec_for_version

TYPES = ["uint8", "uint16", "int16", "float16", "float32", "float64"]


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def fake(engine: FakeEngine) -> Interpolator:
    """Mixes linearly, so that what is requested is known."""
    return Interpolator.from_engine(engine)


@pytest.fixture(scope="module")
def real() -> Interpolator:
    """A true network, with narrow blocks."""
    spec = spec_for_version("4.22.lite")
    spec = replace(spec, widths=tuple(16 for _ in spec.widths))
    return Interpolator.from_engine(TorchEngine(random_network(spec), torch.device("cpu"), FAST))


def scale_of(dtype: Any) -> float:
    name = str(dtype).removeprefix("torch.")
    return {"uint8": 200, "uint16": 60000, "int16": 30000}.get(name, 1.0)


class TestNumpy:
    @pytest.mark.parametrize("dtype", TYPES)
    @pytest.mark.parametrize("shape", [(6, 8), (6, 8, 1), (6, 8, 2), (6, 8, 3), (6, 8, 4), (6, 8, 7)], ids=str)
    def test_kind_type_and_range_stay(self, fake: Interpolator, dtype: str, shape: tuple[int, ...]) -> None:
        left = np.full(shape, 0.2 * scale_of(dtype)).astype(dtype)
        right = np.full(shape, 0.6 * scale_of(dtype)).astype(dtype)
        drawn = fake.between(left, right, [0.5], alpha="none")
        assert len(drawn) == 1
        assert isinstance(drawn[0], np.ndarray)
        assert (drawn[0].shape, drawn[0].dtype) == (shape, np.dtype(dtype))
        np.testing.assert_allclose(drawn[0].astype(float), 0.4 * scale_of(dtype), rtol=0.002)

    @pytest.mark.parametrize("low", [-500.0, 0.0, 1000.0])
    def test_floats_of_any_range(self, fake: Interpolator, low: float) -> None:
        left, right = np.full((4, 4, 3), low), np.full((4, 4, 3), low + 40000)
        (drawn,) = fake.between(left, right, [0.25])
        np.testing.assert_allclose(drawn, low + 10000, rtol=1e-5)

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    def test_last_of_two_or_four_channels_is_straight_alpha(self, fake: Interpolator, dtype: str) -> None:
        full = 1 if dtype == "float32" else np.iinfo(dtype).max
        red, clear_green = np.zeros((2, 2, 4), dtype), np.zeros((2, 2, 4), dtype)
        red[..., 0] = red[..., 3] = clear_green[..., 1] = full
        (drawn,) = fake.between(red, clear_green, [0.5])
        assert drawn[0, 0, :3].tolist() == [full, 0, 0]
        assert drawn[0, 0, 3] == pytest.approx(full / 2, rel=0.01)
        (plain,) = fake.between(red, clear_green, [0.5], alpha="none")
        assert plain[0, 0].astype(float) == pytest.approx([full / 2, full / 2, 0, full / 2], rel=0.01)
        (multiplied,) = fake.between(red, clear_green, [0.5], alpha="premultiplied")
        np.testing.assert_array_equal(multiplied, plain)

    @pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (4, 4, 3), (4, 4, 5)], ids=str)
    @pytest.mark.parametrize("alpha", ["straight", "premultiplied"])
    def test_pictures_of_other_channel_counts_have_no_alpha(
        self, fake: Interpolator, shape: tuple[int, ...], alpha: Any
    ) -> None:
        left, right = np.full(shape, 40, np.uint8), np.full(shape, 80, np.uint8)
        (drawn,) = fake.between(left, right, [0.5], alpha=alpha)
        assert (drawn == 60).all()

    def test_inputs_are_left_alone_and_may_be_read_only_or_strided(self, fake: Interpolator) -> None:
        left = np.arange(96, dtype=np.uint8).reshape(4, 8, 3)[:, ::-2]
        right = np.full((4, 4, 3), 9, np.uint8)
        left.flags.writeable = right.flags.writeable = False
        before = left.copy()
        (drawn,) = fake.between(left, right, [0.5])
        np.testing.assert_array_equal(left, before)
        drawn[0, 0, 0] = 1

    def test_integers_are_rounded_to_nearest(self, fake: Interpolator) -> None:
        left, right = np.full((2, 2, 3), 10, np.uint8), np.full((2, 2, 3), 13, np.uint8)
        assert [int(drawn.flat[0]) for drawn in fake.between(left, right, [0.2, 0.6, 0.9])] == [11, 12, 13]

    @pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "int32", "int64", "complex64", ">i8"])
    def test_other_types_are_refused_with_those_that_work(self, fake: Interpolator, dtype: str) -> None:
        picture = np.zeros((4, 4, 3), dtype)
        with pytest.raises(UnsupportedFormatError, match="use uint8, uint16, int16, float16, float32 or float64"):
            fake.between(picture, picture, [0.5])

    @pytest.mark.parametrize("shape", [(4,), (1, 4, 4, 3), (0, 4, 3), (4, 0), (4, 4, 0)], ids=str)
    def test_other_shapes_are_refused(self, fake: Interpolator, shape: tuple[int, ...]) -> None:
        picture = np.zeros(shape, np.uint8)
        with pytest.raises(UnsupportedFormatError, match=r"must be \(height, width, channels\)|is empty"):
            fake.between(picture, picture, [0.5])


class TestPil:
    @pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16", "F"])
    def test_modes(self, fake: Interpolator, mode: str) -> None:
        colours: dict[str, tuple[float | tuple[int, ...], ...]] = {
            "L": (40, 80), "LA": ((40, 255), (80, 255)), "RGB": ((40, 0, 8), (80, 0, 8)),
                  "RGBA": ((40, 0, 8, 255), (80, 0, 8, 255)), "I;16": (4000, 8000), "F": (-0.5, 1.5),
        }  # fmt: skip
        colour = colours[mode]
        left, right = (Image.new(mode, (7, 5), value) for value in colour)
        (drawn,) = fake.between(left, right, [0.5])
        assert isinstance(drawn, Image.Image)
        assert (drawn.mode, drawn.size) == (mode, (7, 5))
        wanted = np.mean([np.atleast_1d(value) for value in colour], axis=0)
        pixel = drawn.getpixel((3, 2))
        assert pixel is not None
        assert np.atleast_1d(pixel) == pytest.approx(wanted, abs=1e-5)

    def test_opened_files_are_pictures_too(self, fake: Interpolator, tmp_path: Path) -> None:
        Image.new("RGB", (6, 5), (10, 20, 30)).save(tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as picture:
            (drawn,) = fake.between(picture, picture, [0.5])
        assert drawn.getpixel((0, 0)) == (10, 20, 30)

    @pytest.mark.parametrize("mode", ["1", "P", "CMYK", "YCbCr", "I", "HSV"])
    def test_other_modes_are_refused_with_advice(self, fake: Interpolator, mode: str) -> None:
        picture = Image.new(mode, (4, 4))
        with pytest.raises(UnsupportedFormatError, match=rf"mode {mode} .*convert\('RGB'\)"):
            fake.between(picture, picture, [0.5])


class TestTorch:
    @pytest.mark.parametrize(
        "dtype",
        [torch.uint8, torch.uint16, torch.int16, torch.float16, torch.bfloat16, torch.float32, torch.float64],
        ids=str,
    )
    def test_types_and_layout_stay(self, fake: Interpolator, dtype: torch.dtype) -> None:
        left = torch.full((3, 5, 7), 0.2 * scale_of(dtype)).to(dtype)
        right = torch.full((3, 5, 7), 0.6 * scale_of(dtype)).to(dtype)
        (drawn,) = fake.between(left, right, [0.5])
        assert isinstance(drawn, torch.Tensor)
        assert (drawn.shape, drawn.dtype, drawn.device) == (left.shape, dtype, left.device)
        np.testing.assert_allclose(drawn.double(), 0.4 * scale_of(dtype), rtol=0.01)

    def test_gradients_do_not_matter(self, fake: Interpolator) -> None:
        left = torch.zeros(3, 4, 4, requires_grad=True)
        assert not fake.between(left, left, [0.5])[0].requires_grad

    @pytest.mark.parametrize("shape", [(4,), (1, 3, 4, 4)], ids=str)
    def test_other_shapes_are_refused(self, fake: Interpolator, shape: tuple[int, ...]) -> None:
        with pytest.raises(UnsupportedFormatError, match=r"must be \(channels, height, width\)"):
            fake.between(torch.zeros(shape), torch.zeros(shape), [0.5])

    @pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.int8], ids=str)
    def test_other_types_are_refused(self, fake: Interpolator, dtype: torch.dtype) -> None:
        with pytest.raises(UnsupportedFormatError, match="cannot be interpolated"):
            fake.between(torch.zeros(3, 4, 4, dtype=dtype), torch.zeros(3, 4, 4, dtype=dtype), [0.5])


@pytest.mark.parametrize("picture", [[[1, 2], [3, 4]], "a.png", None, 3.5, b"bytes"], ids=repr)
def test_anything_else_is_refused(fake: Interpolator, picture: Any) -> None:
    with pytest.raises(UnsupportedFormatError, match="numpy arrays, PIL images or torch tensors"):
        fake.between(picture, picture, [0.5])


class TestBetween:
    LEFT, RIGHT = np.full((4, 5, 3), 0, np.uint8), np.full((4, 5, 3), 200, np.uint8)

    def test_times_in_any_order_and_more_than_once(self, fake: Interpolator) -> None:
        drawn = fake.between(self.LEFT, self.RIGHT, [0.75, Fraction(1, 4), 0.5, 0.75])
        assert [int(each.flat[0]) for each in drawn] == [150, 50, 100, 150]

    def test_no_times(self, fake: Interpolator) -> None:
        assert fake.between(self.LEFT, self.RIGHT, []) == []

    def test_times_of_numpy_and_torch(self, fake: Interpolator) -> None:
        times = [np.float32(0.25), np.float64(0.5), torch.tensor(0.75)]
        drawn = fake.between(self.LEFT, self.RIGHT, times)  # type: ignore[arg-type]
        assert [int(each.flat[0]) for each in drawn] == [50, 100, 150]

    @pytest.mark.parametrize("mode", ["direct", "recursive", "bisect"])
    def test_modes(self, fake: Interpolator, mode: Any) -> None:
        drawn = fake.between(self.LEFT, self.RIGHT, [0.2, 0.4, 0.6, 0.8], mode=mode)
        values = [int(each.flat[0]) for each in drawn]
        assert values == sorted(values)
        if mode != "recursive":
            assert values == [40, 80, 120, 160]

    @pytest.mark.parametrize(
        "time", [0, 1, -0.5, 1.5, Fraction(1), float("nan"), float("inf"), float("-inf")], ids=repr
    )
    def test_times_outside(self, fake: Interpolator, time: Any) -> None:
        with pytest.raises(OptionError, match=r"between 0 .* exclusive"):
            fake.between(self.LEFT, self.RIGHT, [0.5, time])

    def test_unknown_choices(self, fake: Interpolator) -> None:
        with pytest.raises(OptionError, match="mode must be"):
            fake.between(self.LEFT, self.RIGHT, [0.5], mode="sideways")  # type: ignore[call-overload]
        with pytest.raises(OptionError, match="`alpha` must be"):
            fake.between(self.LEFT, self.RIGHT, [0.5], alpha="maybe")  # type: ignore[call-overload]

    @pytest.mark.parametrize(
        "right",
        [np.zeros((4, 6, 3), np.uint8), np.zeros((4, 5, 4), np.uint8), np.zeros((4, 5, 3), np.uint16)],
        ids=["size", "channels", "type"],
    )
    def test_frames_that_differ(self, fake: Interpolator, right: np.ndarray) -> None:
        with pytest.raises(UnsupportedFormatError, match="must have the same shape"):
            fake.between(self.LEFT, right, [0.5])

    def test_a_true_network_draws_something_else_than_a_blend(self, real: Interpolator) -> None:
        left = np.random.default_rng(1).integers(0, 255, (40, 50, 3), np.uint8)
        right = np.random.default_rng(2).integers(0, 255, (40, 50, 3), np.uint8)
        (drawn,) = real.between(left, right, [0.5])
        assert (drawn.shape, drawn.dtype) == (left.shape, left.dtype)
        assert np.abs(drawn.astype(int) - (left.astype(int) + right) // 2).mean() > 1

    def test_the_same_picture_in_every_kind_is_drawn_alike(self, real: Interpolator) -> None:
        left = np.random.default_rng(1).integers(0, 255, (40, 50, 3), np.uint8)
        right = np.ascontiguousarray(left[::-1])
        (array,) = real.between(left, right, [0.5])
        (picture,) = real.between(Image.fromarray(left), Image.fromarray(right), [0.5])
        first, last = (torch.from_numpy(each).permute(2, 0, 1) for each in (left, right))
        (tensor,) = real.between(first, last, [0.5])
        np.testing.assert_array_equal(np.asarray(picture), array)
        np.testing.assert_array_equal(tensor.permute(1, 2, 0), array)


def frames(values: list[int]) -> list[np.ndarray]:
    return [np.full((3, 4, 3), value, np.uint8) for value in values]


def ends() -> tuple[np.ndarray, np.ndarray]:
    left, right = frames([0, 40])
    return left, right


def brightness(drawn: list[Any]) -> list[int]:
    return [int(np.asarray(each).flat[0]) for each in drawn]


class TestSequences:
    @pytest.mark.parametrize(
        "wish",
        [{"insert": 1}, *({"factor": two} for two in (2, 2.0, "2", Fraction(2), Decimal(2), np.float64(2)))],
        ids=str,
    )
    def test_twice_the_frames(self, fake: Interpolator, wish: dict[str, Any]) -> None:
        assert brightness(fake.interpolate(frames([0, 40, 120]), cuts="off", **wish)) == [0, 20, 40, 80, 120]

    @pytest.mark.parametrize(
        ("factor", "wanted"),
        [("3/2", [0, 40, 80, 120]), (2.5, [0, 24, 48, 72, 96, 120]), ("4", [0, 15, 30, 45, 60, 75, 90, 105, 120])],
    )
    def test_fractions(self, fake: Interpolator, factor: Any, wanted: list[int]) -> None:
        assert brightness(fake.interpolate(frames([0, 60, 120]), factor=factor, cuts="off")) == wanted

    def test_last_frame_is_left_out_where_no_slot_meets_it(self, fake: Interpolator) -> None:
        assert brightness(fake.interpolate(frames([0, 60]), factor="3/2", cuts="off")) == [0, 40]

    def test_given_frames_are_passed_on_as_the_same_objects(self, fake: Interpolator) -> None:
        given = frames([0, 40, 80])
        drawn = fake.interpolate(given, insert=3, cuts="off")
        assert all(drawn[4 * index] is each for index, each in enumerate(given))

    def test_of_pictures_and_tensors_too(self, fake: Interpolator) -> None:
        for given in ([Image.fromarray(each) for each in frames([0, 40])], [torch.zeros(3, 4, 4), torch.ones(3, 4, 4)]):
            drawn = fake.interpolate(given, insert=1, cuts="off")
            assert drawn[0] is given[0]
            assert drawn[2] is given[1]
            assert type(drawn[1]).__name__ in ("Image", "Tensor")

    @pytest.mark.parametrize("wish", [{"factor": 1}, {"insert": 0}], ids=str)
    def test_nothing_between(self, fake: Interpolator, engine: FakeEngine, wish: dict[str, Any]) -> None:
        given = frames([0, 40, 80])
        assert all(left is right for left, right in zip(fake.interpolate(given, **wish), given, strict=True))
        assert engine.estimated == 0

    @pytest.mark.parametrize("factor", [1, 2, "5/2", Fraction(1)])
    def test_progress_is_reported_for_every_frame(self, fake: Interpolator, factor: Any) -> None:
        seen: list[tuple[int, int]] = []
        given = frames([0, 40, 80, 120])
        made = fake.interpolate(given, factor=factor, on_progress=lambda done, total: seen.append((done, total)))
        assert seen == [(number, len(made)) for number in range(1, len(made) + 1)]

    def test_what_progress_raises_ends_the_call(self, fake: Interpolator) -> None:
        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fake.interpolate(frames([0, 40]), factor=2, on_progress=stop)

    def test_each_frame_is_encoded_once(self, fake: Interpolator, engine: FakeEngine) -> None:
        fake.interpolate(frames([0, 40, 80, 120]), insert=2, cuts="off")
        assert engine.encoded == 4

    def test_stream_holds_two_frames_and_no_more(self, fake: Interpolator) -> None:
        taken: list[int] = []

        def camera() -> Iterator[Any]:
            for index, each in enumerate(frames([0, 40, 80, 120])):
                taken.append(index)
                yield each

        stream = fake.stream(camera(), insert=1, cuts="off")
        assert taken == []
        assert brightness([next(stream), next(stream)]) == [0, 20]
        assert taken == [0, 1]
        assert brightness(list(stream)) == [40, 60, 80, 100, 120]

    def test_stream_ends_between_two_frames_of_a_pair_when_it_is_cancelled(
        self, fake: Interpolator, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancel, between, made = midframe.CancelToken(), engine.between, []

        def cancelled_meanwhile(left: Any, right: Any, times: Any) -> Any:
            made.extend(times)
            cancel.cancel()
            return between(left, right, times)

        monkeypatch.setattr(engine, "between", cancelled_meanwhile)
        stream = fake.stream(frames([0, 80]), insert=1000, cuts="off", cancel=cancel)
        with pytest.raises(CancelledError, match="Stopped"):
            next(stream)
        assert len(made) < 100

    def test_stream_looks_ahead_for_cuts_only_as_far_as_they_need(self, fake: Interpolator) -> None:
        taken: list[int] = []

        def camera() -> Iterator[Any]:
            for index, each in enumerate(frames([0] * 40)):
                taken.append(index)
                yield each

        stream = fake.stream(camera(), insert=1)
        assert brightness([next(stream), next(stream)]) == [0, 0]
        assert len(taken) <= CONTEXT + 3

    def test_a_path_is_answered_with_what_reads_files(self, fake: Interpolator) -> None:
        path: Any = Path("clip.mp4")
        with pytest.raises(UnsupportedFormatError, match=r"give midframe.read_frames\('clip.mp4'\)"):
            fake.interpolate(path, factor=2)

    def test_a_batch_is_answered_with_what_takes_batches(self, fake: Interpolator) -> None:
        stack = np.zeros((2, 8, 9, 3), np.uint8)
        with pytest.raises(UnsupportedFormatError, match=r"batches go to batch\(\) and sequences to interpolate\(\)"):
            fake.between(stack, stack, 0.5)

    @pytest.mark.parametrize("count", [0, 1])
    def test_too_few_frames(self, fake: Interpolator, count: int) -> None:
        with pytest.raises(UnsupportedFormatError, match="at least two frames"):
            fake.interpolate(frames([0, 40])[:count], insert=1)

    @pytest.mark.parametrize(
        "wish",
        [
            {},
            {"factor": 2, "insert": 1},
            {"insert": -1},
            {"insert": 1.5},
            {"factor": 0.5},
            {"factor": "x"},
            {"factor": float("nan")},
        ],
        ids=str,
    )
    def test_wishes_that_cannot_be_are_refused_at_once(self, fake: Interpolator, wish: dict[str, Any]) -> None:
        with pytest.raises(OptionError):
            fake.stream(iter(()), **wish)

    def test_frames_that_differ(self, fake: Interpolator) -> None:
        given = [*frames([0, 40]), np.zeros((3, 5, 3), np.uint8)]
        stream = fake.stream(given, insert=1, cuts="off")
        assert brightness([next(stream), next(stream)]) == [0, 20]
        with pytest.raises(UnsupportedFormatError, match="must have the same shape"):
            next(stream)

    @pytest.mark.parametrize("mode", ["recursive", "bisect"])
    def test_modes(self, fake: Interpolator, mode: Any) -> None:
        drawn = brightness(fake.interpolate(frames([0, 40, 80]), insert=3, mode=mode, cuts="off"))
        assert len(drawn) == 9
        assert drawn == sorted(drawn)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "flownet.pkl"
    torch.save(as_torch(random_tensors(spec_for_version("4.15.lite"))), file)
    return file


class TestLoad:
    @pytest.mark.parametrize("of", [Path, str, lambda path: path.parent], ids=["path", "text", "folder"])
    def test_from_a_path(self, checkpoint: Path, of: Callable[[Path], Any]) -> None:
        network = midframe.Interpolator.load(of(checkpoint), device="cpu")
        assert network.model == spec_for_version("4.15.lite").description
        assert network.device.startswith("cpu")
        assert len(network.between(*ends(), [0.5])) == 1

    def test_scale_and_ensemble_reach_the_network(self, checkpoint: Path) -> None:
        rng = np.random.default_rng(1)
        left, right = (rng.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(2))
        results = [
            Interpolator.load(checkpoint, "cpu", **options).between(left, right, [0.5])[0]
            for options in ({}, {"flow_scale": 0.5}, {"ensemble": True}, {"precision": "fast"})
        ]
        assert not np.array_equal(results[0], results[1])
        assert not np.array_equal(results[0], results[2])
        # Precision "fast" may differ, a little.
        assert np.abs(results[0].astype(int) - results[3]).mean() < 2

    def test_threads_reach_the_engine(self, checkpoint: Path) -> None:
        assert Interpolator.load(checkpoint, "cpu", threads=1).device.startswith("cpu (1 thread)")

    def test_quality_reaches_the_engine(self, checkpoint: Path) -> None:
        rng = np.random.default_rng(1)
        left, right = (rng.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(2))
        results = {
            quality: Interpolator.load(checkpoint, "cpu", **options).between(left, right, [0.5])[0].tobytes()
            for quality, options in [
                ("fast", {"quality": "fast"}),
                ("default", {"quality": "default"}),
                ("best", {"quality": "best"}),
                ("unsaid", {}),
            ]
        }
        assert len(set(results.values())) == 3
        assert results["unsaid"] == results["default"]

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"model": "nowhere/flownet.pkl"}, UnknownModelError),
            ({"model": "9.99"}, UnknownModelError),
            ({"device": "gpu"}, DeviceError),
            ({"flow_scale": 0.3}, OptionError),
            ({"precision": "sloppy"}, OptionError),
            ({"quality": "good"}, OptionError),
        ],
        ids=str,
    )
    def test_options_that_cannot_be(self, checkpoint: Path, options: dict[str, Any], error: type[Exception]) -> None:
        with pytest.raises(error):
            Interpolator.load(**{"model": checkpoint, "device": "cpu", **options})

    def test_ensemble_of_a_version_without(self, tmp_path: Path) -> None:
        torch.save(as_torch(random_tensors(spec_for_version("4.22.lite"))), tmp_path / "a.pkl")
        with pytest.raises(OptionError, match="no ensemble mode"):
            Interpolator.load(tmp_path / "a.pkl", "cpu", ensemble=True)


class TestPair:
    def test_frames_are_encoded_once_for_any_number_of_times(self, fake: Interpolator, engine: FakeEngine) -> None:
        pair = fake.pair(*frames([0, 200]))
        assert int(pair.at(0.25).flat[0]) == 50
        assert int(pair.at(Fraction(1, 2)).flat[0]) == 100
        assert int(pair.at(np.float32(0.75)).flat[0]) == 150  # type: ignore[call-overload]
        assert brightness(pair.at([0.75, 0.25])) == [150, 50]
        assert engine.encoded == 2

    def test_one_time_gives_one_frame_and_a_list_gives_a_list(self, fake: Interpolator) -> None:
        left, right = frames([0, 200])
        assert isinstance(fake.between(left, right, 0.5), np.ndarray)
        assert isinstance(fake.between(left, right, torch.tensor(0.5)), np.ndarray)  # type: ignore[call-overload]
        assert len(fake.between(left, right, np.array([0.5]))) == 1  # type: ignore[call-overload]

    @pytest.mark.parametrize("times", ["half", ["half"], None, [None], [[0.5]]], ids=repr)
    def test_times_that_are_no_numbers(self, fake: Interpolator, times: Any) -> None:
        with pytest.raises(OptionError, match="number between 0 and 1, exclusive") as caught:
            fake.pair(*frames([0, 200])).at(times)
        assert caught.value.option == "times"

    def test_it_says_what_it_is(self, fake: Interpolator) -> None:
        assert repr(fake.pair(*frames([0, 200]))) == "<Pair: 4×3 RGB uint8>"


class TestLayouts:
    """The same frames in every layout give the same frames, in the layout they came in."""

    LEFT, RIGHT = (np.random.default_rng(seed).integers(0, 255, (2, 40, 50, 3), np.uint8) for seed in (1, 2))

    @pytest.mark.parametrize("kind", ["numpy", "torch"])
    @pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
    def test_batch(self, real: Interpolator, kind: str, layout: str) -> None:
        wanted = [real.between(left, right, 0.25) for left, right in zip(self.LEFT, self.RIGHT, strict=True)]
        stacks = [
            np.moveaxis(stack, -1, 1) if layout == "channels_first" else stack for stack in (self.LEFT, self.RIGHT)
        ]
        given: list[Any] = stacks
        if kind == "torch":
            given = [torch.from_numpy(np.ascontiguousarray(stack)) for stack in stacks]
        left, right = given
        made = real.batch(left, right, 0.25)
        assert type(made) is type(given[0])
        assert (made.shape, made.dtype) == (given[0].shape, given[0].dtype)
        array = np.asarray(made)
        np.testing.assert_array_equal(np.moveaxis(array, 1, -1) if layout == "channels_first" else array, wanted)

    def test_batch_with_a_time_for_each(self, fake: Interpolator) -> None:
        left, right = np.zeros((2, 5, 6, 3), np.uint8), np.full((2, 5, 6, 3), 200, np.uint8)
        assert fake.batch(left, right, [0.25, 0.75])[:, 0, 0, 0].tolist() == [50, 150]
        with pytest.raises(OptionError, match="takes one time, or 2 of them, not 3"):
            fake.batch(left, right, [0.25, 0.5, 0.75])

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
    def test_batch_keeps_types_of_tensors(self, fake: Interpolator, dtype: torch.dtype) -> None:
        stack = torch.full((2, 3, 8, 9), 0.5).to(dtype)
        made = fake.batch(stack, stack)
        assert (made.shape, made.dtype, made.device) == (stack.shape, dtype, stack.device)

    @pytest.mark.parametrize("kind", ["numpy", "torch"])
    @pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
    def test_interpolate_a_stack(self, real: Interpolator, kind: str, layout: str) -> None:
        wanted = np.stack(real.interpolate(list(self.LEFT), insert=2, cuts="off"))
        stack = np.moveaxis(self.LEFT, -1, 1) if layout == "channels_first" else self.LEFT
        given: Any = torch.from_numpy(np.ascontiguousarray(stack)) if kind == "torch" else stack
        made = real.interpolate(given, insert=2, cuts="off")
        assert type(made) is type(given)
        array = np.asarray(made)
        np.testing.assert_array_equal(np.moveaxis(array, 1, -1) if layout == "channels_first" else array, wanted)

    def test_given_frames_of_a_stack_come_back_to_the_last_bit(self, fake: Interpolator) -> None:
        given = torch.rand(3, 3, 8, 9, dtype=torch.float64)
        assert torch.equal(fake.interpolate(given, insert=1, cuts="off")[::2], given)

    @pytest.mark.parametrize("shape", [(2, 3, 8, 4), (2, 9, 8, 7)], ids=str)
    def test_ambiguous_stacks_are_asked_for_their_layout(self, fake: Interpolator, shape: tuple[int, ...]) -> None:
        stack = np.zeros(shape, np.uint8)
        calls: tuple[Callable[[], object], ...] = (
            lambda: fake.batch(stack, stack),
            lambda: fake.interpolate(stack, insert=1),
        )
        for call in calls:
            with pytest.raises(OptionError, match="give `layout`") as caught:
                call()
            assert caught.value.option == "layout"
        assert fake.batch(stack, stack, layout="channels_last").shape == shape
        assert fake.interpolate(stack, insert=1, layout="channels_first").shape == (3, *shape[1:])

    @pytest.mark.parametrize(
        "frame", [torch.zeros(96, 128, 3), np.zeros((3, 96, 128), np.uint8)], ids=["torch HWC", "numpy CHW"]
    )
    def test_single_frames_in_the_layout_of_the_other_library(self, fake: Interpolator, frame: Any) -> None:
        with pytest.raises(OptionError, match="give `layout`"):
            fake.between(frame, frame, 0.5)
        layout: Any = "channels_last" if isinstance(frame, torch.Tensor) else "channels_first"
        made = fake.between(frame, frame, 0.5, layout=layout)
        assert (made.shape, type(made)) == (frame.shape, type(frame))

    def test_layouts_that_do_not_exist(self, fake: Interpolator) -> None:
        with pytest.raises(OptionError, match="`layout` must be"):
            fake.between(*frames([0, 40]), 0.5, layout="sideways")  # type: ignore[call-overload]

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (np.zeros((2, 8, 9, 3)), np.zeros((2, 8, 9, 4))),
            (np.zeros((2, 8, 9, 3)), np.zeros((1, 8, 9, 3))),
            (np.zeros((2, 8, 9, 3)), torch.zeros(2, 8, 9, 3)),
            (np.zeros((8, 9, 3)), np.zeros((8, 9, 3))),
            (np.zeros((0, 8, 9, 3)), np.zeros((0, 8, 9, 3))),
            ([1], [2]),
        ],
        ids=["channels", "count", "kind", "single", "empty", "lists"],
    )
    def test_batches_that_cannot_be(self, fake: Interpolator, left: Any, right: Any) -> None:
        with pytest.raises(UnsupportedFormatError):
            fake.batch(left, right)


class TestSceneHandling:
    """Cuts and static pairs are found as jobs find them."""

    @staticmethod
    def scenes() -> list[np.ndarray[Any, Any]]:
        return [*pan(4, seed=1), *pan(4, seed=2)]

    def test_cuts_are_held(self, fake: Interpolator, engine: FakeEngine) -> None:
        given = self.scenes()
        made = fake.interpolate(given, factor=2)
        assert len(made) == 15
        assert made[7] is given[3]
        assert engine.estimated == 6

    def test_cuts_are_blended_or_left_alone(self, fake: Interpolator, engine: FakeEngine) -> None:
        given = self.scenes()
        blended = fake.interpolate(given, factor=2, cuts="blend")[7]
        np.testing.assert_array_equal(blended, np.rint((given[3].astype(float) + given[4]) / 2).astype(np.uint8))
        fake.interpolate(given, factor=2, cuts="off")
        assert engine.estimated == 6 + 7

    def test_static_pairs_are_held(self, fake: Interpolator, engine: FakeEngine) -> None:
        first, second = pan(2)
        made = fake.interpolate([first, first.copy(), second], factor=2)
        assert made[1] is made[0]
        assert engine.estimated == 1

    def test_repeated_frames_are_replaced(self, fake: Interpolator) -> None:
        first, second, third = pan(3, step=4)
        made = fake.interpolate([first, first.copy(), second, third], factor=1, dedup=True, cuts="off")
        assert len(made) == 4
        assert not np.array_equal(made[1], first)

    def test_interpolate_fits_the_view_to_the_whole_sequence(self, fake: Interpolator, engine: FakeEngine) -> None:
        """A fade-in: what the first frames hold must not set the range that the network sees."""
        dark, light = np.zeros((8, 9, 3), np.uint16), np.full((8, 9, 3), 60000, np.uint16)
        fake.interpolate([dark, dark, light, light // 2], factor=2, cuts="off")
        assert engine.brightest == pytest.approx(60000 / 65535)


class TestThreads:
    def test_two_threads_get_the_frames_that_one_gets(self) -> None:
        left, right = (np.random.default_rng(seed).integers(0, 255, (6, 64, 96, 3), np.uint8) for seed in (1, 2))
        with Interpolator.load(quality="fast") as interpolator:
            wanted = [interpolator.between(*pair, 0.5) for pair in zip(left, right, strict=True)]
            with ThreadPoolExecutor(2) as pool:
                made = list(pool.map(lambda at: interpolator.between(left[at % 6], right[at % 6], 0.5), range(24)))
        for at, frame in enumerate(made):
            np.testing.assert_array_equal(frame, wanted[at % 6])


class TestLifetime:
    def test_it_says_what_it_is(self, fake: Interpolator) -> None:
        assert repr(fake) == "<Interpolator: an engine provided by the caller on fake>"

    def test_leaving_frees_the_engine_and_calls_fail_from_then_on(self, engine: FakeEngine) -> None:
        with Interpolator.from_engine(engine) as interpolator:
            pair = interpolator.pair(*frames([0, 40]))
        assert engine.released == 1
        interpolator.close()
        assert repr(interpolator).endswith("closed>")
        for call in (
            lambda: pair.at(0.5),
            lambda: interpolator.between(*ends(), 0.5),
            lambda: interpolator.interpolate(frames([0, 40]), insert=1),
            lambda: interpolator.interpolate(frames([0, 40]), insert=0),
            lambda: interpolator.stream(iter(frames([0, 40])), insert=1),
        ):
            with pytest.raises(EngineError, match="closed"):
                call()

    def test_a_name_is_for_load(self) -> None:
        with pytest.raises(OptionError, match="takes a name"):
            Interpolator("4.25")  # type: ignore[arg-type]

    @pytest.mark.parametrize("option", ["mode", "cuts", "alpha", "layout"])
    def test_a_stream_refuses_what_does_not_exist_at_once(self, fake: Interpolator, option: str) -> None:
        camera: Iterator[Any] = iter(lambda: pytest.fail("read"), None)
        wrong: dict[str, Any] = {option: "bogus"}
        with pytest.raises(OptionError, match=f"`{option}` must be .* not 'bogus'") as refused:
            fake.stream(camera, insert=1, **wrong)
        assert refused.value.option == option
