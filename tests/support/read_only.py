"""Files of formats that midframe reads and does not write."""

from __future__ import annotations

import struct
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from midframe.types import Frame


def write_psd(path: Path, frame: Frame, *, compressed: bool = False, resources: bytes = b"") -> None:
    """A Photoshop file without layers but for their number, which says whether there is transparency."""
    height, width, channels = frame.samples.shape
    dtype = frame.format.dtype
    layers = struct.pack(">Ih", 2, -1 if frame.format.alpha else 1)
    planes = np.moveaxis(frame.samples, -1, 0).astype(dtype.newbyteorder(">"))
    if compressed:
        import imagecodecs

        rows = [bytes(imagecodecs.packbits_encode(row.tobytes())) for plane in planes for row in plane]
        pixels = struct.pack(f">H{len(rows)}H", 1, *map(len, rows)) + b"".join(rows)
    else:
        pixels = struct.pack(">H", 0) + planes.tobytes()
    mode = 3 if channels >= 3 else 1
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, channels, height, width, 8 * dtype.itemsize, mode)
    sections = (b"", resources, layers)
    path.write_bytes(header + b"".join(struct.pack(">I", len(each)) + each for each in sections) + pixels)


def can_write_heic() -> bool:
    """Whether the library is there."""
    return find_spec("pillow_heif") is not None


def write_heic(path: Path, frame: Frame) -> None:
    """A HEIC file, with loss."""
    import_module("pillow_heif").from_pillow(Image.fromarray(frame.samples)).save(str(path), quality=90)
