"""A VIDEO that consists of frames and sound in memory, as the input and the sound of a job."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.errors import OptionError

PIXELS = {(3, 8): "rgb24", (4, 8): "rgba", (3, 16): "rgb48le", (4, 16): "rgba64le"}
"""FFmpeg's names of pixels, by channels and bits."""


class RawFrames(io.RawIOBase):
    """Frames as raw planes, each converted when it is read, so that only one of them is in memory twice.

    Args:
        images: IMAGE tensor (frames, height, width, channels) in [0, 1] with 1, 3 or 4 channels, on any device.
        alpha: Tensor (frames, height, width, 1) in [0, 1], or None.
        bits: 8 or 16, for each sample.

    Attributes:
        count: Number of frames.

    Raises:
        OptionError: The shape of the tensor is another one, or there is no frame.
    """

    def __init__(self, images: Any, alpha: Any | None, bits: int) -> None:
        super().__init__()
        if len(images.shape) != 4 or images.shape[-1] not in (1, 3, 4) or not len(images):
            raise OptionError(
                "The frames of `video` must be (frames, height, width, channels) with 1, 3 or 4 channels, not "
                f"{tuple(images.shape)}.",
                option="video",
            )
        self._images, self._bits = images, bits
        self._alpha = alpha if images.shape[-1] == 3 else None
        self.count = len(images)
        self._frames = self._converted()
        self._rest = memoryview(b"")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self._images.shape[1:3]
        return int(width), int(height)

    @property
    def description(self) -> str:
        """Size and pixels, as `midframe.Job.raw_input` takes them."""
        width, height = self.size
        channels = 4 if self._alpha is not None or self._images.shape[-1] == 4 else 3
        return f"{width}x{height}:{PIXELS[channels, self._bits]}"

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of a buffer; return its bytes, 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._frames, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _converted(self) -> Iterator[bytes]:
        full = (1 << self._bits) - 1
        kind = np.dtype("u1" if self._bits == 8 else "<u2")
        for number in range(self.count):
            samples = as_array(self._images[number])
            if samples.shape[-1] == 1:
                samples = np.repeat(samples, 3, axis=-1)
            if self._alpha is not None:
                samples = np.concatenate([samples, as_array(self._alpha[number])], axis=-1)
            yield np.rint(np.clip(samples, 0, 1) * full).astype(kind).tobytes()


def as_array(tensor: Any) -> NDArray[np.float32]:
    """A tensor on any device as float32, as numpy has neither devices nor bfloat16."""
    array: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return array
