"""The orientation in Exif data, changed in its place."""

from __future__ import annotations

import pytest
from PIL.Image import Exif

from midframe.media.images.exif import bare_exif, exif_orientation, exif_texts, exif_with_orientation


def exif(orientation: int | None, *, endian: str = "<") -> bytes:
    made = Exif()
    made.endian = endian
    if orientation is not None:
        made[0x0112] = orientation
    made[0x010E] = "a long description"
    made[0x8298] = "me"
    data = bare_exif(made.tobytes())
    assert data is not None
    return data


@pytest.mark.parametrize("endian", ["<", ">"])
def test_the_orientation_is_read_and_changed_in_its_place(endian: str) -> None:
    data = exif(6, endian=endian)
    assert exif_orientation(data) == 6
    changed = exif_with_orientation(data, 1)
    assert changed is not None
    assert exif_orientation(changed) == 1
    assert sum(left != right for left, right in zip(data, changed, strict=True)) == 1


def test_an_orientation_is_added_where_none_is_stated() -> None:
    changed = exif_with_orientation(exif(None), 8)
    assert exif_orientation(changed) == 8
    assert exif_texts(changed)[0] == ("ImageDescription", "a long description")
    assert exif_orientation(exif_with_orientation(None, 3)) == 3


def test_nothing_is_made_for_upright_pictures() -> None:
    assert exif_with_orientation(None, 1) is None


def test_texts() -> None:
    assert exif_texts(exif(1)) == (("ImageDescription", "a long description"), ("Copyright", "me"))


@pytest.mark.parametrize("orientation", [0, 9, 700])
def test_numbers_that_mean_nothing_are_upright(orientation: int) -> None:
    assert exif_orientation(exif(orientation)) == 1


def test_damaged_data_say_nothing() -> None:
    data = exif(6)
    for length in range(len(data)):
        assert exif_orientation(data[:length]) in (1, 6)
        exif_texts(data[:length])
    assert bare_exif(b"Exif\0\0nonsense") is None
