"""What the labelled clips of ``cuts.py`` are made from: shots of demo clips, stills of scikit-image, and cartoons.

Everything is divided into two halves that share no picture: one to tune with, one to report on. A **material** is a
row of pictures in which the camera never stops filming (a still is a row of one); a **camera** looks at it through a
window that may move and zoom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip

Half = Literal["tuning", "held-out"]
Frames = list[NDArray[np.uint8]]

WIDTH, HEIGHT = 384, 216
"""Size of every clip."""

LARGEST = 640
"""Pictures wider than this are made smaller when they are read: the set has to fit into memory."""

SHOTS: dict[Half, dict[str, list[tuple[int, int]]]] = {
    "tuning": {"bikes": [(0, 30), (30, 76), (76, 137)], "carphone_pristine": [(0, 120)]},
    "held-out": {"bikes": [(137, 187), (187, 242)], "bigbuckbunny": [(0, 132)]},
}
"""Shots of the demo clips, [first, after last), found by looking at every frame."""

STILLS: dict[Half, tuple[str, ...]] = {
    "tuning": ("astronaut.png", "coffee.png", "motorcycle_left.png", "hubble_deep_field.jpg", "camera.png"),
    "held-out": ("chelsea.png", "rocket.jpg", "coins.png", "moon.png", "ihc.png", "retina.jpg"),
}

CARTOONS: dict[Half, range] = {"tuning": range(100, 106), "held-out": range(200, 206)}
"""Seeds."""


@dataclass(frozen=True, eq=False)
class Material:
    """Pictures of one uninterrupted shot."""

    name: str
    pictures: tuple[Image.Image, ...]

    def picture(self, number: int) -> Image.Image:
        """Picture `number`; after the end it runs backwards, so that a shot is never too short."""
        period = max(1, 2 * len(self.pictures) - 2)
        place = number % period
        return self.pictures[min(place, period - place)]


@dataclass(frozen=True)
class Window:
    """Where the camera looks: centre and height in parts of what the picture has to give; 1 is the largest window."""

    x: float = 0.5
    y: float = 0.5
    size: float = 1.0


Path_ = Callable[[int], Window]


def film(material: Material, count: int, path: Path_, start: int = 0, blur: int = 1) -> Frames:
    """`count` frames from picture `start` on, through a moving window.

    Args:
        material: What is filmed.
        count: Of frames.
        path: Frame number → window.
        start: Picture at frame 0.
        blur: Exposures averaged in a frame, over half the time to the next one.
    """
    frames = []
    for number in range(count):
        picture = material.picture(start + number)
        here, there = path(number), path(number + 1)
        exposures = [_look(picture, _between(here, there, 0.5 * step / blur)) for step in range(blur)]
        frames.append(exposures[0] if blur == 1 else np.rint(np.mean(exposures, axis=0)).astype(np.uint8))
    return frames


def panorama(material: Material) -> Material:
    """A still five times as wide, by mirroring: space for fast pans."""
    picture = material.pictures[0]
    mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    strip = Image.new("RGB", (5 * picture.width, picture.height))
    for place in range(5):
        strip.paste(mirrored if place % 2 else picture, (place * picture.width, 0))
    return Material(f"{material.name} panorama", (strip,))


@cache
def live(half: Half) -> tuple[Material, ...]:
    """Shots of the demo clips."""
    return tuple(
        Material(f"{clip} {first}-{behind}", pictures[first:behind])
        for clip, shots in SHOTS[half].items()
        for pictures in [_clip(clip)]
        for first, behind in shots
    )


@cache
def stills(half: Half) -> tuple[Material, ...]:
    """Photographs, drawings and pictures taken through instruments."""
    folder = Path(skimage.data.__file__).parent
    return tuple(Material(name, (_limited(Image.open(folder / name).convert("RGB")),)) for name in STILLS[half])


@cache
def cartoons(half: Half) -> tuple[Material, ...]:
    """Flat shapes that move on a flat ground."""
    return tuple(_cartoon(seed) for seed in CARTOONS[half])


@cache
def _clip(name: str) -> tuple[Image.Image, ...]:
    return tuple(_limited(Image.fromarray(frame)) for frame in read_rgb_frames(fetch_clip(name)))


def _limited(picture: Image.Image) -> Image.Image:
    if picture.width <= LARGEST:
        return picture
    return picture.resize((LARGEST, picture.height * LARGEST // picture.width), Image.Resampling.BOX)


def _cartoon(seed: int, count: int = 40) -> Material:
    random = np.random.default_rng(seed)
    ground = tuple(int(value) for value in random.integers(0, 256, 3))
    shapes = [
        (
            random.uniform(0, [640, 360]),
            random.uniform(-6, 6, 2),
            random.uniform(20, 120, 2),
            tuple(int(value) for value in random.integers(0, 256, 3)),
            bool(random.integers(2)),
        )
        for _ in range(int(random.integers(3, 9)))
    ]
    pictures = []
    for number in range(count):
        picture = Image.new("RGB", (640, 360), ground)
        draw = ImageDraw.Draw(picture)
        for centre, speed, size, colour, is_round in shapes:
            box = (*(centre + number * speed - size / 2), *(centre + number * speed + size / 2))
            (draw.ellipse if is_round else draw.rectangle)(box, fill=colour)
        pictures.append(picture)
    return Material(f"cartoon {seed}", tuple(pictures))


def _between(here: Window, there: Window, part: float) -> Window:
    return Window(
        here.x + part * (there.x - here.x),
        here.y + part * (there.y - here.y),
        here.size + part * (there.size - here.size),
    )


def _look(picture: Image.Image, window: Window) -> NDArray[np.uint8]:
    scale = min(window.size, 1.0) * min(picture.width / WIDTH, picture.height / HEIGHT)
    width, height = WIDTH * scale, HEIGHT * scale
    left = np.clip(window.x, 0, 1) * (picture.width - width)
    top = np.clip(window.y, 0, 1) * (picture.height - height)
    seen = picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))
    return np.asarray(seen)
