"""What every image source must do, on every format and on stacks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tests.support.samples import LOSSLESS, Sample, sample_matrix, write_sequence

from midframe.errors import SequenceError, UnreadableFileError, UnsupportedFormatError
from midframe.media.images.codecs import codec_for
from midframe.media.sources import SequenceSource, open_source
from midframe.types import Alpha

PNG = Sample(".png", "uint16", 3, None)
DEEP_TIFF = Sample(".tif", "uint16", 3, None)


@pytest.mark.parametrize("sample", sample_matrix(), ids=lambda sample: sample.id)
def test_sequences_of_every_kind(tmp_path: Path, sample: Sample) -> None:
    paths = write_sequence(tmp_path / "in", sample)
    source = open_source(tmp_path / "in")
    assert len(source) == 3
    assert source.format == sample.format()
    assert source.codec_name == codec_for(paths[0]).name
    for index in range(3):
        frame = source.read(index)
        assert (frame.index, frame.path) == (index, paths[index])
        if sample.suffix in LOSSLESS:
            np.testing.assert_array_equal(frame.samples, sample.frame(index).samples)
    source.close()
    source.close()


def test_reading_from_many_threads(tmp_path: Path) -> None:
    write_sequence(tmp_path, PNG, 12)
    source = open_source(tmp_path)
    with ThreadPoolExecutor(6) as pool:
        frames = list(pool.map(source.read, range(12)))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.samples, PNG.frame(index).samples)


def other_size(path: Path) -> None:
    DEEP_TIFF.write(path, 1, width=24)


def other_depth(path: Path) -> None:
    Sample(".tif", "float32", 3, None).write(path)


def other_channels(path: Path) -> None:
    Sample(".tif", "uint16", 5, None).write(path)


@pytest.mark.parametrize(
    ("change", "what"),
    [(other_size, "24×17 RGB uint16"), (other_depth, "RGB float32"), (other_channels, "5 channels uint16")],
)
def test_the_odd_one_out_is_named(tmp_path: Path, change: Callable[[Path], None], what: str) -> None:
    paths = write_sequence(tmp_path, DEEP_TIFF, 5)
    change(paths[0])
    with pytest.raises(SequenceError) as caught:
        open_source(tmp_path)
    assert str(caught.value).startswith(f"{paths[0]} is ")
    assert what in str(caught.value)
    assert "4 of 5 frames are 23×17 RGB uint16; 1 differ" in str(caught.value)


def test_the_kind_of_alpha_counts(tmp_path: Path) -> None:
    write_sequence(tmp_path, Sample(".tif", "uint8", 4, Alpha(3, True)), 3)
    Sample(".tif", "uint8", 4, Alpha(3, False)).write(tmp_path / "0003.tif")
    with pytest.raises(SequenceError, match=r"0003\.tif.* straight alpha, .* premultiplied alpha"):
        open_source(tmp_path)


def test_damaged_files_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    paths = write_sequence(tmp_path, PNG, 5)
    for path in paths[2:4]:
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFileError, match=r"0002\.png is incomplete.* 1 other file of 5"):
        open_source(tmp_path)


def test_unsupported_layouts_keep_their_kind_of_error(tmp_path: Path) -> None:
    for name in ("1.tif", "2.tif"):
        tifffile.imwrite(tmp_path / name, np.zeros((8, 8), np.complex64), metadata=None)
    with pytest.raises(UnsupportedFormatError, match="complex64"):
        open_source(tmp_path)


def test_a_file_that_vanishes_or_changes_is_noticed(tmp_path: Path) -> None:
    paths = write_sequence(tmp_path, PNG)
    source = open_source(tmp_path)
    other_size(paths[1])
    with pytest.raises(UnreadableFileError, match=r"0001\.png has changed since the start"):
        source.read(1)
    paths[2].unlink()
    with pytest.raises(UnreadableFileError, match=r"0002\.png does not exist"):
        source.read(2)


def test_one_frame_is_not_enough(tmp_path: Path) -> None:
    path = PNG.write(tmp_path / "1.png")
    for given in (tmp_path, path, tmp_path / "*.png"):
        with pytest.raises(SequenceError, match=r"1\.png is (a single image|the only frame)"):
            open_source(given)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(UnsupportedFormatError, match=r"notes\.txt is neither an image nor a video"):
        open_source(tmp_path / "notes.txt")


def test_notes_tell_about_strays_gaps_and_order(tmp_path: Path) -> None:
    write_sequence(tmp_path, PNG, 6)
    assert open_source(tmp_path).notes == ()
    (tmp_path / "0002.png").unlink()
    (tmp_path / "0003.png").unlink()
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", ".DS_Store"):
        (tmp_path / name).touch()
    strays, gaps = open_source(tmp_path).notes
    assert strays == "Ignored 4 files that are not frames: a.txt, b.txt, c.txt and others."
    assert gaps.startswith("Frame numbers 2–3 are missing (2 in all)")
    for path in tmp_path.glob("*.png"):
        path.rename(path.with_name(f"take{int(path.stem) % 2}_{path.stem}.png"))
    assert "natural order" in open_source(tmp_path).notes[-1]


def test_sequence_source_is_what_folders_give(tmp_path: Path) -> None:
    write_sequence(tmp_path, PNG)
    source = open_source(f"{tmp_path}/%04d.png")
    assert isinstance(source, SequenceSource)
    assert source.suffix == ".png"
    assert len(source.files) == 3
