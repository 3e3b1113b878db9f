"""Dark and bright pairs of one 16-bit sequence: the same frames however they are made, and all of them good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

import midframe

TEXTURE = gaussian_filter(np.random.default_rng(2).random((48, 160)), 2.5)
TEXTURE = 0.3 + 0.7 * (TEXTURE - TEXTURE.min()) / np.ptp(TEXTURE)
LEVELS = (300, 310, 300, 12000, 12000, 290, 310)
STEP, WIDTH = 4, 96
OPTIONS = midframe.EngineOptions(quality="fast", threads=1)


def picture(place: float, level: float) -> NDArray[np.uint16]:
    first = round(place * STEP)
    return np.rint(TEXTURE[:, first : first + WIDTH] * level).astype(np.uint16)


FRAMES = [picture(place, level) for place, level in enumerate(LEVELS)]


@pytest.fixture(scope="module")
def alone() -> list[NDArray[np.uint16]]:
    with midframe.Interpolator(OPTIONS) as interpolator:
        return interpolator.interpolate(FRAMES, factor=2, cuts="off")


def run(folder: Path, name: str, device: str) -> list[NDArray[np.uint16]]:
    job = midframe.Job(folder / "in", folder / name, factor=2, cuts="off")
    with midframe.Session(midframe.EngineOptions(quality="fast", threads=1, device=device)) as session:
        session.run(job)
    return [tifffile.imread(path) for path in sorted((folder / name).glob("*.tif"))]


def test_pairs_of_any_brightness_are_interpolated_well(alone: list[NDArray[np.uint16]]) -> None:
    for left in (0, 1, 3, 5):
        level = (LEVELS[left] + LEVELS[left + 1]) / 2
        truth = picture(left + 0.5, level).astype(float)
        crossfade = (FRAMES[left].astype(float) + FRAMES[left + 1]) / 2
        error, faded = (np.abs(made - truth).mean() for made in (alone[2 * left + 1], crossfade))
        assert error < faded / 3


def test_jobs_workers_and_streams_make_the_same_frames(tmp_path: Path, alone: list[NDArray[np.uint16]]) -> None:
    (tmp_path / "in").mkdir()
    for index, frame in enumerate(FRAMES):
        tifffile.imwrite(tmp_path / "in" / f"{index}.tif", frame, metadata=None)
    with midframe.Interpolator(OPTIONS) as interpolator:
        streamed = list(interpolator.stream(iter(FRAMES), factor=2, cuts="off"))
        between = interpolator.between(FRAMES[3], FRAMES[4], 0.5)
    for made in (streamed, run(tmp_path, "one", "cpu"), run(tmp_path, "two", "cpu,cpu")):
        np.testing.assert_array_equal(np.stack(made), np.stack(alone))
    np.testing.assert_array_equal(between, alone[7])
