"""The clips that ``quality.py`` measures on: films of many kinds, and pans, screens and noise that are made here."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import skimage.data
from footage import fetch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from midframe.media.video import read_rgb_frames

Frames = list[NDArray[np.uint8]]

ROOM = 40
"""Pixels that a pan has to go."""

TEXT = "The quick brown fox jumps over the lazy dog 0123456789 ()[]{} def main(): return value"


@dataclass(frozen=True)
class Clip:
    """One row of frames.

    Attributes:
        kind: What it shows.
        aside: Whether nobody looked at it before the rule was settled.
        frames: Makes them.
    """

    kind: str
    aside: bool
    frames: Callable[[], Frames]


def film(name: str, first: int = 0, count: int = 260) -> Callable[[], Frames]:
    """Some frames of a clip of ``footage.py``."""
    return lambda: list(itertools.islice(read_rgb_frames(fetch(name)), first, first + count))


def pan(picture: str, rows: float, columns: float, noise: float = 0.0, count: int = 60) -> Callable[[], Frames]:
    """A window that moves over a still of scikit-image by fractions of pixels, back and forth.

    Args:
        picture: Its name in `skimage.data`.
        rows: Down in each frame, in pixels.
        columns: To the right in each frame.
        noise: Standard deviation of what is added to each frame again, in codes.
        count: Of frames.
    """

    def make() -> Frames:
        still = np.atleast_3d(getattr(skimage.data, picture)())[..., :3].astype(np.float64)
        still = np.broadcast_to(still, (*still.shape[:2], 3))
        height, width = min(still.shape[0] - ROOM, 360), min(still.shape[1] - ROOM, 640)
        down, across = np.mgrid[0:height, 0:width].astype(np.float64)
        random = np.random.default_rng(0)
        frames = []
        for number in range(count):
            places = [down + _bounce(number * rows, ROOM - 1), across + _bounce(number * columns, ROOM - 1)]
            planes = [ndimage.map_coordinates(still[..., c], places, order=3, mode="mirror") for c in range(3)]
            frames.append(_codes(np.stack(planes, axis=-1) + random.normal(0, 1, (height, width, 3)) * noise))
        return frames

    return make


def noisy(source: Callable[[], Frames], deviation: float) -> Callable[[], Frames]:
    """Sensor noise on a film at half its size."""

    def make() -> Frames:
        random = np.random.default_rng(0)
        small = (frame[: len(frame) // 2 * 2 : 2, : frame.shape[1] // 2 * 2 : 2] for frame in source())
        return [_codes(frame + random.normal(0, deviation, frame.shape)) for frame in small]

    return make


def screen(step: int, count: int = 60) -> Callable[[], Frames]:
    """A page of text that scrolls by whole pixels next to a fixed column, and a pointer."""

    def make() -> Frames:
        random = np.random.default_rng(3)
        words = TEXT.split()
        font = ImageFont.load_default(12)
        page = Image.new("RGB", (500, 1200), "white")
        pen = ImageDraw.Draw(page)
        for top in range(5, 1180, 16):
            ink = tuple(int(value) for value in random.integers(0, 150, 3))
            pen.text((10 + 8 * int(random.integers(0, 4)), top), " ".join(random.choice(words, 12)), ink, font)
        frames = []
        for number in range(count):
            picture = Image.new("RGB", (640, 360), (240, 240, 244))
            picture.paste(page.crop((0, number * step, 500, number * step + 330)), (140, 30))
            pen = ImageDraw.Draw(picture)
            pen.rectangle((0, 0, 640, 30), (40, 44, 52))
            pen.text((10, 8), "File  Edit  View  Terminal  Help", "white", font)
            for line in range(12):
                pen.text((10, 45 + line * 22), f"module_{line}.py", (30, 30, 90), font)
            x, y = 200 + number * 5 % 400, 60 + number * 3 % 250
            pen.polygon([(x, y), (x, y + 16), (x + 4, y + 12), (x + 11, y + 12)], "black", "white")
            frames.append(np.array(picture))
        return frames

    return make


def _bounce(way: float, length: float) -> float:
    """A way walked back and forth."""
    place = way % (2 * length)
    return min(place, 2 * length - place)


def _codes(picture: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


CLIPS = {
    "bigbuckbunny": Clip("animation, 1280×720", False, film("bigbuckbunny")),
    "bikes": Clip("live action, 640×272", False, film("bikes")),
    "carphone": Clip("live, 176×144", False, film("carphone_pristine")),
    "vtest": Clip("surveillance, 768×576", False, film("vtest", 0, 160)),
    "megamind": Clip("dark animation, 720×528", False, film("megamind")),
    "tree": Clip("noisy and slow, 320×240", False, film("tree")),
    "box": Clip("live, noisy, with repeated frames, 640×480", False, film("box", 0, 200)),
    "cup": Clip("live, 640×480", False, film("cup")),
    "city": Clip("time lapse with flicker, 720×405", False, film("city")),
    "talker": Clip("talking head, 640×480", False, film("talker")),
    "graphics": Clip("moving text, 256×256", False, film("graphics")),
    "globe": Clip("rendered, slow, 480×270", False, film("globe", 0, 300)),
    "screen": Clip("scrolling text, generated", False, screen(3)),
    "pan-brick": Clip("pan over fine texture, generated", False, pan("brick", 1.3, 2.7)),
    "pan-grass": Clip("pan over fine texture, generated", False, pan("grass", 0.7, 3.3)),
    "noisy-astronaut": Clip("slow pan with noise 8, generated", False, pan("astronaut", 0.3, 0.4, noise=8)),
    "noisy-bunny": Clip("animation with noise 10, generated", False, noisy(film("bigbuckbunny"), 10)),
    "vtest-later": Clip("surveillance, 768×576", True, film("vtest", 400, 160)),
    "globe-later": Clip("rendered, slow, 480×270", True, film("globe", 600, 200)),
    "talker-small": Clip("talking head, 352×288", True, film("talker-small")),
    "pan-coffee": Clip("pan over a still, generated", True, pan("coffee", 2.1, 1.7)),
    "noisy-rocket": Clip("slow pan with noise 6, generated", True, pan("rocket", 0.2, 0.5, noise=6)),
    "noisy-bikes": Clip("live action with noise 8, generated", True, noisy(film("bikes"), 8)),
}
