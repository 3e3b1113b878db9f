from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import torch
from tests.support.comfyui import ComfyUI

import midframe
from midframe.errors import OptionError

OPTIONS: dict[str, Any] = {"source_fps": 16.0, "factor": 2.0, "fps": "", "cuts": "off"}


@pytest.fixture
def engine(comfyui: ComfyUI) -> midframe.EngineOptions:
    return midframe.EngineOptions(comfyui.add_checkpoint(), "cpu", quality="fast", threads=1)


def batch(count: int = 5, channels: int = 3, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    still = torch.rand(48, 64 + 2 * count, channels, generator=generator)
    return torch.stack([still[:, 2 * number : 2 * number + 64] for number in range(count)]).to(dtype)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_given_frames_are_unchanged_and_the_others_between_them(
    channels: int, dtype: torch.dtype, comfyui: ComfyUI, engine: Any
) -> None:
    images = batch(channels=channels, dtype=dtype)
    made, rate, report = comfyui.module("images").interpolate_images(images, engine, **OPTIONS).values
    assert (made.shape, made.dtype, rate) == ((9, 48, 64, channels), dtype, 32.0)
    assert torch.equal(made[::2], images)
    assert report == "5 → 9 frames at 32 frames per second. All given frames are in the result."
    assert comfyui.utils.shown[-1][:2] == (9, 9)


def test_the_same_frames_as_from_the_public_interface(comfyui: ComfyUI, engine: Any) -> None:
    images = batch()
    options = {**OPTIONS, "fps": "24"}
    made, rate, report = comfyui.module("images").interpolate_images(images, engine, **options).values
    with midframe.Interpolator(engine) as interpolator:
        expected = interpolator.interpolate(images, factor="3/2", cuts="off", layout="channels_last")
    assert rate == 24.0
    assert torch.equal(made, expected)
    assert torch.equal(made[::3], images[::2])
    kept = "3 of 5 given frames are in the result; 2 of 5 fall between output frames. A `factor` of 2 keeps all."
    assert report == f"5 → 7 frames at 24 frames per second. {kept}"


@pytest.mark.parametrize(
    ("count", "factor", "kept"),
    [(24, Fraction(3, 2), 12), (25, Fraction(3, 2), 13), (24, Fraction(5, 2), 12), (9, Fraction(5, 4), 3)],
)
def test_how_many_given_frames_are_kept(count: int, factor: Fraction, kept: int, comfyui: ComfyUI) -> None:
    sentence = comfyui.module("images").kept_sentence
    times = {number / factor for number in range(int((count - 1) * factor) + 1)}
    assert len(times & set(map(Fraction, range(count)))) == kept
    assert sentence(count, factor, replaces=False).startswith(f"{kept} of {count} given frames are in the result; ")
    assert sentence(count, factor, replaces=True).startswith(f"{count - kept} of {count} fall between output frames. ")
    assert sentence(count, Fraction(2), replaces=True) == ""


def test_the_factors_that_keep_all_given_frames(comfyui: ComfyUI) -> None:
    sentence = comfyui.module("images").kept_sentence
    assert sentence(24, Fraction(3, 2), replaces=False).endswith(" A `factor` of 2 keeps all.")
    assert sentence(24, Fraction(5, 2), replaces=False).endswith(" A `factor` of 2 or 3 keeps all.")


@pytest.mark.parametrize("name", ["cpu", "torch"])
def test_tensors_of_inference_mode(name: str, comfyui: ComfyUI, engine: Any) -> None:
    """ComfyUI runs nodes in inference mode, whose tensors other threads cannot change."""
    images = batch()
    assert images.is_inference()
    made, *_ = comfyui.module("images").interpolate_images(images, replace(engine, engine=name), **OPTIONS).values
    assert torch.equal(made[::2], images)


def test_what_cannot_be_done(comfyui: ComfyUI, engine: Any) -> None:
    interpolate = comfyui.module("images").interpolate_images
    single = batch(1)
    made, rate, report = interpolate(single, engine, **OPTIONS).values
    assert made is single
    assert (rate, report) == (32.0, "A single image; there is nothing to interpolate.")
    with pytest.raises(OptionError, match=r"`fps` \(12\) is below `source_fps` \(16\)"):
        interpolate(batch(), engine, **{**OPTIONS, "fps": "12"})


def test_an_interruption_between_two_frames(comfyui: ComfyUI, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = midframe.Interpolator.stream

    def interrupted(*arguments: Any, **options: Any) -> Any:
        comfyui.management.interrupt_current_processing()
        return stream(*arguments, **options)

    monkeypatch.setattr(midframe.Interpolator, "stream", interrupted)
    with pytest.raises(comfyui.management.InterruptProcessingException):
        comfyui.module("images").interpolate_images(batch(200), engine, **{**OPTIONS, "factor": 16.0})


def test_an_interruption_between_two_frames_of_one_pair(
    comfyui: ComfyUI, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, given = midframe.Interpolator.stream, []

    def watched(*arguments: Any, **options: Any) -> Any:
        given.append(options["cancel"])
        return stream(*arguments, **options)

    monkeypatch.setattr(midframe.Interpolator, "stream", watched)
    raise_if_interrupted = comfyui.module("host").raise_if_interrupted

    def interrupt() -> None:
        if given:
            comfyui.management.interrupt_current_processing()
        raise_if_interrupted()

    monkeypatch.setattr(comfyui.module("host"), "raise_if_interrupted", interrupt)
    with pytest.raises(comfyui.management.InterruptProcessingException):
        comfyui.module("images").interpolate_images(batch(2), engine, **{**OPTIONS, "fps": "3200"})
    assert given[0].cancelled, "the token that the stream watches within a pair"
