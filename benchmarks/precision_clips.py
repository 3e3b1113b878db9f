"""Clips that are made for ``precision.py``: what is hard for a rule that computes only parts of a frame.

Small things that move alone, thin lines, text over a picture, pans by whole and broken pixels, fades and noise. Frames
are 640×360 or what the still allows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from quality_clips import CLIPS, Clip, Frames, pan
from scipy import ndimage

SIZE = (640, 360)
COUNT = 50
CREDITS = "Directed by Written Music Camera Sound Editor Produced with the help of many friends 1927"
WORDS = CREDITS.split()

Paint = Callable[[Image.Image, int], None]


def still(name: str) -> Image.Image:
    """A picture of scikit-image at the size of the clips."""
    return Image.fromarray(getattr(skimage.data, name)()).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)


def painted(background: Callable[[], Image.Image], paint: Paint) -> Callable[[], Frames]:
    """Frames of a background with something painted over it.

    Args:
        background: Makes the picture.
        paint: Changes it for the frame of a number.
    """

    def make() -> Frames:
        picture = background()
        frames = []
        for number in range(COUNT):
            frame = picture.copy()
            paint(frame, number)
            frames.append(np.array(frame))
        return frames

    return make


def black() -> Image.Image:
    """A black picture."""
    return Image.new("RGB", SIZE)


def ticker(frame: Image.Image, number: int) -> None:
    """A line of text that runs over the lower edge."""
    pen = ImageDraw.Draw(frame)
    pen.text((640 - 6 * number, 320), CREDITS, "white", ImageFont.load_default(22))


def rolling(frame: Image.Image, number: int) -> None:
    """Credits that roll upward."""
    pen = ImageDraw.Draw(frame)
    font = ImageFont.load_default(20)
    for line in range(40):
        pen.text((180, 340 + 34 * line - 4 * number), " ".join(WORDS[line % 9 : line % 9 + 4]), "white", font)


def sprites(frame: Image.Image, number: int) -> None:
    """Small discs and squares that cross each other."""
    pen = ImageDraw.Draw(frame)
    for item in range(12):
        x = (37 * item + number * (item % 5 - 2) * 3) % 640
        y = (53 * item + number * (item % 3 - 1) * 4) % 360
        size = 4 + item
        shape = pen.ellipse if item % 2 else pen.rectangle
        shape((x, y, x + size, y + size), (40 + 17 * item, 255 - 20 * item, 60 + 90 * (item % 2)), "black")


def lines(frame: Image.Image, number: int) -> None:
    """A turning spoked wheel and a moving grid of lines one pixel wide."""
    pen = ImageDraw.Draw(frame)
    for spoke in range(12):
        angle = np.pi * spoke / 6 + 0.02 * number
        end = (160 + 130 * np.cos(angle), 180 + 130 * np.sin(angle))
        pen.line([(160, 180), end], "white", 1)
    for line in range(12):
        x = 360 + 22 * line + number % 22
        pen.line([(x, 40), (x - 40, 320)], "black", 1)


def wires(frame: Image.Image, number: int) -> None:
    """Dark wires before a bright sky, panned."""
    pen = ImageDraw.Draw(frame)
    for wire in range(6):
        points = [(x, 60 + 40 * wire + 20 * np.sin((x + 3 * number) / 90 + wire)) for x in range(0, 641, 8)]
        pen.line(points, (30, 30, 40), 2)


def faded(name: str, step: float) -> Callable[[], Frames]:
    """A still that becomes darker while it is panned slowly."""
    source = pan(name, 0.3, 0.9, count=COUNT)

    def make() -> Frames:
        return [np.rint(frame * max(1 - step * number, 0)).astype(np.uint8) for number, frame in enumerate(source())]

    return make


def static_noise(name: str, deviation: float) -> Callable[[], Frames]:
    """A still with new noise in every frame, and one small thing that moves through it."""

    def make() -> Frames:
        random = np.random.default_rng(1)
        picture = np.array(still(name)).astype(np.float64)
        frames = []
        for number in range(COUNT):
            frame = picture.copy()
            frame[150:180, 40 + 8 * number : 70 + 8 * number] = (200, 60, 50)
            frame += random.normal(0, deviation, frame.shape)
            frames.append(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
        return frames

    return make


def zoomed(name: str, step: float) -> Callable[[], Frames]:
    """A still that comes nearer."""

    def make() -> Frames:
        picture = np.array(still(name)).astype(np.float64)
        frames: list[NDArray[np.uint8]] = []
        down, across = np.mgrid[0:360, 0:640].astype(np.float64)
        for number in range(COUNT):
            size = 1 / (1 + step * number)
            places = [180 + (down - 180) * size, 320 + (across - 320) * size]
            planes = [ndimage.map_coordinates(picture[..., c], places, order=3, mode="mirror") for c in range(3)]
            frames.append(np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8))
        return frames

    return make


MADE = {
    **{name: CLIPS[name] for name in ("screen", "pan-brick", "pan-grass", "noisy-astronaut", "noisy-bunny")},
    "ticker": Clip("text that runs over a still, generated", False, painted(lambda: still("chelsea"), ticker)),
    "credits": Clip("credits on black, generated", False, painted(black, rolling)),
    "credits-still": Clip("credits over a still, generated", False, painted(lambda: still("rocket"), rolling)),
    "sprites": Clip("small things over a still, generated", False, painted(lambda: still("coffee"), sprites)),
    "lines": Clip("thin lines over a still, generated", False, painted(lambda: still("rocket"), lines)),
    "wires": Clip("wires before a still, generated", False, painted(lambda: still("chelsea"), wires)),
    "pan-whole": Clip("pan by whole pixels, generated", False, pan("astronaut", 1, 2)),
    "pan-broken": Clip("pan by broken pixels, generated", False, pan("astronaut", 0.45, 1.35)),
    "pan-fast": Clip("fast pan, generated", False, pan("rocket", 0.5, 6.3)),
    "zoom": Clip("zoom into a still, generated", False, zoomed("chelsea", 0.01)),
    "fade": Clip("fade of a slow pan, generated", False, faded("coffee", 0.015)),
    "static-noise": Clip("one thing that moves in noise 6, generated", False, static_noise("coffee", 6)),
    "noisy-rocket": CLIPS["noisy-rocket"],
    "pan-coffee": CLIPS["pan-coffee"],
}
"""Next to the films."""
