"""Rows of frames to evaluate on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.media.images.codecs import codec_for
from midframe.media.protocols import FrameSource
from midframe.types import Frame, FrameFormat


class Row(FrameSource):
    """A source in memory that counts what is read."""

    codec_name = "memory"
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def __init__(self, pictures: Sequence[NDArray[Any]]) -> None:
        height, width, channels = pictures[0].shape
        self._format = FrameFormat(width, height, channels, pictures[0].dtype)
        self.pictures = pictures
        self.read_indices: list[int] = []
        self.closed = False

    @property
    def format(self) -> FrameFormat:
        return self._format

    def __len__(self) -> int:
        return len(self.pictures)

    def read(self, index: int) -> Frame:
        self.read_indices.append(index)
        return Frame(self.pictures[index], self.format, index)

    def close(self) -> None:
        self.closed = True


def texture(seed: int = 0, height: int = 64, width: int = 96) -> NDArray[np.float64]:
    """Smooth blobs in [0, 1], wider than the picture so that it can pan: (height, 2 · width, 3)."""
    noise = np.random.default_rng(seed).random((height // 8 + 2, width // 4 + 2, 3))
    rows = np.linspace(0, noise.shape[0] - 1.001, height)
    columns = np.linspace(0, noise.shape[1] - 1.001, 2 * width)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = (rows - top)[:, None, None], (columns - left)[None, :, None]
    upper = noise[top][:, left] * (1 - right) + noise[top][:, left + 1] * right
    lower = noise[top + 1][:, left] * (1 - right) + noise[top + 1][:, left + 1] * right
    picture: NDArray[np.float64] = upper * (1 - down) + lower * down
    return picture


def pan(count: int, step: int = 2, seed: int = 0, height: int = 64, width: int = 96) -> list[NDArray[np.uint8]]:
    """A texture that moves `step` pixels a frame to the left."""
    whole = np.rint(255 * texture(seed, height, width)).astype(np.uint8)
    return [np.ascontiguousarray(whole[:, number * step : number * step + width]) for number in range(count)]


def write_flat_image(path: Path, value: float, dtype: str = "uint8", size: tuple[int, int] = (20, 16)) -> Path:
    """Write an image of one colour; `size` is (width, height)."""
    path.parent.mkdir(exist_ok=True)
    samples = np.full((size[1], size[0], 3), value, dtype)
    codec_for(path).write(path, Frame(samples, FrameFormat(*size, 3, samples.dtype)))
    return path
