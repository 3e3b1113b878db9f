"""PNG: small depths, palettes, and the chunks that are carried."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.images.formats.png import PngCodec, PngMetadata
from midframe.types import Alpha, Frame, FrameFormat

CODEC = PngCodec()
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    body = kind + content
    chunk = len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return data[:33] + chunk + data[33:]


@cache
def profile() -> bytes:
    """The same bytes at every call: a profile states the second in which it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_colour_and_resolution_chunks_are_carried_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "belongs to the original")
    Image.fromarray(RAMP).save(path, icc_profile=profile(), dpi=(300, 150), exif=exif, pnginfo=text)
    cicp = bytes((9, 16, 0, 1))
    path.write_bytes(with_chunk(with_chunk(path.read_bytes(), b"cICP", cicp), b"gAMA", (45455).to_bytes(4, "big")))
    CODEC.write(tmp_path / "b.png", CODEC.read(path))
    written = (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "b.png") as image:
        image.load()
        assert image.info["icc_profile"] == profile()
        assert image.info["dpi"] == pytest.approx((300, 150), abs=0.1)
        assert image.info["gamma"] == pytest.approx(0.45455)
        assert image.getexif()[0x0112] == 6
    assert b"cICP" + cicp in written
    assert b"prompt" not in written


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_small_grey_depths_become_8_bit(tmp_path: Path, bits: int) -> None:
    levels = np.arange(2**bits, dtype=np.uint8).reshape(1, -1)
    palette = Image.fromarray(levels)
    path = tmp_path / "a.png"
    packed = np.packbits(np.unpackbits(levels[..., None], axis=-1)[..., 8 - bits :].reshape(1, -1), axis=-1)
    palette.save(path)
    data = path.read_bytes()
    header = b"IHDR" + levels.shape[1].to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes((bits, 0, 0, 0, 0))
    pixels = b"IDAT" + zlib.compress(b"\0" + packed.tobytes())
    chunks = [
        (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        for body in (header, pixels, b"IEND")
    ]
    path.write_bytes(data[:8] + b"".join(chunks))
    frame = CODEC.read(path)
    assert frame.format.dtype == np.uint8
    np.testing.assert_array_equal(frame.samples[0, :, 0], np.linspace(0, 255, 2**bits))


@pytest.mark.parametrize("transparent", [False, True])
def test_palettes_expand(tmp_path: Path, transparent: bool) -> None:
    image = Image.fromarray(RAMP).convert("RGB").quantize(16)
    options: dict[str, Any] = {"transparency": 3} if transparent else {}
    image.save(tmp_path / "a.png", bits=4, **options)
    frame = CODEC.read(tmp_path / "a.png")
    assert CODEC.probe(tmp_path / "a.png") == frame.format
    assert frame.format.alpha == (Alpha(3, False) if transparent else None)
    np.testing.assert_array_equal(frame.samples[..., :3], np.array(image.convert("RGB")))
    if transparent:
        np.testing.assert_array_equal(frame.samples[..., 3] == 0, np.array(image) == 3)


def test_a_transparent_grey_becomes_alpha(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.png", transparency=7)
    frame = CODEC.read(tmp_path / "a.png")
    assert frame.format.alpha == Alpha(1, False)
    np.testing.assert_array_equal(frame.samples[..., 1] == 0, RAMP == 7)


def test_interlaced_files_are_read(tmp_path: Path) -> None:
    # One pixel is the same interlaced and not, so the flag alone makes a valid file.
    Image.new("L", (1, 1), 77).save(tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[28] = 1
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(data)
    assert CODEC.read(tmp_path / "a.png").samples.item() == 77


def test_bytes_behind_the_end_do_not_matter(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.png")
    with (tmp_path / "a.png").open("ab") as stream:
        stream.write(b"trailing bytes of some tool")
    np.testing.assert_array_equal(CODEC.read(tmp_path / "a.png").samples[..., 0], RAMP)


def test_animations_are_refused(tmp_path: Path) -> None:
    frames = [Image.fromarray(RAMP), Image.fromarray(RAMP.T.copy())]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(UnsupportedFormatError, match="is an animation"):
        CODEC.probe(tmp_path / "a.png")


def test_a_flipped_bit_in_the_pixels_is_noticed(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[data.index(b"IDAT") + 10] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(UnreadableFileError, match="damaged"):
        CODEC.read(tmp_path / "a.png")


def test_damage_beside_the_pixels_is_not_commented_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """libpng writes to the error stream itself, and does not know the name of the file."""
    path = tmp_path / "a.png"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (64, 48), (9, 8, 7)).save(path, icc_profile=profile, dpi=(72, 72))
    whole = PngCodec().read(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"iCCP") + 30] ^= 8
    path.write_bytes(data)
    frame = PngCodec().read(path)
    assert np.array_equal(frame.samples, whole.samples)
    assert capfd.readouterr() == ("", "")
    assert isinstance(frame.metadata, PngMetadata)
    assert [chunk[4:8] for chunk in frame.metadata.chunks] == [b"pHYs"], "a damaged chunk is carried over"


def test_samples_in_another_order_in_memory(tmp_path: Path) -> None:
    planes = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    samples = np.moveaxis(planes, 0, -1)
    PngCodec().write(tmp_path / "a.png", Frame(samples, FrameFormat(4, 3, 1, np.dtype("uint8"))))
    np.testing.assert_array_equal(PngCodec().read(tmp_path / "a.png").samples, samples)
