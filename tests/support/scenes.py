"""Frames of two scenes, written as a script."""

from __future__ import annotations

import numpy as np

from midframe.types import Frame, FrameFormat

PICTURE = FrameFormat(96, 64, 3, np.dtype("uint8"))
SCENES = {
    name: np.random.default_rng(seed).integers(low, low + 90, (10, 15, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    for seed, (name, low) in enumerate({"x": 10, "y": 140}.items())
}
"""A dark and a bright picture of blocks, to be looked at through a window that moves."""


def clip(script: str) -> list[Frame]:
    """Frames such as "x0 x1 x1 y0": scene, and where the window stands in it."""
    frames = []
    for index, word in enumerate(script.split()):
        top, left = int(word[1:]), 2 * int(word[1:])
        samples = SCENES[word[0]][top : top + PICTURE.height, left : left + PICTURE.width].copy()
        frames.append(Frame(samples, PICTURE, index))
    return frames
