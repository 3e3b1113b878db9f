"""Headers as programs write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from midframe.errors import InputError, UnreadableFileError, UnsupportedFormatError
from midframe.media.pipes.y4m import Y4mHeader, parse_header

FILM = Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (
            b"YUV4MPEG2 W64 H48 F24000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=LIMITED",  # ffmpeg
            Y4mHeader(64, 48, "420jpeg", FILM, Fraction(1), "p", 1),
        ),
        (
            b"YUV4MPEG2 C420p10 W1920 H1080 F24000:1001 Ip A0:0 XLENGTH=240",  # vspipe
            Y4mHeader(1920, 1080, "420p10", FILM, None, "p", 0),
        ),
        (b"YUV4MPEG2 W720 H576 F25:1 It A59:54", Y4mHeader(720, 576, "420", Fraction(25), Fraction(59, 54), "t", 0)),
        (b"YUV4MPEG2 H2 W4 F0:0 XYSCSS=422 XCOLORRANGE=FULL", Y4mHeader(4, 2, "422", None, None, "?", 2)),
        (b"YUV4MPEG2 W4 H2 Cmono12 Xanything F30:0", Y4mHeader(4, 2, "mono12", None, None, "?", 0)),
    ],
)
def test_what_others_write(line: bytes, header: Y4mHeader) -> None:
    assert parse_header(line) == header


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        (b"RIFF", UnreadableFileError, "`raw_input="),
        (b"YUV4MPEG2", UnreadableFileError, "no usable size"),
        (b"YUV4MPEG2 W0 H4", UnreadableFileError, "no usable size"),
        (b"YUV4MPEG2 W4 H-4", UnreadableFileError, "'-4'"),
        (b"YUV4MPEG2 W99999999999999 H4", UnreadableFileError, "no usable size"),
        (b"YUV4MPEG2 W65000 H65000", UnreadableFileError, "65000×65000"),
        (b"YUV4MPEG2 W4 H4 Fmany", UnreadableFileError, "frame rate"),
        (b"YUV4MPEG2 W4 H4 A-1:1", UnreadableFileError, "aspect"),
        (b"YUV4MPEG2 W4 H4 C444alpha", UnsupportedFormatError, "444alpha"),
    ],
)
def test_what_is_refused(line: bytes, error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words):
        parse_header(line)


def test_a_header_is_a_line() -> None:
    assert Y4mHeader(64, 48, "420p10", FILM, Fraction(1), "p", 2).line() == (
        b"YUV4MPEG2 W64 H48 F24000:1001 Ip A1:1 C420p10 XYSCSS=420P10 XCOLORRANGE=FULL\n"
    )
