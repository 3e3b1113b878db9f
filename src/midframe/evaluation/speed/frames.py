"""The frames that a benchmark interpolates: those of a clip, or a moving pattern."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.errors import SequenceError
from midframe.evaluation.speed.results import Size
from midframe.media.video import read_rgb_frames

COUNT = 9
"""Frames, with eight pairs."""

FIRST, STEP = 32, 2
"""Where in a clip they begin, and how far apart they are: something should move, as far as between frames at 12 fps."""


def clip_frames(clip: Path) -> list[NDArray[np.uint8]]:
    """`COUNT` frames of a clip, (height, width, 3) RGB, from where something moves in the demo clips.

    Raises:
        UnreadableFileError: It cannot be decoded.
        SequenceError: It has too few frames.
    """
    frames = list(islice(read_rgb_frames(clip), FIRST, FIRST + STEP * COUNT, STEP))
    if len(frames) < COUNT:
        raise SequenceError(f"{clip} has fewer than {FIRST + STEP * COUNT} frames.", path=clip)
    return frames


def resized(frames: list[NDArray[np.uint8]], size: Size) -> NDArray[np.uint8]:
    """(`COUNT`, height, width, 3): enlarged or reduced until they cover the size, and cropped to their middle."""
    height, width = frames[0].shape[:2]
    factor = max(size.width / width, size.height / height)
    box_width, box_height = size.width / factor, size.height / factor
    left, top = (width - box_width) / 2, (height - box_height) / 2
    box = (left, top, left + box_width, top + box_height)
    shape = (size.width, size.height)
    return np.stack(
        [np.asarray(Image.fromarray(frame).resize(shape, Image.Resampling.BICUBIC, box)) for frame in frames]
    )


def moving_pattern(size: Size) -> NDArray[np.uint8]:
    """(`COUNT`, height, width, 3): a texture that moves as a whole with a disc that moves against it, always the same.

    Motion is proportional to the size, as that of a clip that is enlarged.
    """
    y, x = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32) * np.float32(720 / size.height)
    return np.stack([_pattern(x, y, 360 * size.width / size.height, number) for number in range(COUNT)])


def _pattern(x: NDArray[np.float32], y: NDArray[np.float32], middle: float, number: int) -> NDArray[np.uint8]:
    ground = _texture(x - 9 * number, y - 3 * number)
    disc_x, disc_y = middle - 100 + 20 * number, 360 + 8 * number
    disc = _texture(1.7 * (x - disc_x), 1.7 * (y - disc_y))[..., ::-1]
    inside = ((x - disc_x) ** 2 + (y - disc_y) ** 2 < 150**2)[..., None]
    return np.asarray(np.rint(255 * np.where(inside, disc, ground)), np.uint8)


def _texture(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Waves of many lengths and directions, in [0, 1]."""
    total = np.zeros((*x.shape, 3), np.float32)
    for octave, length in enumerate((310.0, 97.0, 41.0, 13.0, 6.0)):
        for channel in range(3):
            angle = 1.3 * octave + 0.7 * channel
            along, across = np.cos(angle), np.sin(angle)
            wave = np.sin((along * x + across * y) / length) * np.cos((across * x - along * y) / (1.6 * length))
            total[..., channel] += wave / (1 + octave)
    return np.clip(0.5 + total / 4.6, 0, 1)
