"""Output frames as pictures to be looked at while a job runs."""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from midframe.media.pixels import ViewTransform
from midframe.runtime.events import FramePlaced, FramePreview, Reporter
from midframe.types import Frame

LONGEST_SIDE = 960
"""Pixels of the longer side of pictures that running jobs report; larger frames are thinned out."""


def display_image(frame: Frame, transform: ViewTransform) -> NDArray[np.uint8]:
    """A frame as the network sees it, in 8 bits: (height, width, 3) R, G, B.

    Args:
        frame: A frame of any format.
        transform: View of the sequence that the frame belongs to.
    """
    image: NDArray[np.uint8] = np.rint(transform.view(frame.samples) * np.float32(255)).astype(np.uint8)
    return image


class PreviewReporter:
    """Reports interpolated frames as pictures, with a pause between two of them.

    Args:
        transform: View of the sequence.
        reporter: Receives `FramePreview` events.
        interval: Seconds from one to the next, at least.
    """

    def __init__(self, transform: ViewTransform, reporter: Reporter, interval: float) -> None:
        self._transform = transform
        self._reporter = reporter
        self._interval = interval
        self._lock = threading.Lock()
        self._next = 0.0

    def offer(self, placed: FramePlaced, frame: Frame) -> None:
        """Report a frame if it is time for one. May be called from any thread."""
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + self._interval
        step = -(-max(frame.format.width, frame.format.height) // LONGEST_SIDE)
        image = np.ascontiguousarray(display_image(frame, self._transform)[::step, ::step])
        self._reporter(FramePreview(placed.number, placed.origin, placed.left, placed.right, placed.time, image))
