"""Whole pictures from interlaced ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.support.clips import moving, write_clip

from midframe.errors import OptionError
from midframe.jobs.job import Job
from midframe.media.video.reading.deinterlacing import Pictures
from midframe.media.video.reading.source import VideoSource

SIZE = (160, 128)
INTERLACED = {"x264-params": "tff=1", "crf": "4", "preset": "veryfast"}
PLAIN = {"crf": "4", "preset": "veryfast"}

Plane = NDArray[Any]


def at(field: float, height: int, width: int) -> Plane:
    """The scene at a time that is counted in fields; fine enough in height to show which rows are whose."""
    rows, columns = np.mgrid[:height, :width]
    return np.asarray(0.5 + 0.4 * np.sin((columns * (64 / height) + 3 * field) / 7 + rows * (64 / height) / 9))


def woven(pairs: Callable[[int], tuple[float, float]]) -> Callable[[int, int, int], Plane]:
    """Paints frames of two fields, whose times the function gives."""

    def paint(number: int, height: int, width: int) -> Plane:
        top, bottom = pairs(number)
        frame = at(top, height, width)
        frame[1::2] = at(bottom, height, width)[1::2]
        return frame

    return paint


def interlaced(number: int) -> tuple[float, float]:
    return 2 * number, 2 * number + 1


def write(path: Path, count: int = 24, options: dict[str, str] | None = None) -> Path:
    return write_clip(path, count, size=SIZE, paint=woven(interlaced), options=options or INTERLACED)


def luma(source: VideoSource, index: int) -> Plane:
    codes = source.read(index).samples[..., 0].astype(float)
    return (codes - 16) / 219


def error(source: VideoSource, index: int, field: float) -> float:
    """Mean difference from the scene at a time, without the rows at the edge."""
    return float(np.abs(luma(source, index) - at(field, SIZE[1], SIZE[0]))[4:-4].mean())


def test_frames_become_whole_pictures_of_their_first_field(tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mp4")
    plain, whole = VideoSource(clip), VideoSource(clip, deinterlace="frame")

    assert any("interlaced" in note and "`deinterlace`" in note for note in plain.notes)
    assert whole.notes == ()
    assert len(whole) == len(plain) == 24
    assert whole.index.stamps == plain.index.stamps
    for index in (0, 5, 23):
        assert error(whole, index, 2 * index) < 0.02 < 0.05 < error(plain, index, 2 * index)
    assert whole.video_info.interlaced is False


def test_every_field_can_become_a_picture(tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mkv")
    source = VideoSource(clip, deinterlace="field")

    assert len(source) == 48
    assert source.index.rates[0] == 50
    assert [error(source, index, index) < 0.02 for index in range(48)] == [True] * 48


def test_seeking_gives_the_same_pictures(tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mp4", 160, INTERLACED | {"g": "12"})
    kinds: tuple[Pictures, ...] = ("frame", "field")
    for pictures in kinds:
        straight = VideoSource(clip, deinterlace=pictures)
        wanted = {index: straight.read(index).samples for index in range(len(straight))}
        jumping = VideoSource(clip, deinterlace=pictures)
        for index in (len(straight) - 1, 73, 72, 2, 131, 0):
            np.testing.assert_array_equal(jumping.read(index).samples, wanted[index])


def test_progressive_parts_stay_as_they_are(tmp_path: Path) -> None:
    still = write_clip(tmp_path / "a.ts", 10, size=SIZE, paint=moving, options=PLAIN).read_bytes()
    clip = tmp_path / "c.ts"
    clip.write_bytes(still + write(tmp_path / "b.ts", 30).read_bytes())
    plain = VideoSource(clip)
    counts: dict[Pictures, int] = {"frame": 40, "field": 70}
    for pictures, count in counts.items():
        source = VideoSource(clip, deinterlace=pictures)
        assert len(source) == count
        for index in range(8):
            np.testing.assert_array_equal(source.read(index).samples, plain.read(index).samples)


def test_what_does_not_say_that_it_is_interlaced_is_recognised(tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mp4", options=PLAIN)
    assert any("looks interlaced" in note for note in VideoSource(clip).notes)
    source = VideoSource(clip, deinterlace="frame")
    assert error(source, 7, 14) < 0.02


def test_what_is_not_interlaced_stays_as_it_is(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "a.mp4", 24, size=SIZE, paint=lambda number, *size: at(2 * number, *size), options=PLAIN
    )
    plain, source = VideoSource(clip), VideoSource(clip, deinterlace="field")

    assert plain.notes == ()
    assert any("has no effect" in note for note in source.notes)
    np.testing.assert_array_equal(source.read(9).samples, plain.read(9).samples)


def test_telecined_film_is_put_together_again(tmp_path: Path) -> None:
    """Four pictures of film fill ten fields: 2, 3, 2, 3."""
    shown = [4 * (number // 5 * 2 + (0, 0, 1, 1, 1)[number % 5]) for number in range(200)]
    paint = woven(lambda number: (shown[2 * number], shown[2 * number + 1]))
    clip = write_clip(tmp_path / "a.mp4", 40, size=SIZE, paint=paint, options=INTERLACED)
    assert any("telecine" in note for note in VideoSource(clip).notes)
    source = VideoSource(clip, deinterlace="frame")

    assert any("`dedup`" in note for note in source.notes)
    off = [min(error(source, index, field) for field in set(shown)) for index in range(40)]
    assert max(off) < 0.02


def test_options_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="needs `deinterlace`"):
        Job(tmp_path, field_rate=True)
    for number in range(2):
        Image.new("RGB", (32, 32)).save(tmp_path / f"{number}.png")
    with pytest.raises(OptionError, match="is not a video file"):
        Job(tmp_path, tmp_path / "out", deinterlace=True).open()
