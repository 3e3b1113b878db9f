"""TGA, Radiance HDR, PFM, JPEG 2000, AVIF, Photoshop and HEIC: files of other programs, and what of them is kept."""

from __future__ import annotations

import struct
from pathlib import Path
from unittest import mock

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.support.read_only import can_write_heic, write_heic, write_psd
from tests.support.samples import Sample

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import content_name
from midframe.media.images.formats.avif import AvifCodec, AvifMetadata
from midframe.media.images.formats.heic import HeicCodec
from midframe.media.images.formats.jpeg2000 import Jpeg2000Codec
from midframe.media.images.formats.jpegxl import JpegXlCodec
from midframe.media.images.formats.pfm import PfmCodec
from midframe.media.images.formats.psd import PsdCodec
from midframe.media.images.formats.radiance import RadianceCodec
from midframe.media.images.formats.tga import TgaCodec
from midframe.types import Resolution

RANDOM = np.random.default_rng(8)
RGB = RANDOM.integers(0, 256, (12, 18, 3), dtype=np.uint8)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("compression", [None, "tga_rle"])
def test_tga(tmp_path: Path, mode: str, compression: str | None) -> None:
    image = Image.fromarray(RGB).convert(mode)
    image.save(tmp_path / "a.tga", compression=compression)
    frame = TgaCodec().read(tmp_path / "a.tga")
    expected = np.array(image.convert("RGB") if mode == "P" else image).reshape(12, 18, -1)
    np.testing.assert_array_equal(frame.samples, expected)
    TgaCodec().write(tmp_path / "b.tga", frame)
    written = (tmp_path / "b.tga").read_bytes()
    assert bool(written[2] & 8) == (compression is not None)


def test_tga_of_32_bits_without_alpha(tmp_path: Path) -> None:
    Image.fromarray(RGB).convert("RGBA").save(tmp_path / "a.tga")
    data = bytearray((tmp_path / "a.tga").read_bytes())
    data[17] &= 0xF0
    (tmp_path / "a.tga").write_bytes(data)
    np.testing.assert_array_equal(TgaCodec().read(tmp_path / "a.tga").samples, RGB)


def test_radiance_of_opencv(tmp_path: Path) -> None:
    light = (RANDOM.random((9, 20, 3)) * 30).astype(np.float32)
    cv2.imwrite(str(tmp_path / "a.hdr"), light[..., ::-1])
    frame = RadianceCodec().read(tmp_path / "a.hdr")
    np.testing.assert_allclose(frame.samples, light, atol=30 / 128)
    assert frame.format.transfer == "linear"


def test_radiance_keeps_its_exposure(tmp_path: Path) -> None:
    light = (RANDOM.random((9, 20, 3)) * 30).astype(np.float32)
    data = bytes(imagecodecs.rgbe_encode(light)).replace(b"#?RADIANCE\n", b"#?RADIANCE\nEXPOSURE=2.0\n", 1)
    (tmp_path / "a.hdr").write_bytes(data)
    RadianceCodec().write(tmp_path / "b.hdr", RadianceCodec().read(tmp_path / "a.hdr"))
    assert (tmp_path / "b.hdr").read_bytes() == data
    (tmp_path / "a.hdr").write_bytes(data.replace(b"-Y 9 +X 20", b"+Y 9 +X 20"))
    with pytest.raises(UnsupportedFormatError, match="another order"):
        RadianceCodec().read(tmp_path / "a.hdr")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
def test_pfm(tmp_path: Path, order: str, channels: int) -> None:
    samples = RANDOM.standard_normal((3, 4, channels)).astype(np.float32)
    kind, scale = ("PF" if channels == 3 else "Pf"), ("-1.0" if order == "<" else "1.0")
    data = f"{kind}\n4 3\n{scale}\n".encode() + samples[::-1].astype(f"{order}f4").tobytes()
    (tmp_path / "a.pfm").write_bytes(data)
    frame = PfmCodec().read(tmp_path / "a.pfm")
    np.testing.assert_array_equal(frame.samples, samples)
    PfmCodec().write(tmp_path / "b.pfm", frame)
    assert (tmp_path / "b.pfm").read_bytes() == data


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("form", ["jp2", "j2k"])
def test_jpeg_2000(tmp_path: Path, bits: int, form: str) -> None:
    stored = RANDOM.integers(0, 1 << bits, (12, 18, 3)).astype(np.uint8 if bits == 8 else np.uint16)
    path = tmp_path / f"a.{form}"
    path.write_bytes(imagecodecs.jpeg2k_encode(stored, level=0, codecformat=form, bitspersample=bits))
    frame = Jpeg2000Codec().read(path)
    assert frame.samples.max() > 0.9 * np.iinfo(frame.samples.dtype).max
    Jpeg2000Codec().write(tmp_path / f"b.{form}", frame)
    np.testing.assert_array_equal(imagecodecs.jpeg2k_decode((tmp_path / f"b.{form}").read_bytes()), stored)
    assert content_name((tmp_path / f"b.{form}").read_bytes()[:32]) == "JPEG 2000"


def test_jpeg_2000_of_pillow(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.jp2", irreversible=False)
    np.testing.assert_array_equal(Jpeg2000Codec().read(tmp_path / "a.jp2").samples, RGB)


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif_keeps_bits_and_coded_colours(tmp_path: Path, bits: int) -> None:
    stored = RANDOM.integers(0, 1 << bits, (12, 18, 3)).astype(np.uint8 if bits == 8 else np.uint16)
    data = imagecodecs.avif_encode(stored, level=100, bitspersample=bits, primaries=9, transfer=16, matrix=0)
    (tmp_path / "a.avif").write_bytes(data)
    frame = AvifCodec().read(tmp_path / "a.avif")
    assert frame.metadata == AvifMetadata(bits, (9, 16, 0))
    AvifCodec().write(tmp_path / "b.avif", frame)
    again = AvifCodec().read(tmp_path / "b.avif")
    assert again.metadata == frame.metadata
    error = np.abs(again.samples.astype(float) - frame.samples).mean() / np.iinfo(frame.samples.dtype).max
    assert error < 0.05  # noise at quality 90


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_avif_of_pillow(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(RGB).save(tmp_path / "a.avif", quality=90, icc_profile=PROFILE, exif=exif)
    frame = AvifCodec().read(tmp_path / "a.avif")
    assert (frame.format.orientation, frame.annotations.icc_profile) == (orientation, PROFILE)
    AvifCodec().write(tmp_path / "b.avif", frame)
    again = AvifCodec().read(tmp_path / "b.avif")
    assert again.format == frame.format
    assert again.annotations.icc_profile == PROFILE


def test_animated_jpeg_xl_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "a.jxl").write_bytes(imagecodecs.jpegxl_encode(np.stack([RGB, RGB]), lossless=True))
    with pytest.raises(UnsupportedFormatError, match="is an animation"):
        JpegXlCodec().read(tmp_path / "a.jxl")


def test_photoshop(tmp_path: Path) -> None:
    frame = Sample(".psd", "uint8", 4, Sample(".psd", "uint8", 4, None).alpha).frame()
    resolution = struct.pack(">IHHIHH", 300 << 16, 1, 1, 150 << 16, 1, 1)
    resources = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + b"\0" * (len(content) % 2)
        for number, content in ((0x040F, PROFILE), (0x03ED, resolution))
    )
    write_psd(tmp_path / "a.psd", frame, compressed=True, resources=resources)
    read = PsdCodec().read(tmp_path / "a.psd")
    # Four channels of which none is said to be transparency: the last is a selection that somebody has saved.
    np.testing.assert_array_equal(read.samples, frame.samples[..., :3])
    assert read.annotations.icc_profile == PROFILE
    assert read.annotations.resolution == Resolution(300, 150)  # type: ignore[arg-type]


def test_photoshop_in_cmyk_is_called_so(tmp_path: Path) -> None:
    write_psd(tmp_path / "a.psd", Sample(".psd", "uint8", 3, None).frame())
    data = bytearray((tmp_path / "a.psd").read_bytes())
    data[25] = 4
    (tmp_path / "a.psd").write_bytes(data)
    with pytest.raises(UnsupportedFormatError, match="CMYK document"):
        PsdCodec().read(tmp_path / "a.psd")


@pytest.mark.skipif(not can_write_heic(), reason="pillow-heif is not installed")
def test_heic(tmp_path: Path) -> None:
    sample = Sample(".heic", "uint8", 3, None).frame(width=64, height=48)
    write_heic(tmp_path / "a.heic", sample)
    frame = HeicCodec().read(tmp_path / "a.heic")
    assert frame.format == sample.format
    assert np.abs(frame.samples.astype(int) - sample.samples).mean() < 12  # chroma of half the resolution


def test_heic_without_the_library_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x1cftypheic\0\0\0\0mif1heic")
    with (
        mock.patch("midframe.media.images.formats.heic.import_module", side_effect=ImportError),
        pytest.raises(UnsupportedFormatError, match="pip install pillow-heif"),
    ):
        HeicCodec().read(tmp_path / "a.heic")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x20ftypisom\0\0\0\0isomavc1", "MP4"),
        (b"P6\n2 2\n", "PNM"),
        (b"Pf\n2 2\n", "PFM"),
        (b"P9\n2 2\n", None),
        (bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 24, 0]), "TGA"),
        (bytes(32), None),
    ],
)
def test_formats_are_recognised(head: bytes, name: str | None) -> None:
    assert content_name(head) == name
