"""What every image sink must do: copies, atomicity, overwriting, stacks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from tests.support.partial_files import partial_files
from tests.support.samples import LOSSLESS, Sample, sample_matrix, write_sequence

from midframe.errors import (
    InputError,
    OptionError,
    OutputExistsError,
    SequenceError,
    UnreadableFileError,
    UnsupportedFormatError,
    WriteError,
)
from midframe.media.images.codecs import codec_for, codec_named
from midframe.media.images.folder_sink import FolderPlan, FolderSink
from midframe.media.images.tiff.stack_sink import StackPlan
from midframe.media.output_plan import plan_output
from midframe.media.sources import SequenceSource, open_source
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.media.video.writing.plan import VideoRequest
from midframe.timing.clock import Schedule, SourceClock
from midframe.timing.timeline import Timeline
from midframe.types import Alpha, Frame

MATRIX = sample_matrix()
PNG = Sample(".png", "uint16", 3, None)
TIFF = Sample(".tif", "uint16", 1, None)
VIDEO = VideoRequest(
    Schedule(Timeline(3, Fraction(1), "drop"), SourceClock.steady(3, Fraction(24))),
    EncodingOptions(),
    copy_streams=False,
    whole=True,
)


@pytest.fixture
def source(tmp_path: Path) -> SequenceSource:
    write_sequence(tmp_path / "in", PNG)
    opened = open_source(tmp_path / "in")
    assert isinstance(opened, SequenceSource)
    return opened


def between(frame: Frame) -> Frame:
    """A stand-in for a interpolated frame: the source frame upside down."""
    return frame.with_samples(np.ascontiguousarray(frame.samples[::-1]))


def fill(sink, source, count: int) -> None:  # type: ignore[no-untyped-def]
    """Originals at even places, stand-ins at odd ones; staged in a wild order, committed in the right one."""
    staged = {}
    for index in sorted(range(count), key=lambda index: -index % 3):
        frame = source.read(index // 2)
        staged[index] = sink.stage(index, between(frame) if index % 2 else frame)
    for index in range(count):
        sink.commit(staged[index])
    sink.finish()


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sample", MATRIX, ids=lambda sample: sample.id)
def test_originals_are_copies_and_new_frames_are_like_them(tmp_path: Path, sample: Sample) -> None:
    originals = write_sequence(tmp_path / "in", sample)
    source = open_source(tmp_path / "in")
    fill(plan_output(tmp_path / "out", source, count=5).open_sink(), source, 5)
    assert listing(tmp_path / "out") == [f"{index:07d}{sample.suffix}" for index in range(5)]
    for index, original in enumerate(originals):
        copy = tmp_path / "out" / f"{2 * index:07d}{sample.suffix}"
        assert copy.read_bytes() == original.read_bytes()
        assert not copy.samefile(original)
        assert copy.stat().st_nlink == 1
    made = codec_for(originals[0]).read(tmp_path / "out" / f"0000001{sample.suffix}")
    assert made.format == source.format
    if sample.suffix in LOSSLESS:
        np.testing.assert_array_equal(made.samples, sample.frame(0).samples[::-1])


def test_suffixes_stay_as_they_are(tmp_path: Path) -> None:
    for path in write_sequence(tmp_path / "in", Sample(".jpg", "uint8", 3, None)):
        path.rename(path.with_suffix(".jpeg"))
    source = open_source(tmp_path / "in")
    fill(plan_output(tmp_path / "out", source, count=3).open_sink(), source, 3)
    assert listing(tmp_path / "out")[0] == "0000000.jpeg"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("shot_{:05d}.png", "shot_00010.png", "shot_00012.png"),
        ("shot_{:05d}", "shot_00010.png", "shot_00012.png"),
        ("v1.5_{}", "v1.5_10.png", "v1.5_12.png"),
        ("shot.%04d.PNG", "shot.0010.PNG", "shot.0012.PNG"),
    ],
)
def test_names(tmp_path: Path, source: SequenceSource, name: str, first: str, last: str) -> None:
    plan = plan_output(tmp_path / "out", source, count=3, name=name, start_number=10)
    assert plan.planned_names() == (first, last)
    fill(plan.open_sink(), source, 3)
    assert (tmp_path / "out" / first).read_bytes() == source.files[0].read_bytes()
    assert first in listing(tmp_path / "out")
    assert last in listing(tmp_path / "out")


def test_another_format_is_encoded(tmp_path: Path, source: SequenceSource) -> None:
    fill(plan_output(tmp_path / "out", source, count=3, name="{:03d}.tiff").open_sink(), source, 3)
    for index in (0, 2):
        written = codec_for(Path("x.tiff")).read(tmp_path / "out" / f"{index:03d}.tiff")
        np.testing.assert_array_equal(written.samples, source.read(index // 2).samples)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": "{:03d}.jpg"}, UnsupportedFormatError, "The output cannot be JPEG. JPEG stores 8-bit"),
        ({"name": "{:03d}.mp3"}, OptionError, "ends in '.mp3', which is not an image format"),
        ({"name": "frame.png"}, OptionError, "exactly one place for the frame number"),
        ({"name": "sub/{:03d}.png"}, OptionError, "plain file name"),
        ({"count": 0}, OptionError, "at least one output frame"),
        ({"start_number": -1}, OptionError, "start number"),
        ({"output": "in"}, SequenceError, "is the folder of the input"),
        ({"output": "link"}, SequenceError, "is the folder of the input"),
        ({"output": "in/../in"}, SequenceError, "is the folder of the input"),
        ({"output": "file"}, OptionError, "is a file"),
        ({"output": "file/below"}, OptionError, "file is a file"),
        ({"output": "out.png"}, OptionError, "looks like an image file"),
        ({"output": "used"}, OutputExistsError, "already contains 1 image file, such as old.jpg"),
        ({"output": "out.tif", "name": "{:d}.tif"}, OptionError, "is one file"),
        ({"output": "old.tif"}, OutputExistsError, "exists"),
    ],
)
def test_what_is_refused_before_work(
    tmp_path: Path, source: SequenceSource, options: dict[str, object], error: type[InputError], message: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "file").touch()
    (tmp_path / "old.tif").touch()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "old.jpg").touch()
    before = sorted(tmp_path.rglob("*"))
    arguments = {"output": "out", "count": 3, **options}
    with pytest.raises(error, match=message):
        plan_output(tmp_path / str(arguments.pop("output")), source, **arguments)  # type: ignore[arg-type]
    assert sorted(tmp_path.rglob("*")) == before


def test_planning_creates_nothing(tmp_path: Path, source: SequenceSource) -> None:
    before = sorted(tmp_path.rglob("*"))
    plan_output(tmp_path / "new" / "out", source, count=3)
    plan_output(tmp_path / "new" / "out.tif", source, count=3)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_protected_parent_is_refused(tmp_path: Path, source: SequenceSource) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(OptionError, match="write-protected"):
        plan_output(tmp_path / "closed" / "out", source, count=3)


def test_files_that_are_no_images_do_not_hinder(tmp_path: Path, source: SequenceSource) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").touch()
    (tmp_path / "out" / "._0.png").touch()
    fill(plan_output(tmp_path / "out", source, count=3).open_sink(), source, 3)
    assert "notes.txt" in listing(tmp_path / "out")


def test_overwriting_replaces_the_names_of_its_frames_and_touches_nothing_else(
    tmp_path: Path, source: SequenceSource
) -> None:
    out = tmp_path / "out"
    fill(plan_output(out, source, count=5, start_number=1).open_sink(), source, 5)
    others = ["0000004.jpg", "000007.png", "00000004.png", "a0000009.png", "0000009.png.bak", "poster.png"]
    for name in (*others, "0000001.png", "0000003.png", "0000005.png"):
        (out / name).write_bytes(b"mine")
    plan = plan_output(out, source, count=3, start_number=2, overwrite=True)
    assert isinstance(plan, FolderPlan)
    fill(plan.open_sink(), source, 3)
    assert all((out / name).read_bytes() == b"mine" for name in (*others, "0000001.png", "0000005.png"))
    assert (out / "0000002.png").read_bytes() == source.files[0].read_bytes()
    assert (out / "0000003.png").read_bytes() != b"mine"
    assert sorted(path.name for path in plan.others(3)) == ["0000001.png", "0000005.png"]


@pytest.mark.parametrize("output", ["out", "out.tif", "out.mp4"])
def test_what_comes_into_the_way_meanwhile_is_not_replaced(tmp_path: Path, source: SequenceSource, output: str) -> None:
    sink = plan_output(tmp_path / output, source, count=3, video=VIDEO).open_sink()
    path = tmp_path / output if "." in output else tmp_path / output / "0000002.png"
    path.write_bytes(b"mine")
    with pytest.raises(WriteError, match="has appeared in the meantime, and is kept"):
        fill(sink, source, 3)
    sink.abort()
    assert path.read_bytes() == b"mine"
    # What is finished is there too.
    assert partial_files(path) if "." in output else (path.parent / "0000001.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("output", ["out", "out.tif", "out.mp4"])
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_what_is_no_plain_file_is_never_replaced(
    tmp_path: Path, source: SequenceSource, output: str, kind: str
) -> None:
    (tmp_path / "target").write_bytes(b"mine")
    path = tmp_path / output if "." in output else tmp_path / output / "0000001.png"
    path.parent.mkdir(exist_ok=True)
    match kind:
        case "link" | "dangling":
            path.symlink_to(tmp_path / ("target" if kind == "link" else "nothing"))
        case "pipe":
            os.mkfifo(path)
        case _:
            if "." in output:
                pytest.skip("a folder of that name is an output folder")
            path.mkdir()
    for overwrite in (True, False) if "." in output else (True,):
        with pytest.raises(OptionError, match=r"link|pipe|folder"):
            plan_output(tmp_path / output, source, count=3, overwrite=overwrite, video=VIDEO)
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert not (tmp_path / "nothing").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_of_links_to_the_input_is_the_folder_of_the_input(tmp_path: Path, source: SequenceSource) -> None:
    (tmp_path / "links").mkdir()
    for path in source.files:
        (tmp_path / "links" / path.name).symlink_to(path)
    linked = open_source(tmp_path / "links")
    for folder in ("links", "in"):
        with pytest.raises(SequenceError, match="is the folder of the input"):
            plan_output(tmp_path / folder, linked, count=3, overwrite=True)


def test_nothing_shows_before_it_is_committed(tmp_path: Path, source: SequenceSource) -> None:
    out = tmp_path / "out"
    sink = plan_output(out, source, count=3).open_sink()
    staged = [sink.stage(index, source.read(index)) for index in range(3)]
    assert all(name.startswith(".midframe-") for name in listing(out))
    sink.commit(staged[0])
    assert [name for name in listing(out) if not name.startswith(".")] == ["0000000.png"]
    sink.abort()
    assert listing(out) == ["0000000.png"]
    with pytest.raises(WriteError, match="stopped"):
        sink.stage(1, source.read(1))


def test_stopping_before_the_first_frame_leaves_nothing(tmp_path: Path, source: SequenceSource) -> None:
    sink = plan_output(tmp_path / "out", source, count=3).open_sink()
    sink.stage(2, source.read(2))
    sink.abort()
    assert not (tmp_path / "out").exists()
    (tmp_path / "mine").mkdir()
    plan_output(tmp_path / "mine", source, count=3).open_sink().abort()
    assert (tmp_path / "mine").is_dir()


def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, source: SequenceSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = plan_output(tmp_path / "out", source, count=3).open_sink()

    def full(self: object, path: Path, frame: Frame) -> None:
        path.write_bytes(b"the first half")
        raise WriteError(f"{path} could not be written: No space left on device.")

    monkeypatch.setattr(type(codec_named("PNG")), "write", full)
    with pytest.raises(WriteError, match="No space left"):
        sink.stage(1, between(source.read(0)))
    assert listing(tmp_path / "out") == []


def test_a_copy_that_fails_leaves_nothing(
    tmp_path: Path, source: SequenceSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = plan_output(tmp_path / "out", source, count=3).open_sink()

    def full(original: Path, path: Path) -> None:
        path.write_bytes(b"the first half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("midframe.media.images.folder_sink.shutil.copyfile", full)
    with pytest.raises(WriteError, match="No space left on device"):
        sink.stage(0, source.read(0))
    assert listing(tmp_path / "out") == []


def test_an_original_that_vanished_is_named(tmp_path: Path, source: SequenceSource) -> None:
    sink = plan_output(tmp_path / "out", source, count=3).open_sink()
    frame = source.read(1)
    source.files[1].unlink()
    with pytest.raises(UnreadableFileError, match=r"0001\.png no longer exists"):
        sink.stage(0, frame)


def test_leftovers_of_earlier_runs_are_removed(tmp_path: Path, source: SequenceSource) -> None:
    out = tmp_path / "out"
    plan_output(out, source, count=3).open_sink().stage(1, source.read(1))
    (left,) = out.iterdir()
    foreign = [out / ".midframe-notes.part", out / ".midframe-3-1234.part", out / "0000001.part"]
    for path in foreign:
        path.touch()
    plan_output(out, source, count=3).open_sink()
    assert set(out.iterdir()) == set(foreign)
    assert left not in foreign


def test_many_frames_from_many_threads_leave_nothing_behind(
    tmp_path: Path, source: SequenceSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This is about names and locks; two thousand waits for the disk would only take time.
    monkeypatch.setattr("midframe.media.images.folder_sink.fsync_file", lambda path: None)
    count = 2000
    sink = plan_output(tmp_path / "out", source, count=count).open_sink()
    frames = [source.read(index) for index in range(3)]
    with ThreadPoolExecutor(8) as pool:
        for staged in pool.map(lambda index: sink.stage(index, frames[index % 3]), range(count)):
            sink.commit(staged)
    assert isinstance(sink, FolderSink)
    assert sink.pending == 0
    sink.finish()
    assert listing(tmp_path / "out") == [f"{index:07d}.png" for index in range(count)]


def stack(path: Path, count: int = 4, **options: Any) -> np.ndarray:
    pixels = np.stack([TIFF.frame(position).samples[..., 0] for position in range(count)])
    with tifffile.TiffWriter(path) as writer:
        for page in pixels:
            writer.write(page, metadata=None, **options)
    return pixels


@pytest.mark.parametrize("compression", [None, "lzw", "zstd"])
def test_stack_to_stack(tmp_path: Path, compression: str | None) -> None:
    pixels = stack(tmp_path / "in.tif", compression=compression, resolution=((300, 1), (300, 1)), resolutionunit=2)
    source = open_source(tmp_path / "in.tif")
    assert (len(source), source.format) == (4, TIFF.format())
    assert source.read(2).path is None
    assert source.read(2).index == 2
    np.testing.assert_array_equal(source.read(2).samples[..., 0], pixels[2])
    fill(plan_output(tmp_path / "out.tif", source, count=7).open_sink(), source, 7)
    assert listing(tmp_path) == ["in.tif", "out.tif"]
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert len(file.pages) == 7
        assert not file.is_bigtiff
        for index, page in enumerate(file.pages):
            assert page.compression == {None: 1, "lzw": 5, "zstd": 50000}[compression]
            assert isinstance(page, tifffile.TiffPage)
            assert page.tags[282].value == (300, 1)
            expected = pixels[index // 2][::-1] if index % 2 else pixels[index // 2]
            np.testing.assert_array_equal(page.asarray(), expected)
    source.close()
    source.close()


def test_stack_to_folder(tmp_path: Path) -> None:
    pixels = stack(tmp_path / "in.tif")
    source = open_source(tmp_path / "in.tif")
    fill(plan_output(tmp_path / "out", source, count=7).open_sink(), source, 7)
    assert len(listing(tmp_path / "out")) == 7
    written = open_source(tmp_path / "out")
    np.testing.assert_array_equal(written.read(6).samples[..., 0], pixels[3])


def test_sequence_to_stack(tmp_path: Path) -> None:
    write_sequence(tmp_path / "in", Sample(".tif", "float32", 4, Alpha(3, True)))
    source = open_source(tmp_path / "in")
    fill(plan_output(tmp_path / "out.tiff", source, count=5).open_sink(), source, 5)
    again = open_source(tmp_path / "out.tiff")
    assert (len(again), again.format) == (5, source.format)
    np.testing.assert_array_equal(again.read(4).samples, source.read(2).samples)


def test_a_stack_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    stack(tmp_path / "in.tif")
    (tmp_path / "out.tif").write_bytes(b"an older result")
    source = open_source(tmp_path / "in.tif")
    sink = plan_output(tmp_path / "out.tif", source, count=7, overwrite=True).open_sink()
    sink.commit(sink.stage(0, source.read(0)))
    assert partial_files(tmp_path / "out.tif")
    sink.abort()
    assert listing(tmp_path) == ["in.tif", "out.tif"]
    assert (tmp_path / "out.tif").read_bytes() == b"an older result"


def test_a_stack_does_not_replace_its_source(tmp_path: Path) -> None:
    stack(tmp_path / "in.tif")
    source = open_source(tmp_path / "in.tif")
    with pytest.raises(SequenceError, match="is the input"):
        plan_output(tmp_path / "in.tif", source, count=7, overwrite=True)
    with pytest.raises(SequenceError, match="is the folder of the input"):
        plan_output(tmp_path, source, count=7, overwrite=True)


def test_large_stacks_are_big(tmp_path: Path) -> None:
    stack(tmp_path / "in.tif")
    source = open_source(tmp_path / "in.tif")
    sink = plan_output(tmp_path / "out.tif", source, count=6_000_000).open_sink()
    sink.commit(sink.stage(0, source.read(0)))
    sink.finish()
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert file.is_bigtiff


def test_pages_come_in_order(tmp_path: Path) -> None:
    stack(tmp_path / "in.tif")
    source = open_source(tmp_path / "in.tif")
    sink = plan_output(tmp_path / "out.tif", source, count=3).open_sink()
    with pytest.raises(ValueError, match="turn of page 0"):
        sink.commit(sink.stage(1, source.read(1)))
    sink.abort()


def test_plans_carry_the_step(tmp_path: Path) -> None:
    stack(tmp_path / "in.tif")
    source = open_source(tmp_path / "in.tif")
    plan = plan_output(tmp_path / "out.tif", source, count=7)
    assert isinstance(plan, StackPlan)
    assert plan.step == Fraction(1, 2)
    loop = plan_output(tmp_path / "out.tif", source, count=8, step=Fraction(1, 2))
    assert isinstance(loop, StackPlan)
    assert loop.step == Fraction(1, 2)
