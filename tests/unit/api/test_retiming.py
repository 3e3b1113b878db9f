"""Clips in memory at another rate: every kind that pipelines return, and back."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.command_line import write_png
from tests.support.fake_engine import FakeEngine
from tests.support.rows import pan

import midframe
from midframe import Interpolator
from midframe.errors import OptionError, UnsupportedFormatError

COUNT = 7
TO_24 = 11
"""Frames at 24 per second of seven at 16: 7 · 3/2, rounded up."""


@pytest.fixture
def fake() -> Interpolator:
    """Mixes linearly, so that what is requested is known."""
    return Interpolator.from_engine(FakeEngine())


def clip(channels: int = 3, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Frames (COUNT, 12, 16, channels) in [0, 1] whose contents move."""
    wide = np.random.default_rng(seed).random((12, 16 + COUNT, channels), np.float32)
    return np.stack([wide[:, number : number + 16] for number in range(COUNT)])


def as_torch(dtype: torch.dtype, frames: np.ndarray[Any, Any] | None = None) -> torch.Tensor:
    return torch.from_numpy(clip() if frames is None else frames).movedim(-1, 1).to(dtype)


def as_images(mode: str, seed: int = 0) -> list[Image.Image]:
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
    codes = np.rint(clip(channels, seed) * 255).astype(np.uint8)
    return [Image.fromarray(frame[..., 0] if channels == 1 else frame) for frame in codes]


STACKS: dict[str, Callable[[], Any]] = {
    "float32 numpy": clip,
    "float64 numpy": lambda: clip().astype(np.float64),
    "float16 numpy": lambda: clip().astype(np.float16),
    "uint8 numpy": lambda: np.rint(clip() * 255).astype(np.uint8),
    "uint16 numpy": lambda: np.rint(clip() * 65535).astype(np.uint16),
    "numpy with alpha": lambda: clip(4),
    "grey numpy": lambda: clip(1)[..., 0],
    "numpy, channels first": lambda: np.moveaxis(clip(), -1, 1),
    "float32 torch": lambda: as_torch(torch.float32),
    "half torch": lambda: as_torch(torch.float16),
    "bfloat16 torch": lambda: as_torch(torch.bfloat16),
    "uint8 torch": lambda: (as_torch(torch.float32) * 255).to(torch.uint8),
    "torch with gradients": lambda: as_torch(torch.float32).requires_grad_(),
    "strided torch": lambda: as_torch(torch.float32)[:, [2, 1, 0]],
}


def plain(stack: Any) -> np.ndarray[Any, Any]:
    """Any stack as float64, for comparing."""
    if isinstance(stack, torch.Tensor):
        return stack.detach().double().numpy()
    return np.asarray(stack, np.float64)


@pytest.mark.parametrize("kind", STACKS)
class TestStacks:
    def test_kind_type_and_layout_stay(self, fake: Interpolator, kind: str) -> None:
        frames = STACKS[kind]()
        made = fake.retime(frames, 16, 24)
        assert type(made) is type(frames)
        assert made.dtype == frames.dtype
        assert tuple(made.shape) == (TO_24, *frames.shape[1:])
        if isinstance(frames, torch.Tensor):
            assert (made.device, made.requires_grad) == (frames.device, False)

    def test_source_frames_are_the_same_to_the_bit(self, fake: Interpolator, kind: str) -> None:
        frames = STACKS[kind]()
        made = fake.retime(frames, 16, 24)
        np.testing.assert_array_equal(plain(made)[::3], plain(frames)[::2])

    def test_others_lie_between_them(self, fake: Interpolator, kind: str) -> None:
        frames = STACKS[kind]()
        made, given = (
            plain(fake.retime(frames, 16, 24, cuts="off", static_threshold="off", alpha="none")),
            plain(frames),
        )
        # The frame at 1/24 s is two thirds of the way from the first to the second at 1/16 s.
        scale = given.max()
        tolerance = {"bfloat16": 2**-8, "half": 2**-11, "float16": 2**-11, "uint8": 1 / 255}.get(kind.split()[0], 1e-4)
        np.testing.assert_allclose(made[1] / scale, (given[0] / 3 + given[1] * 2 / 3) / scale, atol=tolerance)
        assert given.min() <= made.min()
        assert made.max() <= given.max()


# A batch of grey frames has four dimensions, as frames with channels have.
@pytest.mark.parametrize("kind", [kind for kind in STACKS if kind != "grey numpy"])
def test_a_batch_is_its_clips(fake: Interpolator, kind: str) -> None:
    frames = STACKS[kind]()
    other = frames.flip(0) if isinstance(frames, torch.Tensor) else frames[::-1]
    batch: Any = torch.stack([frames, other]) if isinstance(frames, torch.Tensor) else np.stack([frames, other])
    made = fake.retime(batch, 16, 24)
    assert type(made) is type(batch)
    assert tuple(made.shape) == (2, TO_24, *frames.shape[1:])
    for number, each in enumerate((frames, other)):
        np.testing.assert_array_equal(plain(made[number]), plain(fake.retime(each, 16, 24)))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_lists_of_images(fake: Interpolator, mode: str) -> None:
    images = as_images(mode)
    made = fake.retime(images, 16, 24)
    assert [type(image) for image in made] == [Image.Image] * TO_24
    assert {image.mode for image in made} == {mode}
    assert all(made[3 * number] is images[2 * number] for number in range(3))


def test_lists_of_clips(fake: Interpolator) -> None:
    """What pipelines return as `frames`: a list with a list of images for each prompt."""
    batch = [as_images("RGB"), as_images("RGB", seed=1)[:4]]
    made = fake.retime(batch, 16, 24)
    assert [len(each) for each in made] == [TO_24, 6]
    assert made[1][0] is batch[1][0]


@pytest.mark.parametrize("kind", ["float32 numpy", "bfloat16 torch"])
def test_lists_of_arrays_and_of_stacks(fake: Interpolator, kind: str) -> None:
    stack = STACKS[kind]()
    frames = list(stack)
    made = fake.retime(frames, 16, 24)
    assert isinstance(made, list)
    assert made[3] is frames[2]
    (again,) = fake.retime([stack], 16, 24)
    np.testing.assert_array_equal(plain(again), np.stack([plain(frame) for frame in made]))


@pytest.mark.parametrize(
    ("fps", "to_fps", "end"),
    [(16, 24, "hold"), (16, 60, "drop"), (8, "23.976", "hold"), (24, 16, "hold"), (25.0, "30000/1001", "loop")],
)
def test_as_many_frames_as_the_command_line_makes(
    fake: Interpolator, tmp_path: Path, fps: float, to_fps: float | str, end: Any
) -> None:
    pictures = pan(COUNT)
    for number, picture in enumerate(pictures):
        write_png(tmp_path / f"{number}.png", picture)
    job = midframe.Job(tmp_path, tmp_path / "out.mp4", source_fps=fps, fps=to_fps, end=end)
    assert len(fake.retime(pictures, fps, to_fps, end=end)) == job.plan(analyze=False).outputs


def test_rates_of_libraries_are_exact(fake: Interpolator) -> None:
    same = (24000 / 1001, "23.976", 23.976, Fraction(24000, 1001))
    first, *others = (fake.retime(clip(), 8, to_fps) for to_fps in same)
    assert all(np.array_equal(first, other) for other in others)


def test_cuts_are_held(fake: Interpolator) -> None:
    """As in a job, unless it is said otherwise."""
    first, second = (np.random.default_rng(seed).random((24, 32, 3), np.float32) for seed in (0, 1))
    frames = np.stack([first] * 5 + [second] * 5)
    held = fake.retime(frames, 16, 32)
    np.testing.assert_array_equal(held[9], first)
    blended = fake.retime(frames, 16, 32, cuts="blend")
    np.testing.assert_allclose(blended[9], (first + second) / 2, atol=1e-6)


def test_the_loop_returns_to_the_first_frame(fake: Interpolator) -> None:
    frames = clip()
    made = fake.retime(frames, 16, 32, end="loop", cuts="off")
    assert len(made) == 2 * COUNT
    np.testing.assert_allclose(made[-1], (frames[-1] + frames[0]) / 2, atol=1e-6)


def test_nothing_is_loaded_where_nothing_is_interpolated() -> None:
    frames = clip()
    np.testing.assert_array_equal(midframe.retime(frames, 24, 8, model="missing.safetensors"), frames[::3])


def test_progress_counts_the_whole_batch(fake: Interpolator) -> None:
    seen: list[tuple[int, int]] = []
    fake.retime([clip(), clip()], 16, 24, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 2 * TO_24) for number in range(1, 2 * TO_24 + 1)]


def test_stacks_are_not_held_twice(fake: Interpolator) -> None:
    frames = np.zeros((60, 64, 64, 3), np.uint8)
    tracemalloc.start()
    try:
        made = fake.retime(frames, 16, 32, cuts="off")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < made.nbytes * 1.5


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((2, 3, 9, 8, 8), np.float32), r"looks like channels before frames.*swapaxes\(1, 2\)"),
        (torch.zeros(3, 9, 8, 8), r"looks like channels before frames.*transpose\(0, 1\)"),
        (np.zeros((1, 8, 8, 3), np.uint8), "at least two frames; the clip has 1"),
        (np.zeros((0, 8, 8, 3), np.uint8), "is empty"),
        (np.zeros((2, 2, 2, 8, 8, 3), np.uint8), "with a batch before it or without"),
        ([], "There are no frames"),
        ([[[np.zeros((8, 8, 3))]]], "not of other batches"),
        ("clip.mp4", "read_frames"),
        (Image.new("RGB", (8, 8)), "not Image"),
        ([Image.new("P", (8, 8))] * 2, "mode P"),
        ([np.zeros((8, 8, 3)), np.zeros((8, 9, 3))], "same shape"),
        (7, "not int"),
    ],
    ids=[
        "channels first, numpy",
        "channels first, torch",
        "one frame",
        "no frame",
        "six axes",
        "empty list",
        "lists in lists",
        "a path",
        "one picture",
        "a palette",
        "different sizes",
        "a number",
    ],
)
def test_what_is_no_clip_is_refused(fake: Interpolator, frames: Any, message: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=message):
        fake.retime(frames, 16, 24)


def test_the_output_of_a_pipeline_is_asked_for_its_frames(fake: Interpolator) -> None:
    class Output(dict[str, Any]):
        frames = clip()

    output: Any = Output()
    with pytest.raises(UnsupportedFormatError, match="give its `frames`"):
        fake.retime(output, 16, 24)


def test_a_dictionary_is_asked_for_its_frames(fake: Interpolator) -> None:
    given: Any = {"frames": list(clip())}
    with pytest.raises(UnsupportedFormatError, match="not dict; give its `frames`"):
        fake.retime(given, 16, 24)


def test_ambiguous_layouts_are_asked_for(fake: Interpolator) -> None:
    frames = np.random.default_rng(0).random((COUNT, 3, 8, 4), np.float32)
    with pytest.raises(OptionError, match="channels first or channels last; give `layout`"):
        fake.retime(frames, 16, 24)
    assert fake.retime(frames, 16, 24, layout="channels_first").shape == (TO_24, 3, 8, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fps": 0}, "`fps` must be above 0"),
        ({"to_fps": "fast"}, "`to_fps` must be a number"),
        ({"end": "stop"}, "`end` must be"),
        ({"qualty": "best"}, "no option `qualty`"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        midframe.retime(clip(), **{"fps": 16, "to_fps": 24, **options})


def test_a_loaded_model_has_options_of_its_own(fake: Interpolator) -> None:
    assert len(midframe.retime(clip(), 16, 24, interpolator=fake)) == TO_24
    with pytest.raises(OptionError, match="Give either `interpolator` or `model`"):
        midframe.retime(clip(), 16, 24, interpolator=fake, model="4.25")


def test_frames_are_those_of_a_stream_that_holds_its_end(fake: Interpolator) -> None:
    frames = list(clip())
    streamed = list(fake.stream(frames, factor="3/2", end="hold"))
    np.testing.assert_array_equal(np.stack(streamed), np.stack(fake.retime(frames, 16, 24)))
    assert len(fake.interpolate(frames, factor="3/2")) == TO_24 - 1
