from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip

from midframe.errors import OptionError, SequenceError
from midframe.evaluation.comparison.pairing import Pairing, pair_up
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, FrameFormat


def write(path: Path, value: float, dtype: str = "uint8", size: tuple[int, int] = (20, 16)) -> Path:
    path.parent.mkdir(exist_ok=True)
    samples = np.full((size[1], size[0], 3), value, dtype)
    codec_for(path).write(path, Frame(samples, FrameFormat(*size, 3, samples.dtype)))
    return path


def shown(pairing: Pairing, moment: int = 0) -> list[float]:
    return [round(float(picture.mean()), 4) for picture in pairing.pictures(pairing.moments[moment])]


def test_two_pictures(tmp_path: Path) -> None:
    pairing = pair_up(str(write(tmp_path / "a.png", 51)), str(write(tmp_path / "b.tif", 102)))
    assert pairing.alignment is None
    assert shown(pairing) == [0.2, 0.4]
    assert not pairing.notes


def test_pictures_of_two_depths(tmp_path: Path) -> None:
    pairing = pair_up(str(write(tmp_path / "a.png", 51)), str(write(tmp_path / "b.png", 26214, "uint16")))
    assert shown(pairing) == [0.2, 0.4]


def test_deep_pictures_are_seen_in_one_range(tmp_path: Path) -> None:
    # Each by itself is dark enough to be stretched, to a range of its own.
    left = write(tmp_path / "a.png", 1000, "uint16")
    samples = np.linspace(0, 4000, 20 * 16 * 3).reshape(16, 20, 3).astype(np.uint16)
    codec_for(left).write(tmp_path / "b.png", Frame(samples, FrameFormat(20, 16, 3, samples.dtype)))
    pairing = pair_up(str(left), str(tmp_path / "b.png"))
    pictures = pairing.pictures(pairing.moments[0])
    dark = np.abs(samples.astype(float) - 1000).argmin()
    assert pictures[1].ravel()[dark] == pytest.approx(pictures[0].ravel()[dark], abs=0.005)


def test_another_size_is_scaled_and_said(tmp_path: Path) -> None:
    pairing = pair_up(str(write(tmp_path / "a.png", 51)), str(write(tmp_path / "b.png", 102, size=(40, 30))))
    left, right = pairing.pictures(pairing.moments[0])
    assert left.shape == right.shape == (16, 20, 3)
    assert right == pytest.approx(np.full(right.shape, 0.4), abs=1e-3)
    assert any("b.png is 40×30" in note and "scaled to 20×16" in note for note in pairing.notes)


def test_a_sequence_beside_a_video(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path / "shots" / f"{number}.png", 10 * number)
    clip = write_clip(tmp_path / "clip.mp4", 10, Fraction(50))
    pairing = pair_up(str(tmp_path / "shots"), str(clip), (Fraction(25), None))
    assert [moment.left for moment in pairing.moments] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert len(pairing.coinciding) == 5
    assert pairing.left.name == "shots"
    pairing.close()


def test_a_sequence_without_a_rate_says_what_is_taken(tmp_path: Path) -> None:
    for number in range(2):
        write(tmp_path / "shots" / f"{number}.png", 10 * number)
    pairing = pair_up(str(tmp_path / "shots"), str(tmp_path / "shots"))
    assert any("24 frames per second; --fps-b" in note for note in pairing.notes)
    assert (pairing.left.name, pairing.right.name) == ("A: shots", "B: shots")


def test_lengths_that_differ_are_said(tmp_path: Path) -> None:
    paths = [str(write_clip(tmp_path / f"{count}.mp4", count)) for count in (4, 9)]
    pairing = pair_up(*paths)
    assert len(pairing.moments) == 4
    assert any("9.mp4 is 0.200 s longer" in note for note in pairing.notes)
    pairing.close()


def test_what_does_not_go_together(tmp_path: Path) -> None:
    picture, clip = write(tmp_path / "a.png", 1), write_clip(tmp_path / "c.mp4", 3)
    with pytest.raises(OptionError, match="one is a single picture"):
        pair_up(str(picture), str(clip))
    with pytest.raises(OptionError, match="--fps-a is for image sequences"):
        pair_up(str(clip), str(clip), (Fraction(24), None))
    with pytest.raises(SequenceError, match="nowhere"):
        pair_up(str(picture), str(tmp_path / "nowhere"))
