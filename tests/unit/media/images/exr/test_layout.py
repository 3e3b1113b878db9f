"""OpenEXR sequences whose files differ: aligned by name and by what is shown, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from midframe.errors import SequenceError
from midframe.media.images.exr.codec import ExrCodec
from midframe.media.images.sequence import discover
from midframe.media.sources import SequenceSource
from midframe.types import Frame

SHOWN = (np.array([0, 0], np.int32), np.array([59, 39], np.int32))
PICTURE = np.random.default_rng(2).uniform(0.2, 1, (40, 60)).astype(np.float16)


def window(left: int, top: int, width: int, height: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return np.array([left, top], np.int32), np.array([left + width - 1, top + height - 1], np.int32)


def write(path: Path, channels: dict[str, Any], **attributes: object) -> None:
    path.parent.mkdir(exist_ok=True)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **attributes}
    OpenEXR.File(header, {name: np.ascontiguousarray(plane) for name, plane in channels.items()}).write(str(path))


def crop(folder: Path, number: int, left: int, top: int, width: int, height: int, **more: Any) -> None:
    plane = PICTURE[top : top + height, left : left + width]
    write(
        folder / f"{number}.exr",
        dict.fromkeys("RGB", plane),
        **{"dataWindow": window(left, top, width, height), "displayWindow": SHOWN, **more},
    )


def opened(folder: Path) -> SequenceSource:
    return SequenceSource(discover(folder))


def written(tmp_path: Path, frame: Frame) -> OpenEXR.File:
    ExrCodec().write(tmp_path / "written.exr", frame)
    return OpenEXR.File(str(tmp_path / "written.exr"), separate_channels=True)


@pytest.mark.parametrize(
    ("others", "difference"),
    [
        ({"R": PICTURE, "G": PICTURE, "B": PICTURE, "mask": PICTURE}, "without Z and with mask"),
        ({"R": PICTURE, "G": PICTURE, "B": PICTURE}, "without Z"),
        ({"R": PICTURE, "G": PICTURE, "B": PICTURE, "Z": PICTURE, "id": PICTURE}, "with id"),
    ],
)
def test_other_channels_are_refused_by_name(tmp_path: Path, others: dict[str, Any], difference: str) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.exr", others if number == 1 else dict.fromkeys("RGBZ", PICTURE))
    with pytest.raises(SequenceError, match=rf"1\.exr has different channels, {difference} than") as raised:
        opened(tmp_path)
    assert raised.value.path == tmp_path / "1.exr"


def test_another_picture_size_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "0.exr", {"Y": PICTURE})
    write(tmp_path / "1.exr", {"Y": PICTURE[:20, :30]})
    with pytest.raises(SequenceError, match="30×20 pixels instead of 60×40"):
        opened(tmp_path)


def test_integers_and_floats_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "0.exr", {"R": PICTURE, "id": PICTURE.astype(np.uint32)})
    write(tmp_path / "1.exr", {"R": PICTURE, "id": PICTURE})
    with pytest.raises(SequenceError, match="float16 samples in the channel id instead of uint32"):
        opened(tmp_path)


def test_half_is_promoted_where_another_frame_has_float(tmp_path: Path) -> None:
    write(tmp_path / "0.exr", {"R": PICTURE, "Z": PICTURE})
    write(tmp_path / "1.exr", {"R": PICTURE, "Z": PICTURE.astype(np.float32)})
    source = opened(tmp_path)
    assert source.format.dtype == np.float32
    assert any("Z: half in some frames" in note for note in source.notes)
    channels = written(tmp_path, source.read(0)).channels()
    assert channels["R"].pixels.dtype == np.float16
    assert channels["Z"].pixels.dtype == np.float32


def test_frames_are_aligned_by_what_is_shown(tmp_path: Path) -> None:
    """A moving crop of a picture that stands still."""
    folder = tmp_path / "in"
    for number, corner in enumerate((10, 14)):
        crop(folder, number, corner, 5, 30, 20)
    source = opened(folder)
    assert (source.format.width, source.format.height) == (34, 20)
    assert any("34×20 pixels" in note for note in source.notes)
    left, right = source.read(0), source.read(1)
    np.testing.assert_array_equal(left.samples[:, :30, 0], PICTURE[5:25, 10:40])
    np.testing.assert_array_equal(right.samples[:, 4:, 0], PICTURE[5:25, 14:44])
    # The picture continues outside, so its border is repeated and not black.
    np.testing.assert_array_equal(left.samples[:, 30:, 0], PICTURE[5:25, 39:40].repeat(4, axis=1))
    middle = written(tmp_path, left.between(right, 0.5).with_samples(left.samples))
    np.testing.assert_array_equal(middle.header()["dataWindow"], window(12, 5, 30, 20))
    np.testing.assert_array_equal(middle.header()["displayWindow"], SHOWN)
    np.testing.assert_array_equal(middle.channels()["G"].pixels, left.samples[:, 2:32, 1])


def test_what_is_shown_may_start_anywhere(tmp_path: Path) -> None:
    """The same picture, counted from another corner."""
    folder = tmp_path / "in"
    for number, corner in enumerate((0, 100)):
        write(
            folder / f"{number}.exr",
            {"Y": PICTURE[5:25, 10:40]},
            dataWindow=window(corner + 10, corner + 5, 30, 20),
            displayWindow=window(corner, corner, 60, 40),
        )
    source = opened(folder)
    assert (source.format.width, source.format.height) == (30, 20)
    np.testing.assert_array_equal(source.read(0).samples, source.read(1).samples)
    np.testing.assert_array_equal(written(tmp_path, source.read(1)).header()["dataWindow"], window(110, 105, 30, 20))


def test_objects_with_tight_windows_stand_on_black(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    y, x = np.mgrid[:21, :21] - 10
    disc = (x**2 + y**2 < 100).astype(np.float16)
    for number, corner in enumerate((5, 25)):
        planes = dict.fromkeys("RGBA", disc)
        write(folder / f"{number}.exr", planes, dataWindow=window(corner, 8, 21, 21), displayWindow=SHOWN)
    source = opened(folder)
    left, right = source.read(0), source.read(1)
    assert not left.samples[:, 21:].any()
    assert not right.samples[:, :20].any()
    # Everything that is not black is written, also outside where the object should be.
    samples = np.zeros_like(left.samples)
    samples[3, 2] = 1
    middle = written(tmp_path, left.between(right, 0.5).with_samples(samples))
    np.testing.assert_array_equal(middle.header()["dataWindow"], window(7, 8, 29, 21))


def test_windows_that_grow(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    crop(folder, 0, 20, 10, 10, 10)
    crop(folder, 1, 10, 5, 40, 30)
    source = opened(folder)
    assert (source.format.width, source.format.height) == (40, 30)
    middle = source.read(0).between(source.read(1), 0.5)
    np.testing.assert_array_equal(written(tmp_path, middle).header()["dataWindow"], window(15, 7, 25, 21))


def test_windows_that_are_alike_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(2):
        crop(folder, number, 10, 5, 30, 20)
    source = opened(folder)
    assert source.notes == ()
    assert (source.format.width, source.format.height) == (30, 20)
    np.testing.assert_array_equal(written(tmp_path, source.read(0)).header()["dataWindow"], window(10, 5, 30, 20))


def test_parts_may_come_in_any_order(tmp_path: Path) -> None:
    planes: dict[str, dict[str, Any]] = {
        "beauty": dict.fromkeys("RGB", PICTURE),
        "depth": {"Z": PICTURE.astype(np.float32)},
    }
    for number, names in enumerate((("beauty", "depth"), ("depth", "beauty"))):
        parts = [OpenEXR.Part({}, dict(planes[name]), name) for name in names]
        OpenEXR.File(parts).write(str(tmp_path / f"{number}.exr"))
    source = opened(tmp_path)
    assert source.format.channel_names == ("R", "G", "B", "Z")
    np.testing.assert_array_equal(source.read(0).samples, source.read(1).samples)
