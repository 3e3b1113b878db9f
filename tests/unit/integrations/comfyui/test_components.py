from __future__ import annotations

import numpy as np
import pytest
import torch

from midframe.errors import OptionError
from midframe.integrations.comfyui.components import RawFrames


def test_samples_are_rounded_and_cut_off() -> None:
    images = torch.tensor([-1.0, 0.0, 0.4999, 0.5, 1.0, 7.0]).reshape(1, 1, 2, 3)
    frames = RawFrames(images, None, 8)
    assert (frames.description, frames.size, frames.count) == ("2x1:rgb24", (2, 1), 1)
    assert list(frames.read()) == [0, 0, 127, 128, 255, 255]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_frames_follow_each_other_in_whatever_pieces_are_read(dtype: torch.dtype) -> None:
    images = torch.arange(2 * 3 * 4 * 3).reshape(2, 3, 4, 3).to(dtype) / 256
    frames = RawFrames(images, None, 8)
    read = b""
    while piece := frames.read(7):
        read += piece
    expected = np.rint(images.float().numpy() * 255).astype(np.uint8)
    assert read == expected.tobytes()


def test_sixteen_bits() -> None:
    frames = RawFrames(torch.full((1, 1, 1, 3), 0.5), None, 16)
    assert frames.description == "1x1:rgb48le"
    assert list(np.frombuffer(frames.read(), "<u2")) == [32768] * 3


def test_alpha_of_its_own_and_as_a_fourth_channel() -> None:
    images, alpha = torch.zeros(2, 1, 1, 3), torch.ones(2, 1, 1, 1)
    apart, together = RawFrames(images, alpha, 8), RawFrames(torch.cat([images, alpha], -1), None, 8)
    assert apart.description == together.description == "1x1:rgba"
    assert apart.read() == together.read() == bytes([0, 0, 0, 255] * 2)


def test_grey_is_repeated() -> None:
    assert RawFrames(torch.ones(1, 1, 1, 1), None, 8).read() == bytes([255] * 3)


@pytest.mark.parametrize("shape", [(4, 4, 3), (0, 4, 4, 3), (1, 4, 4, 2)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(OptionError, match="The frames of `video` must be"):
        RawFrames(torch.zeros(shape), None, 8)
