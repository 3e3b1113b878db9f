"""Pictures of H.264 and H.265 in the place of others: every other picture decodes to the same bits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.codec.context import CodecContext, Flags
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from tests.support.clips import moving, painted

from midframe.media.video import h264_pictures, h265_pictures
from midframe.media.video.bits import BitReader, as_unit, escaped, units, unsigned_code
from midframe.media.video.codecs import codec_to_write

WIDTH, HEIGHT, COUNT = 64, 48, 24

ENCODERS = {
    "h264": ("libx264", {}),
    "h264, other codes": ("libx264", {"x264-params": "cabac=0"}),
    "h264, several slices": ("libx264", {"x264-params": "slices=3"}),
    "h264, no deblocking": ("libx264", {"x264-params": "no-deblock=1"}),
    "h264, high quality": ("libx264", {"crf": "1", "preset": "slower"}),
    "h264, bytes that look like start codes": ("libx264", {"qp": "50"}),
    "h265": ("libx265", {}),
    "h265, fast": ("libx265", {"preset": "ultrafast"}),
    "h265, slow": ("libx265", {"preset": "slower"}),
    "h265, several rows at once": ("libx265", {"x265-params": "wpp=1:ctu=16"}),
    "h265, no smoothing": ("libx265", {"x265-params": "sao=0:deblock=0"}),
}


def encoder(name: str, options: dict[str, str], pixels: str = "yuv420p") -> VideoCodecContext:
    context = CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, pixels
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    given = dict(options)
    if name == "libx265":
        given["x265-params"] = ":".join(filter(None, ["log-level=error", options.get("x265-params")]))
    context.options = given
    context.flags |= Flags.global_header
    return context


def encoded(context: VideoCodecContext, pictures: dict[int, av.VideoFrame]) -> list[tuple[int, int, bytes]]:
    packets: list[Any] = []
    for number, picture in pictures.items():
        picture.pts, picture.time_base = number, Fraction(1, 25)
        packets += context.encode(picture)
    packets += context.encode(None)
    return [(packet.pts, packet.dts, bytes(packet)) for packet in packets]


def decoded(kind: str, head: bytes, packets: list[tuple[int, int, bytes]]) -> dict[int, NDArray[Any]]:
    context = CodecContext.create(kind, "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = head
    found = []
    for shown, decoding, data in packets:
        packet: Any = av.Packet(data)
        packet.pts, packet.dts, packet.time_base = shown, decoding, Fraction(1, 25)
        found += context.decode(packet)
    found += context.decode(None)
    assert not any(picture.is_corrupt for picture in found)
    return {picture.pts: picture.to_ndarray() for picture in found if picture.pts is not None}


def inverted(number: int, height: int, width: int) -> NDArray[Any]:
    made: NDArray[Any] = 1 - moving(number, height, width)
    return made


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
def test_every_other_picture_stays_the_same(name: str, pixels: str) -> None:
    library, options = ENCODERS[name]
    kind, module = ("h264", h264_pictures) if library == "libx264" else ("hevc", h265_pictures)
    context = encoder(library, options, pixels)
    pictures = {number: painted(number, WIDTH, HEIGHT, pixels, moving) for number in range(COUNT)}
    packets = encoded(context, pictures)
    head = bytes(context.extradata or b"")
    before = decoded(kind, head, packets)
    replaced = 0
    for place, (number, decoding, old) in enumerate(packets):
        one = encoder(library, options, pixels)
        ((_, _, new),) = encoded(one, {0: painted(number, WIDTH, HEIGHT, pixels, inverted)})
        assert module.parameter_sets(bytes(one.extradata or b"")) == module.parameter_sets(head)
        made = module.replaced_picture(head, old, new, last=place == len(packets) - 1)
        assert (made is None) == (not module.is_alone(old) and place < len(packets) - 1)
        if made is None:
            continue
        replaced += 1
        after = decoded(kind, head, [*packets[:place], (number, decoding, made), *packets[place + 1 :]])
        assert after.keys() == before.keys()
        differing = [each for each in before if not np.array_equal(before[each], after[each])]
        assert differing == [number]
        wanted = painted(number, WIDTH, HEIGHT, pixels, inverted).to_ndarray().astype(int)
        assert np.abs(after[number] - wanted).mean() < (40 if "qp" in options else 12)
    assert replaced > COUNT // 3


@pytest.mark.parametrize("name", ["h264", "h265"])
def test_what_is_not_known_is_left_alone(name: str) -> None:
    replaced = codec_to_write(name).replaced
    assert replaced is not None
    garbage = [b"", b"\0\0\0\1", b"\0\0\1\x01", b"\0\0\1" + bytes(range(256)), b"\0\0\1\x65\xff\xff", b"\0\0\1\x02\x01"]
    for head in garbage:
        for old in garbage:
            assert replaced(head, old, old, last=True) is None


def test_units_beside_the_picture_are_kept() -> None:
    context = encoder("libx264", {})
    packets = encoded(context, {number: painted(number, WIDTH, HEIGHT, "yuv420p", moving) for number in range(COUNT)})
    head = bytes(context.extradata or b"")
    old = next(data for _, _, data in packets if h264_pictures.is_alone(data))
    message = b"\0\0\0\1\x06\x05\x01\xaa\x80"
    ((_, _, new),) = encoded(encoder("libx264", {}), {0: painted(0, WIDTH, HEIGHT, "yuv420p", inverted)})
    made = h264_pictures.replaced_picture(head, message + old, new, last=False)
    assert made is not None
    assert made.startswith(message)


@pytest.mark.parametrize("value", [*range(20), 255, 256, 65535])
def test_codes_are_read_as_written(value: int) -> None:
    bits = unsigned_code(value)
    padded = bits + "1" + "0" * (-(len(bits) + 1) % 8)
    reader = BitReader(int(padded, 2).to_bytes(len(padded) // 8, "big"))
    assert reader.unsigned() == value
    assert reader.between(0, reader.place) == bits


@pytest.mark.parametrize(
    "plain", [b"\0\0\0", b"\0\0\1", b"\0\0\2", b"\0\0\3", b"\0\0\0\0\0", b"\1\0\0\3\0\0\1", b"\0\0\4"]
)
def test_no_start_code_appears_inside(plain: bytes) -> None:
    made = escaped(plain)
    assert not any(code in made for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))
    assert BitReader(made).data == plain
    unit = as_unit(b"\x01", "1" * 8, plain + b"\x80")
    assert list(units(unit)) == [unit[4:]]
