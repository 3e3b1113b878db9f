"""Small inputs: a bright square that moves across a dark ramp."""

from __future__ import annotations

from pathlib import Path

import av
import imagecodecs
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 48


def picture(index: int) -> NDArray[np.uint16]:
    """A picture of 16 bits, height × width × RGB; in the next one, the square is three pixels further right."""
    ramp = np.linspace(0.1, 0.4, WIDTH, dtype=np.float64)[None, :, None].repeat(HEIGHT, 0).repeat(3, 2)
    ramp[12:32, 6 + 3 * index : 26 + 3 * index] = (0.9, 0.6, 0.3)
    return (ramp * 65535).astype(np.uint16)


def write_clip(path: Path, frames: int) -> None:
    """Write a video with ten frames per second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray((picture(index) >> 8).astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_pictures(folder: Path, frames: int) -> None:
    """Write PNG files of 16 bits."""
    folder.mkdir(parents=True)
    for index in range(frames):
        (folder / f"{index:04}.png").write_bytes(imagecodecs.png_encode(picture(index)))


def count_frames(path: Path) -> int:
    """Frames of a video, decoded one by one."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def read_pictures(folder: Path) -> list[NDArray[np.uint16]]:
    """The PNG files of a folder in the order of their names."""
    return [imagecodecs.png_decode(path.read_bytes()) for path in sorted(folder.glob("*.png"))]
