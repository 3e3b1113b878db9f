"""Synthetic scientific stacks, made like what microscopes and flow cameras record. None of it is real.

    python benchmarks/science.py out/science

- ``cells``: 16-bit grey, 320×320: fluorescent cells (soft discs with a brighter nucleus and fine grain of their own)
  that drift, swim along slow curves, change their brightness ("blink") and now and then leave the focus, on an uneven
  background; photon (Poisson) noise and the camera's read noise and offset.
- ``particles``: 16-bit grey, 320×320: small bright particles (Gaussian images of 2 to 3 pixels across, as in particle
  image velocimetry) in a vortex pair that drifts, with particles that leave the light sheet and others that enter it;
  the same kinds of noise.

Codes lie within 12 of the 16 bits, as with most scientific cameras. Every frame is made from the state at its own time,
so frames between others are true ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

SIZE = 320
FRAMES = 120
OFFSET = 100.0
"""Of the camera, in codes."""

READ_NOISE = 3.0
"""Standard deviation in codes."""

CODES_PER_PHOTON = 2.0

Picture = NDArray[np.float64]


def cells(rng: np.random.Generator, frames: int = FRAMES) -> NDArray[np.uint16]:
    """(frames, SIZE, SIZE)."""
    count = 45
    start = rng.uniform(-20, SIZE + 20, (count, 2))
    speed = rng.normal(0, 0.5, (count, 2)) + np.array([0.5, 0.25])
    sway, rate, phase = rng.uniform(2, 9, count), rng.uniform(0.03, 0.1, count), rng.uniform(0, 2 * np.pi, count)
    radius, bright = rng.uniform(8, 19, count), rng.uniform(90, 420, count)
    blink, blink_phase = rng.uniform(0.02, 0.25, count), rng.uniform(0, 2 * np.pi, count)
    grain = rng.normal(0, 1, (count, 5, 2)), rng.uniform(0.15, 0.4, (count, 5))
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
    background = 35 + 15 * np.cos(rows / 140) * np.sin(columns / 110 + 1)

    def at(time: int) -> Picture:
        picture = background.copy()
        for each in range(count):
            swing = sway[each] * np.array([np.sin(rate[each] * time + phase[each]), np.cos(rate[each] * time)])
            row, column = start[each] + speed[each] * time + swing
            focus = 1 + 0.4 * np.sin(0.05 * time + phase[each])
            light = bright[each] * (1 + 0.3 * np.sin(blink[each] * time + blink_phase[each])) / focus
            near = _near(row, column, 1.5 * radius[each] + 14)
            down, across = rows[near], columns[near]
            distance = np.hypot(down - row, across - column)
            edge = 0.5 - 0.5 * np.tanh((distance - radius[each]) / (1.8 * focus))
            texture = np.ones_like(edge)
            for shift, depth in zip(grain[0][each] * radius[each] * 0.5, grain[1][each], strict=True):
                spot = (down - row - shift[0]) ** 2 + (across - column - shift[1]) ** 2
                texture += depth * np.exp(-spot / (2 * (1.6 * focus) ** 2))
            nucleus = 0.6 * np.exp(-(distance**2) / (2 * (0.35 * radius[each]) ** 2))
            picture[near] += light * edge * (0.5 * texture + nucleus)
        return picture

    return _recorded(at, frames, rng)


def _near(row: float, column: float, reach: float) -> tuple[slice, slice]:
    """Rows and columns within reach of a place; beyond it there is nothing to be seen of what is there."""
    rows, columns = (slice(max(0, int(place - reach)), max(0, int(place + reach) + 1)) for place in (row, column))
    return rows, columns


def particles(rng: np.random.Generator, frames: int = FRAMES) -> NDArray[np.uint16]:
    """(frames, SIZE, SIZE)."""
    count = 2600
    place = rng.uniform(-30, SIZE + 30, (count, 2))
    width, bright = rng.uniform(0.8, 1.3, count), rng.uniform(150, 1100, count)
    depth, depth_speed = rng.uniform(-2, 2, count), rng.normal(0, 0.02, count)
    substeps = 4
    places = [place]
    for step in range((frames - 1) * substeps):
        time = step / substeps
        centres = np.array([[130 + 0.2 * time, 110], [190 + 0.2 * time, 215]])
        flow = np.tile(np.array([0.6, 0.1]), (count, 1))
        for centre, turn in zip(centres, (1.0, -1.0), strict=True):
            away = places[-1] - centre
            square = (away**2).sum(axis=1, keepdims=True)
            flow += turn * 130 * away[:, ::-1] * np.array([1, -1]) / (square + 45.0**2)
        places.append(places[-1] + flow / substeps)

    def at(time: int) -> Picture:
        picture = np.full((SIZE, SIZE), 20.0)
        here = places[time * substeps]
        sheet = np.exp(-((depth + depth_speed * time) ** 2))
        for (row, column), sigma, light in zip(here, width, bright * sheet, strict=True):
            top, left = int(row) - 4, int(column) - 4
            if top < 0 or left < 0 or top + 9 > SIZE or left + 9 > SIZE or light < 1:
                continue
            rows, columns = np.mgrid[top : top + 9, left : left + 9]
            spot = (rows - row) ** 2 + (columns - column) ** 2
            picture[top : top + 9, left : left + 9] += light * np.exp(-spot / (2 * sigma**2))
        return picture

    return _recorded(at, frames, rng)


def still_noise(rng: np.random.Generator, frames: int = FRAMES) -> NDArray[np.uint16]:
    """A picture in which nothing moves but the noise: nothing can be learnt from it."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
    picture = 300 + 120 * np.sin(rows / 17) * np.cos(columns / 23)
    return _recorded(lambda _: picture, frames, rng)


STACKS: dict[str, Callable[[np.random.Generator], NDArray[np.uint16]]] = {
    "synthetic-cells": cells,
    "synthetic-particles": particles,
    "synthetic-still-noise": still_noise,
}


def _recorded(at: Callable[[int], Picture], frames: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """What a camera makes of light, in photons."""
    codes = [
        OFFSET + CODES_PER_PHOTON * rng.poisson(np.maximum(at(time), 0)) + rng.normal(0, READ_NOISE, (SIZE, SIZE))
        for time in range(frames)
    ]
    return np.clip(np.rint(np.stack(codes)), 0, 4095).astype(np.uint16)


def make(name: str, folder: Path) -> Path:
    """Write a stack as a multi-page TIFF, the same one every time."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.tif"
    tifffile.imwrite(path, STACKS[name](np.random.default_rng(7)), photometric="minisblack")
    return path


if __name__ == "__main__":
    for stack in STACKS:
        print(make(stack, Path(sys.argv[1] if len(sys.argv) > 1 else "out/science")))
