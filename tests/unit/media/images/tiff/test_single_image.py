"""TIFF: tags that are kept, and the layouts that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.images.tiff.single_image import TiffCodec
from midframe.types import Alpha

CODEC = TiffCodec()
RANDOM = np.random.default_rng(4)
RGB = RANDOM.integers(0, 256, (64, 48, 3), dtype=np.uint8)
GREY = RANDOM.integers(0, 65536, (64, 48), dtype=np.uint16)


def write(path: Path, pixels: Any, **options: Any) -> Path:
    tifffile.imwrite(path, pixels, metadata=None, **options)
    return path


def rewritten(tmp_path: Path, path: Path) -> tifffile.TiffPage:
    frame = CODEC.read(path)
    assert frame.format == CODEC.probe(path)
    CODEC.write(tmp_path / "copy.tif", frame)
    again = CODEC.read(tmp_path / "copy.tif")
    assert again.format == frame.format
    with tifffile.TiffFile(tmp_path / "copy.tif") as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        assert all(tag.value is not None for tag in page.tags)  # loads all of them while the file is open
        if page.compression != 7:
            np.testing.assert_array_equal(again.samples, frame.samples)
        return page


@pytest.mark.parametrize("predictor", [False, True])
@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "zstd", "packbits", "lzma"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_compression_predictor_strips_and_byte_order_are_kept(
    tmp_path: Path, compression: str | None, predictor: bool, byteorder: str
) -> None:
    if compression in (None, "packbits") and predictor:
        pytest.skip("no predictor without a dictionary")
    path = write(
        tmp_path / "a.tif", GREY, compression=compression, predictor=predictor, rowsperstrip=16, byteorder=byteorder
    )
    with tifffile.TiffFile(path) as file:
        source = file.pages[0]
    page = rewritten(tmp_path, path)
    for attribute in ("compression", "predictor", "rowsperstrip", "photometric", "planarconfig"):
        assert getattr(page, attribute) == getattr(source, attribute), attribute
    assert page.parent.byteorder == byteorder


def test_resolution_profile_orientation_and_tiles_are_kept(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.tif",
        RGB,
        resolution=((3000, 7), (150, 1)),
        resolutionunit="CENTIMETER",
        iccprofile=b"not a real profile, carried all the same",
        tile=(16, 32),
        photometric="rgb",
        extratags=[(274, 3, 1, 6, True), (33550, 12, 3, (1.5, 2.5, 0.0), True)],
    )
    page = rewritten(tmp_path, path)
    assert page.tags[282].value == (3000, 7)
    assert page.tags[283].value == (150, 1)
    assert page.tags[296].value == 3
    assert page.iccprofile == b"not a real profile, carried all the same"
    assert page.tags[274].value == 6
    assert page.tags[33550].value == (1.5, 2.5, 0.0)
    assert (page.tilelength, page.tilewidth) == (16, 32)


@pytest.mark.parametrize("meaning", [0, 1, 2])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_the_meaning_of_the_fourth_sample_is_kept(tmp_path: Path, meaning: int, planar: str) -> None:
    pixels = RANDOM.integers(0, 65536, (64, 48, 4), dtype=np.uint16)
    stored = np.moveaxis(pixels, -1, 0) if planar == "separate" else pixels
    path = write(
        tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar, extrasamples=[meaning], compression="lzw"
    )
    expected = {0: None, 1: Alpha(3, True), 2: Alpha(3, False)}[meaning]
    frame = CODEC.read(path)
    assert frame.format.alpha == expected
    np.testing.assert_array_equal(frame.samples, pixels)
    page = rewritten(tmp_path, path)
    assert tuple(map(int, page.extrasamples)) == (meaning,)
    assert page.planarconfig == (2 if planar == "separate" else 1)


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
def test_jpeg_compression_is_kept(tmp_path: Path, subsampling: tuple[int, int]) -> None:
    smooth = np.repeat(np.repeat(RGB[:8, :6], 8, 0), 8, 1)
    page = rewritten(
        tmp_path, write(tmp_path / "a.tif", smooth, photometric="rgb", compression="jpeg", subsampling=subsampling)
    )
    assert page.compression == 7
    assert page.subsampling == subsampling
    error = np.abs(CODEC.read(tmp_path / "copy.tif").samples.astype(int) - smooth).mean()
    assert error < 20  # two generations of JPEG with halved chroma on blocks; swapped channels give 60 and more


@pytest.mark.parametrize("compression", ["webp", "jpeg2000"])
def test_other_compressions_become_deflate(tmp_path: Path, compression: str) -> None:
    page = rewritten(tmp_path, write(tmp_path / "a.tif", RGB, photometric="rgb", compression=compression))
    assert page.compression == 8


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "bool"])
def test_min_is_white_is_turned_over_and_back(tmp_path: Path, dtype: str) -> None:
    pixels = GREY.astype(dtype)
    path = write(tmp_path / "a.tif", pixels, photometric="miniswhite")
    largest = 65535 if dtype == "uint16" else 255
    stored = pixels * np.uint8(255) if dtype == "bool" else pixels
    np.testing.assert_array_equal(CODEC.read(path).samples[..., 0], largest - stored)
    assert rewritten(tmp_path, path).photometric == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "copy.tif"), stored)


def test_min_is_white_beside_min_is_black(tmp_path: Path) -> None:
    black = CODEC.read(write(tmp_path / "a.tif", GREY, photometric="minisblack"))
    white = CODEC.read(write(tmp_path / "b.tif", np.iinfo(GREY.dtype).max - GREY, photometric="miniswhite"))
    np.testing.assert_array_equal(white.samples, black.samples)


def test_cmyk_is_four_plain_channels(tmp_path: Path) -> None:
    pixels = RANDOM.integers(0, 256, (64, 48, 4), dtype=np.uint8)
    path = write(tmp_path / "a.tif", pixels, photometric="separated")
    assert CODEC.probe(path).alpha is None
    assert rewritten(tmp_path, path).photometric == 5


def test_floats_of_any_range_are_untouched(tmp_path: Path) -> None:
    pixels = np.array([[-3.5, 0.0, 50.0, 40000.25, np.inf, -np.inf]], np.float32)
    path = write(tmp_path / "a.tif", pixels, predictor=3, compression="zstd")
    np.testing.assert_array_equal(CODEC.read(path).samples[0, :, 0], pixels[0])
    assert rewritten(tmp_path, path).predictor == 3


@pytest.mark.parametrize("dtype", ["uint64", "complex64"])
def test_other_sample_types_are_refused_with_advice(tmp_path: Path, dtype: str) -> None:
    path = write(tmp_path / "a.tif", np.zeros((8, 8), dtype))
    with pytest.raises(UnsupportedFormatError, match=rf"{dtype} samples\. Convert it to"):
        CODEC.probe(path)


@pytest.mark.parametrize(
    ("dtype", "sample_dtype"),
    [("uint32", "float32"), ("int32", "float32"), ("float64", "float32"), ("int8", "int16")],
)
def test_wide_types_are_interpolated_in_another_and_written_in_their_own(
    tmp_path: Path, dtype: str, sample_dtype: str
) -> None:
    pixels = np.array([[0, 1, 100, 127]], dtype)
    path = write(tmp_path / "a.tif", pixels, photometric="minisblack")
    frame = CODEC.read(path)
    assert frame.format.dtype == sample_dtype
    CODEC.write(tmp_path / "b.tif", frame.with_samples(frame.samples - np.asarray(0.25, sample_dtype)))
    written = tifffile.imread(tmp_path / "b.tif")
    assert written.dtype == dtype
    np.testing.assert_allclose(written.astype(float), pixels.astype(float), atol=0.26)


def test_integers_beyond_the_range_are_clipped_and_not_wrapped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.array([[0, 2**32 - 1]], np.uint32), photometric="minisblack")
    frame = CODEC.read(path)
    CODEC.write(tmp_path / "b.tif", frame.with_samples(frame.samples * np.float32(1.5) - np.float32(10)))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), [[0, 2**32 - 1]])


@pytest.mark.parametrize(("bits", "dtype"), [(12, "uint16"), (10, "uint16"), (4, "uint8")])
def test_packed_bits_use_the_whole_range(tmp_path: Path, bits: int, dtype: str) -> None:
    largest = (1 << bits) - 1
    pixels = RANDOM.integers(0, largest + 1, (9, 7)).astype(dtype)
    pixels[0, :2] = 0, largest
    path = write(tmp_path / "a.tif", pixels, bitspersample=bits, photometric="minisblack")
    frame = CODEC.read(path)
    assert (frame.samples.min(), frame.samples.max()) == (0, np.iinfo(dtype).max)
    page = rewritten(tmp_path, path)
    if bits > 8:
        assert page.bitspersample == bits
        np.testing.assert_array_equal(tifffile.imread(tmp_path / "copy.tif"), pixels)


def test_bilevel_pages_become_grey(tmp_path: Path) -> None:
    pixels = RANDOM.integers(0, 2, (9, 13)).astype(bool)
    frame = CODEC.read(write(tmp_path / "a.tif", pixels, photometric="minisblack"))
    np.testing.assert_array_equal(frame.samples[..., 0], pixels * np.uint8(255))


@pytest.mark.parametrize("scale", [1, 257])
def test_palettes_become_colours(tmp_path: Path, scale: int) -> None:
    palette = RANDOM.integers(0, 256, (3, 256))
    indexes = RANDOM.integers(0, 256, (8, 9), dtype=np.uint8)
    path = write(tmp_path / "a.tif", indexes, photometric="palette", colormap=(palette * scale).astype(np.uint16))
    frame = CODEC.read(path)
    np.testing.assert_array_equal(frame.samples, palette.T[indexes])
    assert CODEC.probe(path) == frame.format
    assert rewritten(tmp_path, path).photometric == 2


def test_several_pages_are_refused_and_the_way_out_is_named(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for _ in range(3):
            writer.write(GREY, metadata=None)
    with pytest.raises(UnsupportedFormatError, match=r"contains several pages.*as the input"):
        CODEC.probe(tmp_path / "a.tif")


def test_a_thumbnail_is_not_a_second_page(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY, metadata=None)
        writer.write(GREY[::4, ::4].copy(), subfiletype=1, metadata=None)
    np.testing.assert_array_equal(CODEC.read(tmp_path / "a.tif").samples[..., 0], GREY)


def test_missing_strips_are_not_filled_with_zeros(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", GREY, rowsperstrip=16)
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        for code in (273, 279):
            data[file.pages[0].tags[code].offset + 4] = 3  # type: ignore[union-attr]
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError):
        CODEC.read(path)


@pytest.mark.parametrize(("text", "value"), [("-9999", -9999.0), ("nan", None), ("none", None), ("0 ", 0.0)])
def test_gdals_value_for_no_data(tmp_path: Path, text: str, value: float | None) -> None:
    path = write(tmp_path / "a.tif", GREY.astype(np.float32), extratags=[(42113, 2, 0, text.encode(), True)])
    frame = CODEC.read(path)
    assert frame.format.no_data == value
    assert CODEC.probe(path) == frame.format
    assert rewritten(tmp_path, path).tags[42113].value.strip() == text.strip()
