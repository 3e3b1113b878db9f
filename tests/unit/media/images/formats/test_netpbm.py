"""PNM and PAM files of other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midframe.errors import UnreadableFileError
from midframe.media.images.formats.netpbm import PamCodec, PnmCodec


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P1\n# a comment\n3 2\n0 1 0\n101\n", [[255, 0, 255], [0, 255, 0]]),
        (b"P2 3 2 4\n0 1 2\n3 4 4\n", [[0, 64, 128], [191, 255, 255]]),
        (b"P4\n3 2\n\x40\xa0", [[255, 0, 255], [0, 255, 0]]),
        (b"P5\n#one\n#two\n3\n2 # three\n255\n" + bytes(range(6)), [[0, 1, 2], [3, 4, 5]]),
    ],
)
def test_grey(tmp_path: Path, data: bytes, expected: list[list[int]]) -> None:
    (tmp_path / "a.pgm").write_bytes(data)
    frame = PnmCodec().read(tmp_path / "a.pgm")
    assert frame.samples[..., 0].tolist() == expected
    (tmp_path / "cut.pgm").write_bytes(data[:-2])
    with pytest.raises(UnreadableFileError):
        PnmCodec().read(tmp_path / "cut.pgm")


def test_any_largest_value_is_kept(tmp_path: Path) -> None:
    """12-bit cameras write 4095; white is white in the frame, and 4095 again in the file."""
    stored = np.array([0, 1, 2000, 4095, 7, 9], ">u2")
    (tmp_path / "a.ppm").write_bytes(b"P6 2 1 4095\n" + stored.tobytes())
    frame = PnmCodec().read(tmp_path / "a.ppm")
    assert frame.samples.max() == 65535
    PnmCodec().write(tmp_path / "b.ppm", frame)
    assert (tmp_path / "b.ppm").read_bytes().endswith(b"\n4095\n" + stored.tobytes())


def test_pam_without_tuple_type(tmp_path: Path) -> None:
    (tmp_path / "a.pam").write_bytes(b"P7\nHEIGHT 1\n# words\nWIDTH 2\nMAXVAL 255\nDEPTH 2\nENDHDR\n\1\2\3\4")
    frame = PamCodec().read(tmp_path / "a.pam")
    assert frame.format.alpha is not None
    assert frame.samples.tolist() == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize("data", [b"P5 0 2 255\n", b"P5 2 2 70000\n", b"P5 x 2 255\n", b"P7\nWIDTH 2\n"])
def test_broken_headers(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pam").write_bytes(data)
    codec = PamCodec() if data.startswith(b"P7") else PnmCodec()
    with pytest.raises(UnreadableFileError):
        codec.read(tmp_path / "a.pam")
