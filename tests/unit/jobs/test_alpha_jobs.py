"""Whole jobs on pictures whose alpha is not what it seems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from tests.support.jobs import FakeNetwork, Recorder

from midframe.detection.rules import PairRules
from midframe.errors import OptionError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.runtime.events import Notice, Reporter
from midframe.types import AlphaChoice

EDGE = 24


def picture(colour: int, alpha: int) -> NDArray[np.uint8]:
    samples = np.full((EDGE, EDGE, 4), colour, np.uint8)
    samples[..., 3] = alpha
    return samples


def interpolated(folder: Path, alpha: AlphaChoice, *pictures: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """The frame between the first two pictures, and all notices."""
    (folder / "in").mkdir(exist_ok=True)
    for index, samples in enumerate(pictures):
        (folder / "in" / f"{index}.png").write_bytes(imagecodecs.png_encode(samples))
    job = resolve_job(
        JobOptions(folder / "in", folder / "out", rules=PairRules(cuts="off"), alpha=alpha, overwrite=True)
    )
    recorder = Recorder()
    run_job(job, FakeNetwork(), Reporter([recorder]))
    notices = " ".join(event.text for event in recorder.events if isinstance(event, Notice))
    return imagecodecs.png_decode((folder / "out" / "0000001.png").read_bytes()), notices


def test_colours_under_alpha_of_0_throughout_are_kept_and_reported(tmp_path: Path) -> None:
    made, notices = interpolated(tmp_path, "auto", picture(100, 0), picture(200, 0))
    np.testing.assert_array_equal(made, picture(150, 0))
    assert "Alpha is 0 throughout" in notices


@pytest.mark.parametrize(("alpha", "colour"), [("auto", 200), ("straight", 200), ("none", 150), ("premultiplied", 150)])
def test_what_is_said_of_alpha(tmp_path: Path, alpha: AlphaChoice, colour: int) -> None:
    """Between an invisible and a visible picture."""
    made, notices = interpolated(tmp_path, alpha, picture(100, 0), picture(200, 255))
    np.testing.assert_array_equal(made, picture(colour, 128))
    assert "Alpha" not in notices


def test_straight_insists(tmp_path: Path) -> None:
    made, notices = interpolated(tmp_path, "straight", picture(100, 0), picture(200, 0))
    np.testing.assert_array_equal(made, picture(0, 0))
    assert "Alpha" not in notices


@pytest.mark.parametrize("alpha", ["straight", "premultiplied"])
def test_an_alpha_that_cannot_be_there(tmp_path: Path, alpha: AlphaChoice) -> None:
    with pytest.raises(OptionError, match=f"`alpha={alpha}` needs frames of 2 or 4 channels") as refused:
        interpolated(tmp_path, alpha, *[np.zeros((EDGE, EDGE, 3), np.uint8)] * 2)
    assert refused.value.option == "alpha"


def test_none_goes_with_frames_without_alpha(tmp_path: Path) -> None:
    made, _ = interpolated(tmp_path, "none", *[np.full((EDGE, EDGE, 3), value, np.uint8) for value in (100, 200)])
    assert (made == 150).all()


@pytest.mark.parametrize("alpha", ["auto", "straight"])
def test_a_fourth_channel_that_the_file_does_not_call_alpha(tmp_path: Path, alpha: AlphaChoice) -> None:
    (tmp_path / "in").mkdir()
    for index, samples in enumerate((picture(100, 0), picture(200, 255))):
        tifffile.imwrite(
            tmp_path / "in" / f"{index}.tif", samples, photometric="rgb", extrasamples=["unspecified"], metadata=None
        )
    job = resolve_job(JobOptions(tmp_path / "in", tmp_path / "out", rules=PairRules(cuts="off"), alpha=alpha))
    run_job(job, FakeNetwork(), Reporter([]))
    made = tifffile.imread(tmp_path / "out" / "0000001.tif")
    np.testing.assert_array_equal(made, picture(150 if alpha == "auto" else 200, 128))


def test_resuming_takes_the_same_alpha(tmp_path: Path) -> None:
    settings = []
    for alpha in ("auto", "none"):
        interpolated(tmp_path, alpha, picture(100, 9), picture(200, 9))
        options = JobOptions(tmp_path / "in", tmp_path / f"out-{alpha}", alpha=alpha)
        with resolve_job(options) as job:
            settings.append(job.settings)
    assert settings[0] != settings[1]
