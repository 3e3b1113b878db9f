"""Pictures on their way to the page: made smaller, encoded, and kept for a while."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MEDIA_TYPE = "image/jpeg"

KEPT_BYTES = 64_000_000
"""Of encoded pictures that are kept in memory."""


@dataclass(frozen=True)
class Picture:
    """An encoded frame.

    Attributes:
        content: A file of `MEDIA_TYPE`.
        origin: Where the frame comes from; see `midframe.runtime.events.Origin`.
    """

    content: bytes
    origin: str


def encode_picture(image: NDArray[np.uint8], longest: int | None = None) -> bytes:
    """A picture as JPEG, with colours at full resolution so that previews can be compared.

    Args:
        image: (height, width, 3) uint8: R, G, B.
        longest: Largest length of the longer side in pixels; None for the picture's own size.
    """
    picture = Image.fromarray(image)
    if longest is not None and max(picture.size) > longest:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85 if longest is not None else 95, subsampling=2 if longest else 0)
    return content.getvalue()


class PictureCache:
    """Encoded pictures by what they show; those that were not requested for longest go first."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._size = 0
        self._lock = threading.Lock()
        self._pictures: OrderedDict[Any, Picture] = OrderedDict()

    def get(self, key: Any) -> Picture | None:
        """The picture, if it is kept."""
        with self._lock:
            picture = self._pictures.get(key)
            if picture is not None:
                self._pictures.move_to_end(key)
            return picture

    def put(self, key: Any, picture: Picture) -> None:
        """Keep a picture."""
        with self._lock:
            replaced = self._pictures.pop(key, None)
            self._size += len(picture.content) - (len(replaced.content) if replaced else 0)
            self._pictures[key] = picture
            while self._size > self._most and len(self._pictures) > 1:
                _, dropped = self._pictures.popitem(last=False)
                self._size -= len(dropped.content)
