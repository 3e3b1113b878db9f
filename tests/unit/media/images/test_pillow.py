"""JPEG, WebP, BMP and GIF: what of the source file its neighbours keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.JpegImagePlugin import get_sampling

from midframe.errors import UnsupportedFormatError
from midframe.media.images.formats.bmp import BmpCodec
from midframe.media.images.formats.gif import GifCodec
from midframe.media.images.formats.jpeg import JpegCodec
from midframe.media.images.formats.webp import WebpCodec
from midframe.types import Alpha, Frame, FrameFormat

RANDOM = np.random.default_rng(3)
RGB = RANDOM.integers(0, 256, (20, 30, 3), dtype=np.uint8)
RGBA = RANDOM.integers(0, 256, (20, 30, 4), dtype=np.uint8)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif_bytes() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_keeps_tables_sampling_profile_and_resolution(tmp_path: Path, subsampling: int, progressive: bool) -> None:
    path, copy = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(RGB).save(
        path,
        quality=71,
        subsampling=subsampling,
        progressive=progressive,
        icc_profile=ICC,
        dpi=(300, 150),
        exif=exif_bytes(),
    )
    JpegCodec().write(copy, JpegCodec().read(path))
    with Image.open(path) as source, Image.open(copy) as written:
        assert written.quantization == source.quantization  # type: ignore[attr-defined]
        assert get_sampling(written) == subsampling
        assert written.layer == source.layer  # type: ignore[attr-defined]
        assert ("progressive" in written.info) == progressive
        assert written.info["icc_profile"] == ICC
        assert written.info["dpi"] == (300, 150)
        assert written.getexif()[0x0112] == 6


def test_jpeg_pixels_stay_as_stored_whatever_the_orientation(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.jpg", exif=exif_bytes())
    assert JpegCodec().read(tmp_path / "a.jpg").samples.shape == RGB.shape


def test_jpeg_stored_as_rgb_stays_so(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.jpg", keep_rgb=True, quality=100)
    JpegCodec().write(tmp_path / "b.jpg", JpegCodec().read(tmp_path / "a.jpg"))
    with Image.open(tmp_path / "b.jpg") as written:
        assert [layer[0] for layer in written.layer] == list(b"RGB")  # type: ignore[attr-defined]


def test_jpeg_in_cmyk_is_refused(tmp_path: Path) -> None:
    Image.fromarray(RGB).convert("CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(UnsupportedFormatError, match="CMYK"):
        JpegCodec().probe(tmp_path / "a.jpg")


def test_jpeg_of_twelve_bits_is_refused(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.jpg")
    data = bytearray((tmp_path / "a.jpg").read_bytes())
    data[data.index(b"\xff\xc0") + 4] = 12
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(UnsupportedFormatError, match="12-bit JPEG"):
        JpegCodec().probe(tmp_path / "a.jpg")


def test_jpeg_end_is_found_before_trailing_bytes(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.jpg")
    with (tmp_path / "a.jpg").open("ab") as stream:
        stream.write(bytes(200_000))
    assert JpegCodec().read(tmp_path / "a.jpg").format == JpegCodec().probe(tmp_path / "a.jpg")


def test_grey_jpeg_tables_do_not_leak_into_colour(tmp_path: Path) -> None:
    Image.fromarray(RGB[..., 0].copy()).save(tmp_path / "a.jpg", quality=20)
    grey = JpegCodec().read(tmp_path / "a.jpg")
    frame = Frame(RGB, FrameFormat(30, 20, 3, np.dtype("uint8")), metadata=grey.metadata)
    JpegCodec().write(tmp_path / "b.jpg", frame)
    error = np.abs(JpegCodec().read(tmp_path / "b.jpg").samples.astype(int) - RGB).mean()
    assert error < 8  # noise at quality 95; quality 20 gives 30 and more


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("pixels", [RGB, RGBA], ids=["rgb", "rgba"])
def test_webp_keeps_its_kind_and_profile(tmp_path: Path, lossless: bool, pixels: np.ndarray) -> None:
    path, copy = tmp_path / "a.webp", tmp_path / "b.webp"
    Image.fromarray(pixels).save(path, lossless=lossless, exact=True, icc_profile=ICC, exif=exif_bytes())
    frame = WebpCodec().read(path)
    assert frame.format == WebpCodec().probe(path)
    WebpCodec().write(copy, frame)
    assert (b"VP8L" in copy.read_bytes()) == lossless
    with Image.open(copy) as written:
        assert written.info["icc_profile"] == ICC
        assert written.getexif()[0x0112] == 6
    if lossless:
        np.testing.assert_array_equal(WebpCodec().read(copy).samples, pixels)


@pytest.mark.parametrize(("codec", "suffix"), [(WebpCodec(), ".webp"), (GifCodec(), ".gif")])
def test_animations_are_refused(tmp_path: Path, codec: WebpCodec | GifCodec, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(RGB).save(path, save_all=True, append_images=[Image.fromarray(RGB[::-1].copy())])
    for use in (codec.probe, codec.read):
        with pytest.raises(UnsupportedFormatError, match="is an animation"):
            use(path)


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("P", 3), ("RGB", 3)])
def test_bmp_depths_expand(tmp_path: Path, mode: str, channels: int) -> None:
    image = Image.fromarray(RGB).convert(mode)
    image.save(tmp_path / "a.bmp")
    frame = BmpCodec().read(tmp_path / "a.bmp")
    assert frame.format == BmpCodec().probe(tmp_path / "a.bmp")
    expected = np.array(image.convert("L" if channels == 1 else "RGB")).reshape(20, 30, channels)
    np.testing.assert_array_equal(frame.samples, expected)


@pytest.mark.parametrize("pixels", [RGB, RGBA], ids=["rgb", "rgba"])
def test_bmp_keeps_its_resolution(tmp_path: Path, pixels: np.ndarray) -> None:
    alpha = Alpha(3, False) if pixels.shape[-1] == 4 else None
    first = Frame(pixels, FrameFormat(30, 20, pixels.shape[-1], np.dtype("uint8"), alpha))
    BmpCodec().write(tmp_path / "plain.bmp", first)
    Image.fromarray(RGB).save(tmp_path / "dpi.bmp", dpi=(300, 150))
    carried = Frame(pixels, first.format, annotations=BmpCodec().read(tmp_path / "dpi.bmp").annotations)
    BmpCodec().write(tmp_path / "b.bmp", carried)
    with Image.open(tmp_path / "b.bmp") as written:
        assert written.info["dpi"] == pytest.approx((300, 150), abs=0.02)


@pytest.mark.parametrize("alpha", [False, True])
def test_gif_is_exact_while_the_palette_suffices(tmp_path: Path, alpha: bool) -> None:
    colours = RANDOM.integers(0, 256, (255, 3), dtype=np.uint8)
    pixels = colours[np.arange(510).reshape(17, 30) % 255]
    if alpha:
        opacity = np.where(np.arange(510).reshape(17, 30, 1) < 100, 0, 255).astype(np.uint8)
        pixels = np.concatenate((pixels * (opacity > 0), opacity), axis=-1).astype(np.uint8)
    kind = Alpha(3, False) if alpha else None
    frame = Frame(pixels, FrameFormat(30, 17, 4 if alpha else 3, np.dtype("uint8"), kind))
    GifCodec().write(tmp_path / "a.gif", frame)
    read = GifCodec().read(tmp_path / "a.gif").samples
    shown = read[..., 3] > 0 if alpha else np.ones(read.shape[:2], bool)
    np.testing.assert_array_equal(read[shown], pixels[shown])
    if alpha:
        np.testing.assert_array_equal(shown, pixels[..., 3] > 0)


def test_opaque_frames_of_a_transparent_gif_keep_their_alpha_channel(tmp_path: Path) -> None:
    pixels = np.concatenate((RGB, np.full((20, 30, 1), 255, np.uint8)), axis=-1)
    frame = Frame(pixels, FrameFormat(30, 20, 4, np.dtype("uint8"), Alpha(3, False)))
    GifCodec().write(tmp_path / "a.gif", frame)
    assert GifCodec().probe(tmp_path / "a.gif") == frame.format


def test_images_beyond_pillows_warning_size_are_read_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    for codec, name in ((JpegCodec(), "a.jpg"), (BmpCodec(), "a.bmp"), (GifCodec(), "a.gif")):
        codec.write(tmp_path / name, Frame(RGB, FrameFormat(30, 20, 3, np.dtype("uint8"))))
        assert codec.read(tmp_path / name).format.width == 30


def test_a_gif_of_absurd_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    Image.new("P", (64, 48), 1).save(path)
    data = bytearray(path.read_bytes())
    place = data.index(b",", 13)
    data[place + 5 : place + 9] = b"\xff" * 4
    path.write_bytes(data)
    for act in (GifCodec().probe, GifCodec().read):
        with pytest.raises(UnsupportedFormatError, match="too many pixels for the GIF decoder"):
            act(path)
