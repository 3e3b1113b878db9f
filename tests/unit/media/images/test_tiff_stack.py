"""Which axis of a stack is time, and what calibration its neighbours keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from midframe.errors import SequenceError, UnreadableFileError, UnsupportedFormatError
from midframe.media.images.tiff_stack import TiffStackSource
from midframe.media.output_plan import plan_output
from midframe.types import Frame

RANDOM = np.random.default_rng(6)


def pixels(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 65536, shape, dtype=np.uint16)


def interpolated(source: TiffStackSource, output: Path, count: int) -> tifffile.TiffFile:
    sink = plan_output(output, source, count=count).open_sink()
    for index in range(count):
        frame: Frame = source.read(index * (len(source) - 1) // (count - 1))
        sink.commit(sink.stage(index, frame))
    sink.finish()
    return tifffile.TiffFile(output)


@pytest.mark.parametrize("kind", ["imagej", "ome"])
@pytest.mark.parametrize("axes", ["TYX", "ZYX", "TCYX", "ZCYX"])
def test_axes(tmp_path: Path, kind: str, axes: str) -> None:
    data = pixels(5, 2, 16, 20) if "C" in axes else pixels(5, 16, 20)
    tifffile.imwrite(
        tmp_path / "a.tif",
        data,
        imagej=kind == "imagej",
        ome=kind == "ome",
        metadata={"axes": axes},
        photometric="minisblack",
    )
    source = TiffStackSource(tmp_path / "a.tif")
    assert (len(source), source.format.channels) == (5, 2 if "C" in axes else 1)
    assert source.layout.frame_axis == axes[0]
    assert bool(source.notes) == (axes[0] == "Z")
    expected = np.moveaxis(data[3], 0, -1) if "C" in axes else data[3][..., None]
    np.testing.assert_array_equal(source.read(3).samples, expected)
    with interpolated(source, tmp_path / "out.tif", 9) as written:
        assert getattr(written, f"is_{kind}")
        series = written.series[0]
        assert series.axes == axes
        assert series.shape == (9, *data.shape[1:])
        np.testing.assert_array_equal(series.asarray()[8], data[4])
    source.close()


def test_channels_before_time(tmp_path: Path) -> None:
    data = pixels(2, 5, 16, 20)
    tifffile.imwrite(tmp_path / "a.tif", data, ome=True, metadata={"axes": "CTYX"}, photometric="minisblack")
    source = TiffStackSource(tmp_path / "a.tif")
    np.testing.assert_array_equal(source.read(4).samples, np.moveaxis(data[:, 4], 0, -1))


def test_plain_colour_pages(tmp_path: Path) -> None:
    data = pixels(3, 16, 20, 3)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in data:
            writer.write(page, photometric="rgb", metadata=None)
    source = TiffStackSource(tmp_path / "a.tif")
    assert source.format.channels == 3
    np.testing.assert_array_equal(source.read(2).samples, data[2])


def test_imagej_calibration_follows_the_new_interval(tmp_path: Path) -> None:
    metadata: dict[str, Any] = {"axes": "TYX", "unit": "um", "finterval": 0.5, "spacing": 3.0}
    tifffile.imwrite(tmp_path / "a.tif", pixels(5, 16, 20), imagej=True, metadata=metadata, resolution=(2.0, 2.0))
    with interpolated(TiffStackSource(tmp_path / "a.tif"), tmp_path / "out.tif", 9) as written:
        values = written.imagej_metadata
        assert values is not None
        assert (values["unit"], values["finterval"], values["spacing"]) == ("um", 0.25, 3.0)
        assert values["frames"] == 9
        assert written.pages[0].tags[282].value == (2, 1)  # type: ignore[union-attr]


def test_ome_calibration_follows_the_new_interval(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeZ": 2.0}
    tifffile.imwrite(tmp_path / "a.tif", pixels(5, 16, 20), ome=True, metadata=metadata)
    with interpolated(TiffStackSource(tmp_path / "a.tif"), tmp_path / "out.tif", 9) as written:
        text = written.ome_metadata or ""
        assert 'PhysicalSizeX="0.5"' in text
        assert 'PhysicalSizeZ="1.0"' in text
        assert 'SizeZ="9"' in text


def test_large_imagej_stacks_have_one_page(tmp_path: Path) -> None:
    """ImageJ writes stacks beyond 4 GB as one page with the others behind it; a small one is made by hand."""
    data = pixels(4, 16, 20).astype(">u2")
    description = "ImageJ=1.54f\nimages=4\nslices=4\n"
    tifffile.imwrite(
        tmp_path / "a.tif", data[0], byteorder=">", description=description, metadata=None, photometric="minisblack"
    )
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        end = file.pages[0].dataoffsets[0] + file.pages[0].databytecounts[0]
    assert end == (tmp_path / "a.tif").stat().st_size
    with (tmp_path / "a.tif").open("ab") as stream:
        stream.write(data[1:].tobytes())
    source = TiffStackSource(tmp_path / "a.tif")
    assert len(source) == 4
    np.testing.assert_array_equal(source.read(3).samples[..., 0], data[3])
    assert source.read(3).samples.dtype == np.dtype("uint16")
    source.close()


@pytest.mark.parametrize("kind", ["imagej", "ome"])
def test_time_and_depth_together_are_refused(tmp_path: Path, kind: str) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", pixels(3, 4, 16, 20), imagej=kind == "imagej", ome=kind == "ome", metadata={"axes": "TZYX"}
    )
    with pytest.raises(SequenceError, match="axes T and Z, and only one"):
        TiffStackSource(tmp_path / "a.tif")


def test_channels_alone_are_one_frame(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", pixels(3, 16, 20), ome=True, metadata={"axes": "CYX"}, photometric="minisblack"
    )
    with pytest.raises(SequenceError, match="channels of one frame"):
        TiffStackSource(tmp_path / "a.tif")


def test_a_single_page_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels(16, 20), metadata=None)
    with pytest.raises(SequenceError, match="holds a single image"):
        TiffStackSource(tmp_path / "a.tif")


def test_pages_that_differ_are_refused(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for width in (20, 20, 24, 24):
            writer.write(pixels(16, width), metadata=None)
    with pytest.raises(SequenceError, match=r"Page 2 of .* is 24×16 grey uint16, while page 0 is 20×16"):
        TiffStackSource(tmp_path / "a.tif")


def test_thumbnails_are_not_frames(tmp_path: Path) -> None:
    data = pixels(3, 16, 20)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in data:
            writer.write(page, metadata=None)
            writer.write(page[::4, ::4].copy(), subfiletype=1, metadata=None)
    source = TiffStackSource(tmp_path / "a.tif")
    assert len(source) == 3
    np.testing.assert_array_equal(source.read(2).samples[..., 0], data[2])


def test_unsupported_samples_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((3, 16, 20)), photometric="minisblack")
    with pytest.raises(UnsupportedFormatError, match="float64"):
        TiffStackSource(tmp_path / "a.tif")


def test_a_truncated_stack_is_not_accepted(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in pixels(4, 16, 20):
            writer.write(page, metadata=None)
    whole = (tmp_path / "a.tif").read_bytes()
    for cut in (0, 4, 8, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.tif").write_bytes(whole[:cut])
        with pytest.raises((UnreadableFileError, SequenceError), match="cut"):
            TiffStackSource(tmp_path / "cut.tif")
