"""Drawn frames have the levels of their neighbours: no flicker between the two.

The clip stands still but for grain of one code, so that it is not taken for static. Means over a plane do not see it.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import planes, write_clip
from tests.support.jobs import FakeNetwork

from midframe.detection.rules import PairRules
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import Reporter

LIMIT = 0.25
"""Code values of 8 bits."""

MATRICES = {"bt601": (5, 5, 6), "bt709": (1, 1, 1), "bt2020": (9, 9, 14)}


def grainy_gradient(number: int, height: int, width: int) -> NDArray[np.float64]:
    """From dark to bright, with grain whose mean over the picture is 0 in every frame."""
    rows, columns = np.mgrid[:height, :width]
    grain = np.random.default_rng(number).normal(0, 0.004, (height, width))
    return np.asarray(0.1 + 0.8 * (columns + rows) / (height + width) + grain - grain.mean())


def steps(path: Path, bits: int) -> float:
    """The largest change of a plane's mean from a frame to the next, in code values of 8 bits."""
    means = np.array([[plane.mean() for plane in frame] for frame in planes(path)]) / (1 << (bits - 8))
    return float(np.abs(np.diff(means, axis=0)).max())


@pytest.mark.parametrize("matrix", list(MATRICES))
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(("pixels", "bits"), [("yuv420p", 8), ("yuv422p10le", 10)])
@pytest.mark.parametrize("lossless", [True, False])
def test_levels_do_not_change(
    matrix: str, full_range: bool, pixels: str, bits: int, lossless: bool, tmp_path: Path, network: FakeNetwork
) -> None:
    tags = (*MATRICES[matrix], 2 if full_range else 1)
    clip = write_clip(
        tmp_path / "clip.mkv", 4, codec="ffv1", pixels=pixels, options={}, paint=grainy_gradient, tags=tags,
        size=(160, 96),
    )  # fmt: skip
    encoding = EncodingOptions("ffv1" if lossless else "h264", None if lossless else 12)
    output = tmp_path / "out.mkv"
    job = resolve_job(JobOptions(clip, output, Fraction(2), rules=PairRules(None, "off"), encoding=encoding))

    summary = run_job(job, network, Reporter())

    assert summary.synthesised == 3
    assert steps(output, bits) < (0.05 if lossless else LIMIT)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_levels_of_rgb_do_not_change_on_their_way_to_yuv(suffix: str, tmp_path: Path, network: FakeNetwork) -> None:
    clip = write_clip(
        tmp_path / "clip.mkv", 4, codec="ffv1", pixels="gbrp10le", options={}, paint=grainy_gradient, size=(160, 96)
    )
    output = tmp_path / f"out{suffix}"
    encoding = EncodingOptions("h264", 12, pixels="yuv420p")
    run_job(resolve_job(JobOptions(clip, output, rules=PairRules(None, "off"), encoding=encoding)), network, Reporter())

    assert steps(output, 8) < LIMIT
    # 0.5 of full range in R, G and B is 16 + 219 / 2 in limited Y, and no colour.
    means = [plane.mean() for plane in planes(output)[1]]
    np.testing.assert_allclose(means, [16 + 219 * (16 + 219 * 0.5) / 255.75, 128, 128], atol=0.6)


def test_chroma_lies_where_it_lay_when_pixels_are_converted(tmp_path: Path, network: FakeNetwork) -> None:
    """A colourful clip that stands still: originals and drawn frames are the same in other pixels."""

    def colours(number: int, height: int, width: int) -> NDArray[np.float64]:
        rows, columns = np.mgrid[:height, :width]
        spot = 0.1 * (number % 2) * (rows + columns == 0)
        return np.asarray(0.5 + 0.4 * np.sin(columns * 2.1) * np.cos(rows * 1.7) + spot)

    clip = write_clip(tmp_path / "clip.mp4", 4, paint=colours, options={"qp": "0"})
    encoding = EncodingOptions(codec="ffv1", pixels="yuv444p")
    rules = PairRules(None, "off")
    run_job(resolve_job(JobOptions(clip, tmp_path / "out.mkv", rules=rules, encoding=encoding)), network, Reporter())
    frames = [np.stack(frame).astype(int)[:, 8:, 8:] for frame in planes(tmp_path / "out.mkv")]
    assert max(np.abs(later - frame).max() for frame, later in itertools.pairwise(frames)) <= 1
