"""Pairs whose picture stands still, and in which another layer moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.media.channels import ChannelOptions, channel_use
from midframe.media.pixels import ViewTransform
from midframe.runtime.other_layers import likeness_of_other_layers
from midframe.runtime.similarity import prepare, static_likeness
from midframe.types import ChannelLabel, Frame, FrameFormat

LABELS = tuple(map(ChannelLabel, ("R", "G", "B", "mask.v", "Z", "matte.v", "AO.v", "fog.v", "dirt.v")))
LAYOUT = FrameFormat(64, 48, len(LABELS), np.dtype("float16"), transfer="linear", labels=LABELS)


def frame(shift: int, moving: int | None, noise: float = 0.0) -> Frame:
    samples: NDArray[Any] = np.random.default_rng(1).uniform(0, 1, (48, 64, len(LABELS)))
    if moving is not None:
        samples[..., moving] = 0
        samples[10:30, 10 + shift : 30 + shift, moving] = 1
    samples[..., 0] += noise * np.random.default_rng(shift).normal(0, 1, (48, 64))
    return Frame(samples.astype(np.float16), LAYOUT, shift)


def likeness(left: Frame, right: Frame, use: Any = None) -> float:
    transform = ViewTransform.fit([left, right], use)
    return static_likeness(prepare(left, transform), prepare(right, transform), 0.99)


@pytest.mark.parametrize("moving", [3, 5, 8])
def test_a_mask_over_a_picture_at_rest_moves(moving: int) -> None:
    assert likeness(frame(0, moving), frame(8, moving)) < 0.9


def test_a_picture_at_rest_is_static() -> None:
    assert likeness(frame(0, None, 1e-3), frame(8, None, 1e-3)) > 0.99


def test_what_is_not_blended_is_not_compared() -> None:
    assert likeness(frame(0, 4, 1e-3), frame(8, 4, 1e-3)) > 0.99
    use = channel_use(LAYOUT, ChannelOptions((("mask.v", "nearest"),)))
    assert likeness(frame(0, 3, 1e-3), frame(8, 3, 1e-3), use) > 0.99


def test_frames_without_other_layers_are_as_alike_as_can_be() -> None:
    left, right = frame(0, 3), frame(8, 3)
    use = channel_use(LAYOUT, ChannelOptions((("*.v", "copy"),)))
    assert likeness_of_other_layers(left, right, use, 0.99) == 1.0
