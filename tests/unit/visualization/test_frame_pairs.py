from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.fake_engine import FakeEngine

from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import Motion
from midframe.engines.torch.tensors import motion_field
from midframe.errors import OptionError, SequenceError
from midframe.media.flow_files import read_flo, read_npz
from midframe.types import Frame, FrameFormat
from midframe.visualization.flow_output import check_motion_path, write_motion
from midframe.visualization.flow_picture import flow_picture
from midframe.visualization.frame_pairs import estimate_motion

HALF = Fraction(1, 2)


def frame(value: float, dtype: str = "uint8", channels: int = 3, width: int = 9) -> Frame:
    samples = np.full((6, width, channels), value, dtype)
    return Frame(samples, FrameFormat(width, 6, channels, np.dtype(dtype)))


def field() -> MotionField:
    rows, columns = np.mgrid[:6, :9].astype(np.float32)
    there = np.stack((columns, rows), axis=-1)
    return MotionField(-there, there, columns / 8)


def test_padding_is_cut_off_and_the_mask_becomes_a_share() -> None:
    flow = torch.arange(4 * 8 * 12, dtype=torch.float32).reshape(1, 4, 8, 12)
    mask = torch.zeros(1, 1, 8, 12)
    mask[..., 0, 1] = torch.tensor(0.25).logit()
    got = motion_field(Motion(flow, mask), 6, 9)
    assert got.to_left.shape == got.to_right.shape == (6, 9, 2)
    # The planes are x and y to the left frame, then x and y to the right one.
    assert got.to_left[1, 2].tolist() == [14, 14 + 96]
    assert got.to_right[1, 2].tolist() == [14 + 192, 14 + 288]
    assert got.left_share[0, :3].tolist() == pytest.approx([0.5, 0.25, 0.5])
    assert got.left_share.shape == (6, 9)


def test_time_reaches_the_engine() -> None:
    got = estimate_motion(FakeEngine(), frame(0), frame(255), Fraction(1, 4))
    assert got.left_share == pytest.approx(np.full((6, 9), 0.75))
    assert not got.to_left.any()


@pytest.mark.parametrize("other", [("uint16", 3), ("float32", 1), ("uint8", 4)])
def test_pictures_of_two_kinds(other: tuple[str, int]) -> None:
    got = estimate_motion(FakeEngine(), frame(0), frame(1, *other), HALF)
    assert got.to_right.shape == (6, 9, 2)


def test_pictures_of_two_sizes() -> None:
    with pytest.raises(SequenceError, match=r"9×6 and .* 8×6"):
        estimate_motion(FakeEngine(), frame(0), frame(0, width=8), HALF)


def test_flo_has_a_file_for_each_direction(tmp_path: Path) -> None:
    written = write_motion(tmp_path / "a.flo", field(), HALF)
    assert [path.name for path in written] == ["a_t0.flo", "a_t1.flo"]
    np.testing.assert_array_equal(read_flo(written[0]), field().to_left)
    np.testing.assert_array_equal(read_flo(written[1]), field().to_right)


def test_npz_has_everything(tmp_path: Path) -> None:
    assert write_motion(tmp_path / "a.npz", field(), Fraction(1, 4)) == (tmp_path / "a.npz",)
    back = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(back["flow_t0"], field().to_left)
    np.testing.assert_array_equal(back["flow_t1"], field().to_right)
    np.testing.assert_array_equal(back["mask"], field().left_share)
    assert back["time"] == 0.25


@pytest.mark.parametrize("largest", [None, 20.0])
def test_pictures_show_the_way_to_the_right_frame(tmp_path: Path, largest: float | None) -> None:
    assert write_motion(tmp_path / "a.png", field(), HALF, largest) == (tmp_path / "a.png",)
    with Image.open(tmp_path / "a.png") as back:
        np.testing.assert_array_equal(np.asarray(back), flow_picture(field().to_right, largest))


@pytest.mark.parametrize("name", ["flow", "flow.gif", "flow.txt", "missing/flow.flo"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="otion"):
        check_motion_path(tmp_path / name)
