"""What a file says besides its samples, from every format to every other one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.Image import Exif

from midframe.media.images.annotations import profile_for
from midframe.media.images.codecs import IMAGE_CODECS, codec_named
from midframe.media.images.exif import bare_exif
from midframe.media.protocols import ImageCodec
from midframe.types import Annotations, Frame, FrameFormat, Resolution

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FORMAT = FrameFormat(18, 12, 3, np.dtype("uint8"))
SAMPLES = np.random.default_rng(1).integers(0, 256, (12, 18, 3), dtype=np.uint8)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
WRITING = [codec for codec in IMAGE_CODECS if codec.refusal(FORMAT) is None]


def exif() -> bytes:
    made = Exif()
    made[0x010F] = "Maker"
    data = bare_exif(made.tobytes())
    assert data is not None
    return data


@pytest.mark.parametrize("codec", WRITING, ids=lambda codec: codec.name)
def test_a_codec_carries_what_it_promises(tmp_path: Path, codec: ImageCodec) -> None:
    """Frames without metadata of the codec's own: as they come from any other format."""
    given = Annotations(
        icc_profile=PROFILE,
        resolution=Resolution(Fraction(300), Fraction(150)),
        exif=exif(),
        xmp=XMP,
        text=(("Make", "Maker"),),
    )
    codec.write(tmp_path / "x", Frame(SAMPLES, FORMAT, annotations=given))
    read = codec.read(tmp_path / "x").annotations
    for kind in codec.carries - {"resolution"}:
        assert getattr(read, kind) == getattr(given, kind), kind
    if "resolution" in codec.carries:
        assert read.resolution is not None
        assert read.resolution.pixels_per_inch() == pytest.approx((300, 150), abs=0.02)  # some count in metres
    for kind in set(given.kinds) - codec.carries:
        assert not getattr(read, kind), kind


@pytest.mark.parametrize("codec", WRITING, ids=lambda codec: codec.name)
def test_words_without_exif_data(tmp_path: Path, codec: ImageCodec) -> None:
    if "text" not in codec.carries:
        pytest.skip("holds no words")
    text = (("ImageDescription", "A picture"), ("Copyright", "© me"))
    codec.write(tmp_path / "x", Frame(SAMPLES, FORMAT, annotations=Annotations(text=text)))
    assert dict(codec.read(tmp_path / "x").annotations.text) == dict(text)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF", "WebP"])
def test_the_orientation_is_part_of_the_format(tmp_path: Path, name: str, orientation: int) -> None:
    codec = codec_named(name)
    assert codec is not None
    turned = FrameFormat(18, 12, 3, np.dtype("uint8"), orientation=orientation)
    codec.write(tmp_path / "x", Frame(SAMPLES, turned, annotations=Annotations(exif=exif())))
    assert codec.probe(tmp_path / "x") == codec.read(tmp_path / "x").format == turned
    with Image.open(tmp_path / "x") as image:
        assert image.getexif().get(0x0112, 1) == orientation


def test_profiles_for_other_channels_are_not_written() -> None:
    grey = FrameFormat(4, 4, 1, np.dtype("uint8"))
    assert profile_for(Annotations(icc_profile=PROFILE), grey) is None
    assert profile_for(Annotations(icc_profile=PROFILE), FORMAT) == PROFILE
    assert profile_for(Annotations(icc_profile=b"of another kind"), grey) == b"of another kind"
