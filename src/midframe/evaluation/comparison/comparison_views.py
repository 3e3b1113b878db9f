"""Two views in one image: side by side, with a divider between them, or their difference."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from midframe.media.pixels import ViewSamples
from midframe.text import printable
from midframe.visualization.image_files import to_pixels

ComparisonView = Literal["side-by-side", "split", "difference"]

Pixels = NDArray[np.uint8]
"""(height, width, 3) R, G, B."""

LINE_WIDTH = 2
"""Width of the line between two views in pixels."""

SWEEP_SECONDS = 4.0
"""How long a moving divider takes from the middle to both sides and back."""

SWEEP_REACH = 0.45
"""How far from the middle it goes, as a share of the width."""

LABEL_BACKGROUND = 0.35
"""Factor of the pixels behind a label."""


def side_by_side(left: Pixels, right: Pixels) -> Pixels:
    """A, a white line, B. Both have one height."""
    line = np.full((left.shape[0], LINE_WIDTH, 3), 255, np.uint8)
    return np.concatenate((left, line, right), axis=1)


def divided(left: Pixels, right: Pixels, share: float) -> Pixels:
    """A to the left of a white line, B to the right of it.

    Args:
        left: A.
        right: B, of the same size.
        share: Share of the width that shows A, in [0, 1].
    """
    width = left.shape[1]
    column = round(share * width)
    pixels = np.concatenate((left[:, :column], right[:, column:]), axis=1)
    pixels[:, max(0, column - LINE_WIDTH // 2) : column + LINE_WIDTH // 2] = 255
    return pixels


def amplified_difference(left: ViewSamples, right: ViewSamples, gain: float) -> Pixels:
    """The distance of A and B in each channel, multiplied and cut at white: black where they are equal."""
    return to_pixels(np.minimum(np.abs(left - right) * np.float32(gain), 1))


def divider_position(seconds: float) -> float:
    """Where a moving divider is: from the middle to the right, to the left and back, once in `SWEEP_SECONDS`."""
    return 0.5 + SWEEP_REACH * sin(2 * pi * seconds / SWEEP_SECONDS)


class ImageLabel:
    """A text in a corner of images, rendered once and laid over each of them.

    Args:
        text: What to write; shortened in the middle until it fits.
        width: Available width in pixels.
        height: Height of the pictures in pixels; text has about a twenty-fifth of it.
    """

    def __init__(self, text: str, width: int, height: int) -> None:
        size = max(9, min(28, height // 25))
        font = ImageFont.load_default(size=size)
        pad = size // 2
        text = _shortened(printable(text), lambda words: font.getlength(words) + 2 * pad <= width)
        box = (min(width, round(font.getlength(text)) + 2 * pad), min(height, round(size * 1.7)))
        rendered = Image.new("L", box)
        ImageDraw.Draw(rendered).text((pad, box[1] / 2), text, fill=255, font=font, anchor="lm")
        self._ink = (np.asarray(rendered, np.float32) / 255)[..., np.newaxis]

    def lay_over(self, pixels: Pixels, *, at_right: bool = False) -> None:
        """Write onto pixels, into the upper left or right corner."""
        height, width, _ = self._ink.shape
        first = pixels.shape[1] - width if at_right else 0
        part = pixels[:height, first : first + width]
        part[:] = np.rint(part * (LABEL_BACKGROUND * (1 - self._ink)) + 255 * self._ink)


def _shortened(text: str, fits: Callable[[str], bool]) -> str:
    if fits(text):
        return text
    for kept in range(len(text) - 1, 0, -1):
        words = f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"
        if fits(words):
            return words
    return ""
