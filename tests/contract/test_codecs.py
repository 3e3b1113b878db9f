"""What every image codec must do, run on every format, depth and channel layout."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.samples import LOSSLESS, Sample, picture, read_only_matrix, sample_matrix

from midframe.errors import UnreadableFileError, UnsupportedFormatError, WriteError
from midframe.media.images.codecs import IMAGE_CODECS, codec_for, codec_for_suffix, codec_named, supported_suffixes
from midframe.media.protocols import ImageCodec
from midframe.types import SAMPLE_DTYPES, Alpha, Frame, FrameFormat

MATRIX = sample_matrix()
READ_ONLY = read_only_matrix()
WRITABLE = [codec for codec in IMAGE_CODECS if codec.writable]
ONE_PER_SUFFIX = [next(sample for sample in MATRIX if sample.suffix == codec.suffixes[0]) for codec in WRITABLE]
ONE_OF_EACH = [*ONE_PER_SUFFIX, *{sample.suffix: sample for sample in READ_ONLY}.values()]

ONLY_LOSSY = (".jpg", ".avif", ".hdr")
"""Formats whose frames change a little when they are written once more."""


def by_id(sample: Sample) -> str:
    return sample.id


@pytest.fixture(params=MATRIX, ids=by_id)
def sample(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.param
    return found


@pytest.fixture(params=[*MATRIX, *READ_ONLY], ids=by_id)
def readable(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.param
    return found


@pytest.fixture(params=ONE_OF_EACH, ids=lambda sample: sample.suffix)
def file_of(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.param
    return found


@pytest.fixture(params=ONE_PER_SUFFIX, ids=lambda sample: sample.suffix)
def one(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.param
    return found


def test_the_matrix_covers_every_codec() -> None:
    assert {codec_for_suffix(sample.suffix) for sample in MATRIX} == set(WRITABLE)
    # What a library that may be missing reads can be tested where it is there.
    assert {codec.name for codec in IMAGE_CODECS if not codec.writable} == {"Photoshop", "HEIC"}


def test_written_frames_come_back(tmp_path: Path, readable: Sample) -> None:
    sample = readable
    frame = sample.frame()
    path = sample.write(tmp_path / f"frame{sample.suffix}")
    read = codec_for(path).read(path)
    assert read.format == frame.format
    assert (read.path, read.index) == (path, 0)
    if sample.suffix in LOSSLESS:
        np.testing.assert_array_equal(read.samples, frame.samples)
    else:
        shown = np.ones(read.samples.shape[:2], bool)
        if sample.alpha is not None and sample.suffix == ".gif":  # GIF pixels are opaque or not there at all
            shown = frame.samples[..., 3] >= 128
            np.testing.assert_array_equal(read.samples[..., 3] > 0, shown)
        error = np.abs(read.samples[shown].astype(float) - frame.samples[shown].astype(float))[..., :3]
        assert error.mean() < 12  # JPEG's and a palette's error on this picture; a swapped channel gives 40 and more


def test_probe_tells_what_read_gives(tmp_path: Path, readable: Sample) -> None:
    path = readable.write(tmp_path / f"frame{readable.suffix}")
    codec = codec_for(path)
    assert codec.probe(path) == codec.read(path).format


def test_a_read_frame_is_written_like_it_was(tmp_path: Path, sample: Sample) -> None:
    codec = codec_for_suffix(sample.suffix)
    assert codec is not None
    first = codec.read(sample.write(tmp_path / f"a{sample.suffix}"))
    codec.write(tmp_path / f"b{sample.suffix}", first)
    second = codec.read(tmp_path / f"b{sample.suffix}")
    assert second.format == first.format
    if sample.suffix not in ONLY_LOSSY:
        np.testing.assert_array_equal(second.samples, first.samples)
    if sample.suffix != ".exr":  # header attributes hold arrays, which have no plain equality; see test_exr
        assert second.metadata == first.metadata
    assert second.annotations == first.annotations


def test_written_bytes_do_not_depend_on_the_path(tmp_path: Path, one: Sample) -> None:
    codec = codec_for_suffix(one.suffix)
    assert codec is not None
    codec.write(tmp_path / "staged.part", one.frame())
    assert (tmp_path / "staged.part").read_bytes() == one.write(tmp_path / f"x{one.suffix}").read_bytes()


@pytest.mark.parametrize("codec", IMAGE_CODECS, ids=lambda codec: codec.name)
def test_refusals_are_honest(tmp_path: Path, codec: ImageCodec) -> None:
    """Where nothing is refused the format comes back; where something is, it says so and `write` keeps to it."""
    alphas = (None, *(Alpha(channel, kind) for channel in range(5) for kind in (False, True)))
    for dtype, channels, alpha, transfer in itertools.product(
        SAMPLE_DTYPES, range(1, 6), alphas, ("display", "linear")
    ):
        if alpha is not None and alpha.channel >= channels:
            continue
        frame_format = FrameFormat(8, 8, channels, dtype, alpha, transfer)
        path = tmp_path / f"x{codec.suffixes[0]}"
        frame = Frame(picture(frame_format), frame_format)
        refusal = codec.refusal(frame_format)
        if refusal is None:
            codec.write(path, frame)
            assert replace(codec.read(path).format, labels=()) == frame_format
        else:
            assert codec.name in refusal
            assert refusal.endswith(".")
            with pytest.raises(UnsupportedFormatError, match=codec.name):
                codec.write(path, frame)


@pytest.mark.parametrize("codec", IMAGE_CODECS, ids=lambda codec: codec.name)
def test_refusals_name_formats_that_can(codec: ImageCodec) -> None:
    """Every format that a refusal recommends takes such frames."""
    alphas = (None, *(Alpha(channel, kind) for channel in (1, 3) for kind in (False, True)))
    for dtype, channels, alpha, transfer in itertools.product(
        SAMPLE_DTYPES, (1, 2, 3, 4, 5), alphas, ("display", "linear")
    ):
        if alpha is not None and alpha.channel >= channels:
            continue
        if transfer == "linear" and (dtype.kind != "f" or (alpha is not None and not alpha.premultiplied)):
            continue  # no format is read as these
        frame_format = FrameFormat(8, 8, channels, dtype, alpha, transfer)
        refusal = codec.refusal(frame_format)
        if refusal is None:
            continue
        advice = re.split(r"[;.] |, and these", refusal, maxsplit=1)[-1]
        others = [other for other in IMAGE_CODECS if other.name in advice]
        assert others, refusal
        assert all(other.refusal(frame_format) is None for other in others), refusal


def test_long_sides_are_refused() -> None:
    assert "16383" in (codec_for(Path("x.webp")).refusal(FrameFormat(16384, 4, 3, np.dtype("uint8"))) or "")
    assert "65500" in (codec_for(Path("x.jpg")).refusal(FrameFormat(4, 65501, 3, np.dtype("uint8"))) or "")


def test_a_truncated_file_is_never_accepted(tmp_path: Path, readable: Sample) -> None:
    sample = readable
    codec = codec_for_suffix(sample.suffix)
    assert codec is not None
    whole = sample.write(tmp_path / f"whole{sample.suffix}").read_bytes()
    path = tmp_path / f"cut{sample.suffix}"
    cuts = {0, 1, 7, 8, 9, 30, len(whole) // 4, len(whole) // 2, len(whole) * 9 // 10, len(whole) - 1}
    for cut in sorted(cuts | set(range(40, len(whole), max(1, len(whole) // 12)))):
        path.write_bytes(whole[:cut])
        for use in (codec.probe, codec.read):
            with pytest.raises(UnreadableFileError, match="cut"):
                use(path)


def test_damage_gives_our_error_or_a_frame(tmp_path: Path, file_of: Sample, capfd: pytest.CaptureFixture[str]) -> None:
    """Wrong bytes anywhere: never another exception, never a frame that is not what probe said."""
    one = file_of
    codec = codec_for_suffix(one.suffix)
    assert codec is not None
    whole = one.write(tmp_path / f"whole{one.suffix}").read_bytes()
    path = tmp_path / f"damaged{one.suffix}"
    random = np.random.default_rng(1)
    for _ in range(150):
        data = bytearray(whole)
        start = int(random.integers(0, len(data)))
        data[start : start + 4] = random.bytes(len(data[start : start + 4]))
        path.write_bytes(data)
        with contextlib.suppress(UnreadableFileError, UnsupportedFormatError):
            frame = codec.read(path)
            assert codec.probe(path) == frame.format
    captured = capfd.readouterr()
    assert captured.out == ""
    if one.suffix != ".exr":  # the OpenEXR library itself reports corrupt chunks on standard error
        assert captured.err == ""


def test_an_empty_file_is_called_empty(tmp_path: Path, file_of: Sample) -> None:
    path = tmp_path / f"nothing{file_of.suffix}"
    path.touch()
    with pytest.raises(UnreadableFileError, match=r"nothing\.\w+ is empty"):
        codec_for(path).probe(path)


def test_garbage_is_not_read(tmp_path: Path, file_of: Sample) -> None:
    path = tmp_path / f"noise{file_of.suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(2000))
    for use in (codec_for(path).probe, codec_for(path).read):
        with pytest.raises(UnreadableFileError, match="is not a"):
            use(path)


def test_a_wrong_suffix_is_called_by_its_name(tmp_path: Path, one: Sample) -> None:
    other = ONE_PER_SUFFIX[(ONE_PER_SUFFIX.index(one) + 1) % len(ONE_PER_SUFFIX)]
    codec, true_codec = codec_for_suffix(one.suffix), codec_for_suffix(other.suffix)
    assert codec is not None
    assert true_codec is not None
    path = tmp_path / f"liar{one.suffix}"
    true_codec.write(path, other.frame())
    with pytest.raises(
        UnreadableFileError, match=f"contains {true_codec.name} data although its suffix is that of {codec.name}"
    ):
        codec.probe(path)


def test_a_folder_is_not_a_file(tmp_path: Path, one: Sample) -> None:
    path = tmp_path / f"folder{one.suffix}"
    path.mkdir()
    with pytest.raises(UnreadableFileError, match="is a folder"):
        codec_for(path).read(path)


def test_a_missing_file_is_called_missing(tmp_path: Path, one: Sample) -> None:
    path = tmp_path / f"gone{one.suffix}"
    with pytest.raises(UnreadableFileError, match="does not exist"):
        codec_for(path).read(path)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="this user may read everything")
def test_a_forbidden_file_is_called_forbidden(tmp_path: Path, one: Sample) -> None:
    path = one.write(tmp_path / f"secret{one.suffix}")
    path.chmod(0)
    with pytest.raises(UnreadableFileError, match="permission denied"):
        codec_for(path).probe(path)


def test_denied_permission_is_mapped(tmp_path: Path, one: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    path = one.write(tmp_path / f"secret{one.suffix}")

    def denied(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(UnreadableFileError, match="permission denied"):
        codec_for(path).probe(path)


def test_a_missing_target_folder_is_a_write_error(tmp_path: Path, one: Sample) -> None:
    with pytest.raises(WriteError, match="could not be written"):
        codec_for_suffix(one.suffix).write(tmp_path / "none" / f"x{one.suffix}", one.frame())  # type: ignore[union-attr]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_write_error(one: Sample) -> None:
    frame = one.frame(width=400, height=300)
    with pytest.raises(WriteError, match="No space left on device"):
        codec_for_suffix(one.suffix).write(Path("/dev/full"), frame)  # type: ignore[union-attr]


def test_the_register() -> None:
    assert codec_for(Path("shots/A.B.0003.TIFF")).name == "TIFF"
    assert codec_for_suffix(".JPeG") is codec_named("JPEG")
    assert codec_for_suffix(".mp4") is None
    assert {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".exr"} <= set(supported_suffixes())
    with pytest.raises(UnsupportedFormatError, match=r"notes\.txt is not an image.*\.png"):
        codec_for(Path("notes.txt"))
