from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip
from tests.support.rows import write_flat_image

from midframe.errors import OptionError, SequenceError
from midframe.evaluation.comparison.pairing import ComparedPair, open_pair
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, FrameFormat


def shown(pair: ComparedPair, moment: int = 0) -> list[float]:
    return [round(float(picture.mean()), 4) for picture in pair.views(pair.moments[moment])]


def test_two_pictures(tmp_path: Path) -> None:
    pair = open_pair(str(write_flat_image(tmp_path / "a.png", 51)), str(write_flat_image(tmp_path / "b.tif", 102)))
    assert pair.alignment is None
    assert shown(pair) == [0.2, 0.4]
    assert not pair.notes


def test_pictures_of_two_depths(tmp_path: Path) -> None:
    pair = open_pair(
        str(write_flat_image(tmp_path / "a.png", 51)), str(write_flat_image(tmp_path / "b.png", 26214, "uint16"))
    )
    assert shown(pair) == [0.2, 0.4]


def test_deep_pictures_are_seen_in_one_range(tmp_path: Path) -> None:
    # Each by itself is dark enough to be stretched, to a range of its own.
    left = write_flat_image(tmp_path / "a.png", 1000, "uint16")
    samples = np.linspace(0, 4000, 20 * 16 * 3).reshape(16, 20, 3).astype(np.uint16)
    codec_for(left).write(tmp_path / "b.png", Frame(samples, FrameFormat(20, 16, 3, samples.dtype)))
    pair = open_pair(str(left), str(tmp_path / "b.png"))
    pictures = pair.views(pair.moments[0])
    dark = np.abs(samples.astype(float) - 1000).argmin()
    assert pictures[1].ravel()[dark] == pytest.approx(pictures[0].ravel()[dark], abs=0.005)


def test_another_size_is_scaled_and_said(tmp_path: Path) -> None:
    pair = open_pair(
        str(write_flat_image(tmp_path / "a.png", 51)), str(write_flat_image(tmp_path / "b.png", 102, size=(40, 30)))
    )
    left, right = pair.views(pair.moments[0])
    assert left.shape == right.shape == (16, 20, 3)
    assert right == pytest.approx(np.full(right.shape, 0.4), abs=1e-3)
    assert any("b.png is 40×30" in note and "scaled to 20×16" in note for note in pair.notes)


def test_a_sequence_beside_a_video(tmp_path: Path) -> None:
    for number in range(5):
        write_flat_image(tmp_path / "shots" / f"{number}.png", 10 * number)
    clip = write_clip(tmp_path / "clip.mp4", 10, Fraction(50))
    pair = open_pair(str(tmp_path / "shots"), str(clip), (Fraction(25), None))
    assert [moment.left for moment in pair.moments] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert len(pair.coinciding) == 5
    assert pair.left.name == "shots"
    pair.close()


def test_a_sequence_without_a_rate_says_what_is_taken(tmp_path: Path) -> None:
    for number in range(2):
        write_flat_image(tmp_path / "shots" / f"{number}.png", 10 * number)
    pair = open_pair(str(tmp_path / "shots"), str(tmp_path / "shots"))
    assert any("24 frames per second; `fps_b`" in note for note in pair.notes)
    assert (pair.left.name, pair.right.name) == ("A: shots", "B: shots")


def test_lengths_that_differ_are_said(tmp_path: Path) -> None:
    left, right = (str(write_clip(tmp_path / f"{count}.mp4", count)) for count in (4, 9))
    pair = open_pair(left, right)
    assert len(pair.moments) == 4
    assert any("9.mp4 is 0.200 s longer" in note for note in pair.notes)
    pair.close()


def test_what_does_not_go_together(tmp_path: Path) -> None:
    picture, clip = write_flat_image(tmp_path / "a.png", 1), write_clip(tmp_path / "c.mp4", 3)
    with pytest.raises(OptionError, match="one is a single picture"):
        open_pair(str(picture), str(clip))
    with pytest.raises(OptionError, match="`fps_a` is for image sequences"):
        open_pair(str(clip), str(clip), (Fraction(24), None))
    with pytest.raises(SequenceError, match="nowhere"):
        open_pair(str(picture), str(tmp_path / "nowhere"))
