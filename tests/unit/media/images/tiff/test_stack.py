"""Which axis of a stack is time, and what calibration its neighbours keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from midframe.errors import SequenceError, UnreadableFileError, UnsupportedFormatError
from midframe.media.images.tiff.stack import TiffStackSource
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


@pytest.mark.parametrize("is_absolute", [False, True])
def test_documents_do_not_lead_to_other_folders(tmp_path: Path, is_absolute: bool) -> None:
    data = pixels(2, 16, 20)
    private, own = tmp_path / "private.tif", tmp_path / "own" / "a.ome.tif"
    own.parent.mkdir()
    tifffile.imwrite(private, data, photometric="minisblack")
    named = private if is_absolute else Path("..") / private.name
    planes = "".join(
        f'<TiffData FirstT="{t}" IFD="{t}" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{t}</UUID></TiffData>'
        for t, name in enumerate((own.name, named))
    )
    document = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:0">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="20" SizeY="16" '
        f'SizeC="1" SizeZ="1" SizeT="2">{planes}</Pixels></Image></OME>'
    )
    tifffile.imwrite(own, data[0], description=document, metadata=None, photometric="minisblack")
    with pytest.raises(UnsupportedFormatError, match="which is not in its folder"):
        TiffStackSource(own)


def test_ome_calibration_follows_the_new_interval(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeZ": 2.0}
    tifffile.imwrite(tmp_path / "a.tif", pixels(5, 16, 20), ome=True, metadata=metadata)
    with interpolated(TiffStackSource(tmp_path / "a.tif"), tmp_path / "out.tif", 9) as written:
        text = written.ome_metadata or ""
        assert 'PhysicalSizeX="0.5"' in text
        assert 'PhysicalSizeZ="1.0"' in text
        assert 'SizeZ="9"' in text


def test_large_imagej_stacks_have_one_page(tmp_path: Path) -> None:
    """ImageJ writes stacks beyond 4 GB as one page with the others after it; a small one is made by hand."""
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
@pytest.mark.parametrize("axes", ["TZYX", "TZCYX"])
def test_depths_lie_below_each_other_and_come_back_as_pages(tmp_path: Path, kind: str, axes: str) -> None:
    data = pixels(3, 4, 2, 16, 20) if "C" in axes else pixels(3, 4, 16, 20)
    tifffile.imwrite(
        tmp_path / "a.tif",
        data,
        imagej=kind == "imagej",
        ome=kind == "ome",
        metadata={"axes": axes},
        photometric="minisblack",
    )
    source = TiffStackSource(tmp_path / "a.tif")
    assert (len(source), source.format.planes, source.format.height) == (3, 4, 64)
    assert "depths (Z)" in source.notes[0]
    expected = np.moveaxis(data[1, 2], 0, -1) if "C" in axes else data[1, 2, ..., None]
    np.testing.assert_array_equal(source.read(1).samples[32:48], expected)
    with interpolated(source, tmp_path / "out.tif", 5) as written:
        assert written.series[0].axes == axes
        np.testing.assert_array_equal(written.series[0].asarray()[4], data[2])


def test_other_axes_together_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels(3, 4, 16, 20), metadata={"axes": "TQYX"}, photometric="minisblack")
    with pytest.raises(SequenceError, match="axes T and Q, and only one"):
        TiffStackSource(tmp_path / "a.tif")


def test_channels_alone_are_one_frame(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", pixels(3, 16, 20), ome=True, metadata={"axes": "CYX"}, photometric="minisblack"
    )
    with pytest.raises(SequenceError, match="channels of one frame"):
        TiffStackSource(tmp_path / "a.tif")


def test_a_single_page_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels(16, 20), metadata=None)
    with pytest.raises(SequenceError, match="contains a single image"):
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


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "jpeg", "photometric": "rgb"},
        {"compression": "jpeg", "photometric": "rgb", "tile": (16, 16)},
        {"compression": "jpeg2000", "photometric": "rgb"},
        {"compression": "webp", "photometric": "rgb"},
        {"photometric": "minisblack", "dtype": "float64"},
        {"photometric": "minisblack", "dtype": "uint32", "compression": "zlib", "predictor": True},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_originals_keep_their_pixels_exactly(tmp_path: Path, options: dict[str, Any]) -> None:
    """Where decoding and writing again would change them, pages are copied as they lie in the file."""
    options = dict(options)
    dtype = np.dtype(options.pop("dtype", "uint8"))
    shape = (3, 32, 48, 3) if options["photometric"] == "rgb" else (3, 32, 48)
    data = np.cumsum(RANDOM.random(shape), axis=2) * 3
    data = (data * (1 if dtype == np.uint8 else 1 / 3)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", data, **options)
    source = TiffStackSource(tmp_path / "a.tif")
    with interpolated(source, tmp_path / "out.tif", 3) as written:
        stored = tifffile.imread(tmp_path / "a.tif")
        np.testing.assert_array_equal(np.stack([page.asarray() for page in written.pages]), stored)
        assert written.pages[0].dtype == dtype


def test_interpolated_pages_stand_beside_copied_ones(tmp_path: Path) -> None:
    data = (np.cumsum(RANDOM.random((2, 32, 48, 3)), axis=2) * 3).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="rgb", compression="jpeg")
    source = TiffStackSource(tmp_path / "a.tif")
    first = source.read(0)
    sink = plan_output(tmp_path / "out.tif", source, count=3).open_sink()
    for index, frame in enumerate((first, first.with_samples(first.samples // 2), source.read(1))):
        sink.commit(sink.stage(index, frame))
    sink.finish()
    written = tifffile.imread(tmp_path / "out.tif")
    assert written.shape == (3, 32, 48, 3)
    assert np.abs(written[1].astype(int) - first.samples // 2).mean() < 6  # JPEG's error on noise


def test_what_imagej_keeps_in_its_own_tags(tmp_path: Path) -> None:
    ramp, none = np.arange(256, dtype=np.uint8), np.zeros(256, np.uint8)
    luts = [np.stack([ramp, none, none]), np.stack([none, ramp, none])]
    metadata: dict[str, Any] = {
        "axes": "TCYX",
        "mode": "composite",
        "loop": True,
        "LUTs": luts,
        "Ranges": (10.0, 3000.0, 20.0, 2000.0),
        "Info": "stained",
        "Labels": list("abcdef"),
    }
    tifffile.imwrite(tmp_path / "a.tif", pixels(3, 2, 16, 20), imagej=True, metadata=metadata)
    with interpolated(TiffStackSource(tmp_path / "a.tif"), tmp_path / "out.tif", 5) as written:
        values = written.imagej_metadata
        assert values is not None
        np.testing.assert_array_equal(values["LUTs"], luts)
        assert (values["Ranges"], values["Info"]) == (metadata["Ranges"], "stained")
        assert (values["mode"], values["loop"]) == ("composite", True)
        assert values["Labels"] == ["a", "b", "a + 1/2", "b + 1/2", "c", "d", "c + 1/2", "d + 1/2", "e", "f"]


def test_the_pages_of_a_plain_stack_keep_their_descriptions(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for number in range(3):
            tags = [(42112, 2, 0, b"<GDALMetadata/>", True), (315, 2, 0, b"Ann", True)]
            writer.write(pixels(16, 20), metadata=None, description=f"page {number}", extratags=tags)
    with interpolated(TiffStackSource(tmp_path / "a.tif"), tmp_path / "out.tif", 3) as written:
        assert [page.description for page in written.pages] == [("page 0"), "page 1", "page 2"]  # type: ignore[union-attr]
        assert written.pages[1].tags[42112].value == "<GDALMetadata/>"  # type: ignore[union-attr]
        assert written.pages[1].tags[315].value == "Ann"  # type: ignore[union-attr]


def test_a_truncated_stack_is_not_accepted(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in pixels(4, 16, 20):
            writer.write(page, metadata=None)
    whole = (tmp_path / "a.tif").read_bytes()
    for cut in (0, 4, 8, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.tif").write_bytes(whole[:cut])
        with pytest.raises((UnreadableFileError, SequenceError), match="cut"):
            TiffStackSource(tmp_path / "cut.tif")


@pytest.mark.parametrize(("count", "axes"), [(3, None), (4, None), (4, "TYX"), (3, "ZYX")])
@pytest.mark.filterwarnings("ignore:.*photometric.*:DeprecationWarning")
def test_three_or_four_frames_that_tifffile_stored_as_colour_planes(
    tmp_path: Path, count: int, axes: str | None
) -> None:
    frames = pixels(count, 8, 9)
    tifffile.imwrite(tmp_path / "a.tif", frames, metadata={"axes": axes} if axes else {})
    source = TiffStackSource(tmp_path / "a.tif")
    assert (len(source), source.format.channels, source.format.alpha) == (count, 1, None)
    for index in range(count):
        np.testing.assert_array_equal(source.read(index).samples[..., 0], frames[index])
    assert f"The {count} planes of the page" in " ".join(source.notes)
    with interpolated(source, tmp_path / "out.tif", count) as made:
        np.testing.assert_array_equal(made.asarray(), frames)
        assert made.pages.first.photometric == tifffile.PHOTOMETRIC.MINISBLACK
    source.close()


@pytest.mark.filterwarnings("ignore:.*photometric.*:DeprecationWarning")
def test_colour_planes_that_are_said_to_be_channels_are_one_frame(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels(3, 8, 9), metadata={"axes": "CYX"})
    with pytest.raises(SequenceError, match="channels of one frame"):
        TiffStackSource(tmp_path / "a.tif")


def test_stacks_in_which_0_is_white(tmp_path: Path) -> None:
    frames = pixels(3, 8, 9)
    full = np.iinfo(frames.dtype).max
    tifffile.imwrite(tmp_path / "a.tif", full - frames, photometric="miniswhite")
    source = TiffStackSource(tmp_path / "a.tif")
    np.testing.assert_array_equal(source.read(1).samples[..., 0], frames[1])
    with interpolated(source, tmp_path / "out.tif", 3) as made:
        assert made.pages.first.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        np.testing.assert_array_equal(made.asarray(), full - frames)
    source.close()
