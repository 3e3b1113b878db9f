"""Sources of moving pictures for tests of adaptation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tests.support.jobs import MemorySource

from midframe.types import Frame, FrameFormat

SIZE = 96


def scene(number: int, shift: float, size: int = SIZE) -> NDArray[np.uint8]:
    """Scene `number`: stripes and blobs of its own, moved by `shift` pixels."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[:size, :size].astype(float)
    picture = np.zeros((size, size, 3)) + rng.uniform(-70, 70, 3)
    for _ in range(6):
        angle, period, phase = rng.uniform(0, np.pi), rng.uniform(9, 30), rng.uniform(0, 6)
        wave = np.sin((np.cos(angle) * (columns - shift) + np.sin(angle) * rows) * 2 * np.pi / period + phase)
        picture += wave[..., None] * rng.uniform(0, 25, 3)
    return np.clip(128 + picture, 0, 255).astype(np.uint8)


def source_of(pictures: Sequence[NDArray[np.uint8]]) -> MemorySource:
    """Pictures as a source."""
    height, width, channels = pictures[0].shape
    frame_format = FrameFormat(width, height, channels, pictures[0].dtype)
    return MemorySource([Frame(picture, frame_format, index) for index, picture in enumerate(pictures)])


def moving(count: int, number: int = 1, speed: float = 2.0) -> list[NDArray[np.uint8]]:
    """A scene that moves at an even speed."""
    return [scene(number, speed * index) for index in range(count)]
