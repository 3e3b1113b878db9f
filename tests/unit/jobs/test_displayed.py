"""What an output needs of its frames: turned, scaled, converted, and what it cannot say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from tests.support.read_only import write_psd
from tests.support.samples import Sample, write_sequence

from midframe.errors import OptionError, UnsupportedFormatError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.media.display import DisplayTransform
from midframe.media.images.codecs import codec_for
from midframe.types import Alpha, Frame, FrameFormat

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photographs(folder: Path, suffix: str, orientation: int = 6) -> Path:
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = orientation
    for number in range(2):
        image = Image.fromarray(np.full((48, 64, 3), 40 * number, np.uint8))
        image.save(folder / f"{number}{suffix}", exif=exif, icc_profile=PROFILE)
    return folder


def resolved(source: Path, output: Path, **options: object) -> ResolvedJob:
    return resolve_job(JobOptions(source, output, **options))  # type: ignore[arg-type]


def frame_of(job: ResolvedJob, number: int) -> Frame:
    frames = job.source.seekable
    assert frames is not None
    return frames.read(number)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("output", ["out.mp4", "out.gif", "{:d}.png", "{:d}.bmp", "{:d}.jpg"])
def test_pictures_are_upright_in_every_other_format(tmp_path: Path, suffix: str, output: str) -> None:
    source = photographs(tmp_path / "in", suffix)
    name = output if "{" in output else None
    job = resolved(source, tmp_path / (output if name is None else "out"), name=name)
    same = output.endswith(suffix)
    shown = job.source.format
    assert (shown.width, shown.height) == ((64, 48) if same else (48, 64))
    assert shown.orientation == (6 if same else 1)
    assert frame_of(job, 1).format == shown
    assert any("orientation" in note for note in job.notes) != same
    job.source.close()


@pytest.mark.parametrize("output", ["out.mp4", "{:d}.bmp"])
def test_profiles_that_cannot_be_carried_are_named(tmp_path: Path, output: str) -> None:
    source = photographs(tmp_path / "in", ".png", 1)
    name = output if "{" in output else None
    job = resolved(source, tmp_path / (output if name is None else "out"), name=name)
    assert any("the colour profile (sRGB" in note for note in job.notes)
    job.source.close()


def test_profiles_that_are_carried_are_not(tmp_path: Path) -> None:
    job = resolved(photographs(tmp_path / "in", ".png", 1), tmp_path / "out", name="{:d}.jpg")
    assert not [note for note in job.notes if "Left out" in note]
    job.source.close()


def dark_stack(path: Path) -> Path:
    frames = np.linspace(100, 4000, 3 * 48 * 64).reshape(3, 48, 64).astype(np.uint16)
    tifffile.imwrite(path, frames, photometric="minisblack", imagej=True, metadata={"axes": "TYX"})
    return path


def test_sixteen_bits_that_a_video_would_show_as_black_are_scaled(tmp_path: Path) -> None:
    job = resolved(dark_stack(tmp_path / "a.tif"), tmp_path / "out.mp4")
    assert frame_of(job, 2).samples.max() > 60000
    assert any("are shown as black … white" in note for note in job.notes)
    job.source.close()
    job = resolved(tmp_path / "a.tif", tmp_path / "out.mp4", display_transform="none")
    assert frame_of(job, 2).samples.max() == 4000
    job.source.close()


def test_pictures_in_files_keep_their_values(tmp_path: Path) -> None:
    job = resolved(dark_stack(tmp_path / "a.tif"), tmp_path / "out", name="{:d}.png")
    assert frame_of(job, 2).samples.max() == 4000
    assert any("ImageJ's description" in note for note in job.notes)
    job.source.close()
    job = resolved(tmp_path / "a.tif", tmp_path / "out")
    assert any("Single files do not contain" in note for note in job.notes)
    job.source.close()


def test_sixteen_bits_that_use_their_range_are_not_scaled(tmp_path: Path) -> None:
    write_sequence(tmp_path / "in", Sample(".png", "uint16", 3, None))
    job = resolved(tmp_path / "in", tmp_path / "out.mp4")
    np.testing.assert_array_equal(frame_of(job, 0).samples, Sample(".png", "uint16", 3, None).frame().samples)
    job.source.close()


@pytest.mark.parametrize("transform", ["srgb", "reinhard"])
@pytest.mark.parametrize(
    ("output", "dtype"),
    [("out.mp4", "uint16"), (None, "uint16"), ("{:d}.tif", "uint16"), ("{:d}.jpg", "uint8"), ("{:d}.dpx", "uint16")],
)
def test_scene_linear_light_as_display_values(
    tmp_path: Path, output: str | None, dtype: str, transform: DisplayTransform
) -> None:
    write_sequence(tmp_path / "in", Sample(".exr", "float16", 3, None))
    name = output if output and "{" in output else None
    path = tmp_path / (output if output and name is None else "out")
    job = resolved(tmp_path / "in", path, name=name, display_transform=transform)
    assert job.source.format == FrameFormat(23, 17, 3, np.dtype(dtype))
    assert any(f"by the transform {transform}" in note for note in job.notes)
    if output is None:
        assert job.output.planned_names()[0].endswith(".png")
    job.source.close()


@pytest.mark.parametrize(
    ("suffix", "dtype", "output", "transform"),
    [
        (".exr", "float16", "out.mp4", "auto"),
        (".exr", "float16", "out.mp4", "none"),
        (".exr", "float16", "out", "range"),
        (".png", "uint8", "out", "srgb"),
    ],
)
def test_transforms_that_do_not_fit(
    tmp_path: Path, suffix: str, dtype: str, output: str, transform: DisplayTransform
) -> None:
    write_sequence(tmp_path / "in", Sample(suffix, dtype, 3, None))
    with pytest.raises((OptionError, UnsupportedFormatError), match="display_transform="):
        resolved(tmp_path / "in", tmp_path / output, display_transform=transform)


@pytest.mark.parametrize(("dtype", "suffix"), [("uint8", ".png"), ("uint16", ".png"), ("float32", ".exr")])
def test_what_is_only_read_becomes_a_usual_format(tmp_path: Path, dtype: str, suffix: str) -> None:
    (tmp_path / "in").mkdir()
    for number in range(2):
        write_psd(tmp_path / "in" / f"{number}.psd", Sample(".psd", dtype, 3, None).frame(number))
    job = resolved(tmp_path / "in", tmp_path / "out")
    assert job.output.planned_names()[0] == f"0000000{suffix}"
    assert any("are only read" in note for note in job.notes)
    job.source.close()
    with pytest.raises(OptionError, match=r"\.psd.*not an image format that midframe writes"):
        resolved(tmp_path / "in", tmp_path / "out", name="{:d}.psd")


def test_depths_need_a_stack(tmp_path: Path) -> None:
    data = np.zeros((2, 3, 16, 20), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, metadata={"axes": "TZYX"})
    for output in ("out", "out.mp4"):
        with pytest.raises(OptionError, match="3 depths"):
            resolved(tmp_path / "a.tif", tmp_path / output)
    with pytest.raises(OptionError, match="interpolated directly"):
        resolved(tmp_path / "a.tif", tmp_path / "out.tif", mode="bisect")


def test_premultiplied_light_becomes_straight(tmp_path: Path) -> None:
    given = FrameFormat(4, 4, 4, np.dtype("float32"), Alpha(3, premultiplied=True), "linear")
    samples = np.full((4, 4, 4), 0.25, np.float32)
    samples[..., 3] = 0.5
    (tmp_path / "in").mkdir()
    for number in range(2):
        codec_for(Path("x.exr")).write(tmp_path / "in" / f"{number}.exr", Frame(samples, given))
    job = resolved(tmp_path / "in", tmp_path / "out", display_transform="srgb")
    frame = frame_of(job, 0)
    assert frame.format.alpha == Alpha(3, premultiplied=False)
    np.testing.assert_allclose(frame.samples[0, 0] / 65535, [0.7354, 0.7354, 0.7354, 0.5], atol=1e-3)  # sRGB of 0.5
    job.source.close()


def test_an_animated_webp_keeps_its_time_in_a_video(tmp_path: Path) -> None:
    images = [Image.fromarray(np.full((48, 64, 3), value, np.uint8)) for value in (0, 90, 180)]
    images[0].save(tmp_path / "a.webp", save_all=True, append_images=images[1:], duration=200, loop=2)
    job = resolved(tmp_path / "a.webp", tmp_path / "out.mp4")
    assert job.schedule.rate == 10
    job.source.close()
