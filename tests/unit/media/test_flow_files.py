from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from midframe.errors import UnreadableFileError, WriteError
from midframe.media.flow_files import is_known, read_flo, read_npz, write_flo, write_npz

FLOW = np.arange(24, dtype=np.float32).reshape(3, 4, 2) / np.float32(7) - np.float32(1)


def test_flo_has_the_published_layout(tmp_path: Path) -> None:
    path = tmp_path / "a.flo"
    write_flo(path, FLOW)
    content = path.read_bytes()
    assert content[:4] == b"PIEH"
    assert struct.unpack("<ii", content[4:12]) == (4, 3)
    assert struct.unpack("<4f", content[12:28]) == pytest.approx((-1, 1 / 7 - 1, 2 / 7 - 1, 3 / 7 - 1))
    assert len(content) == 12 + 4 * 24


def test_flo_comes_back(tmp_path: Path) -> None:
    write_flo(tmp_path / "a.flo", FLOW)
    back = read_flo(tmp_path / "a.flo")
    np.testing.assert_array_equal(back, FLOW)
    assert back.dtype == np.float32
    assert [path.name for path in tmp_path.iterdir()] == ["a.flo"]


def test_planes_that_lie_elsewhere_in_memory_are_written_in_order(tmp_path: Path) -> None:
    write_flo(tmp_path / "a.flo", np.asfortranarray(FLOW))
    np.testing.assert_array_equal(read_flo(tmp_path / "a.flo"), FLOW)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: b"", "not a \\.flo"),
        (lambda content: content[:11], "not a \\.flo"),
        (lambda content: b"PIEX" + content[4:], "not a \\.flo"),
        (lambda content: content[:-1], "damaged"),
        (lambda content: content + b"\0", "damaged"),
        (lambda content: content[:4] + struct.pack("<ii", -4, -3) + content[12:], "damaged"),
        (lambda content: content[:4] + struct.pack("<ii", 0, 0), "damaged"),
    ],
)
def test_damaged_flo_files_are_refused(tmp_path: Path, damage: object, words: str) -> None:
    path = tmp_path / "a.flo"
    write_flo(path, FLOW)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UnreadableFileError, match=words):
        read_flo(path)


def test_npz_comes_back(tmp_path: Path) -> None:
    arrays = {"flow_left": FLOW, "mask": FLOW[..., 0]}
    write_npz(tmp_path / "a.npz", arrays)
    back = read_npz(tmp_path / "a.npz")
    assert sorted(back) == ["flow_left", "mask"]
    np.testing.assert_array_equal(back["flow_left"], FLOW)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("cut", [0, 20, 200])
def test_damaged_npz_files_are_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.npz"
    write_npz(path, {"flow": FLOW})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableFileError, match=r"a\.npz"):
        read_npz(path)


def test_bytes_that_went_wrong_inside_an_npz_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_npz(path, {"flow": np.random.default_rng(1).normal(size=(40, 40, 2)).astype(np.float32)})
    content = bytearray(path.read_bytes())
    content[500:520] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"a\.npz"):
        read_npz(path)


def test_a_plain_array_is_no_npz(tmp_path: Path) -> None:
    with (tmp_path / "a.npz").open("wb") as stream:
        np.save(stream, FLOW)
    with pytest.raises(UnreadableFileError, match=r"a\.npz"):
        read_npz(tmp_path / "a.npz")


def test_missing_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="missing"):
        write_flo(tmp_path / "missing" / "a.flo", FLOW)
    with pytest.raises(WriteError, match="missing"):
        write_npz(tmp_path / "missing" / "a.npz", {"flow": FLOW})
    with pytest.raises(UnreadableFileError, match="missing"):
        read_flo(tmp_path / "missing.flo")


def test_what_is_known() -> None:
    flow = np.array([[[1, 1], [1e9, -1e9], [2e9, 0], [0, np.nan], [-np.inf, 0]]], np.float32)
    assert is_known(flow).tolist() == [[True, True, False, False, False]]
