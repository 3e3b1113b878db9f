from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support.stand_ins import clip_pictures, write_png

from midframe.errors import DatasetError, UnreadableFileError
from midframe.evaluation.datasets.frames import (
    central_half,
    downscaled,
    downscaled_unrounded,
    interpolated_codes,
    read_rgb,
    to_frame,
    true_codes,
)


def test_halving_is_what_opencv_does_with_inter_area(bikes: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    (picture,) = clip_pictures(bikes, 1)
    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    np.testing.assert_array_equal(downscaled(picture), cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    shares = cv2.resize(picture.astype(np.float32) * (1 / 255), size, interpolation=cv2.INTER_AREA)
    # Two float32 sums of four in another order.
    np.testing.assert_allclose(downscaled_unrounded(picture), shares, atol=3e-7)


def test_halving_rounds_half_up() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0, 0] = (1, 2, 255)
    assert downscaled(picture)[0, 0].tolist() == [0, 1, 64]


def test_the_centre_is_cut_as_published() -> None:
    picture = np.zeros((2160, 4096, 3), np.uint8)
    picture[540:-540, 1024:-1024] = 1
    assert central_half(picture).shape == (1080, 2048, 3)
    assert central_half(picture).all()


def test_interpolated_frames_are_rounded_and_the_truth_is_not() -> None:
    frame = to_frame(np.full((2, 2, 3), 0.3, np.float32))
    assert true_codes(frame.samples).flat[0] == pytest.approx(76.5, abs=1e-4)
    assert interpolated_codes(np.full((2, 2, 3), 0.31, np.float32)).flat[0] == 79
    assert interpolated_codes(np.full((2, 2, 3), 1.2, np.float32)).flat[0] == 255


def test_pictures_are_read_as_rgb(tmp_path: Path) -> None:
    colours = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    path = tmp_path / "picture.png"
    write_png(path, colours)
    np.testing.assert_array_equal(read_rgb(path, (4, 4)), colours)
    write_png(path, colours[..., :1])
    np.testing.assert_array_equal(read_rgb(path, None), np.repeat(colours[..., :1], 3, axis=2))


def test_wrong_pictures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    write_png(path, np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(DatasetError, match=r"picture.png has 6×4 pixels; .* 4096×2160"):
        read_rgb(path, (4096, 2160))
    write_png(path, np.zeros((4, 6, 3), np.uint16))
    with pytest.raises(DatasetError, match="8-bit RGB"):
        read_rgb(path, None)
    path.write_bytes(b"no picture")
    with pytest.raises(UnreadableFileError, match=r"picture\.png"):
        read_rgb(path, None)
