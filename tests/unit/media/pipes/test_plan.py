"""What goes out through a pipe, for every kind of source."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import write_clip
from tests.support.samples import Sample, write_sequence
from tests.support.y4m import header_of, noise, pipe_of, y4m

from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.pipes.plan import PipePlan, PipeRequest, nearest_y4m, plan_pipe
from midframe.media.pipes.raw import RawVideo
from midframe.media.protocols import FrameSource, FrameStream
from midframe.media.sources import open_source
from midframe.media.video.writing.encoders import EncodingOptions


def plan(
    source: FrameSource | FrameStream,
    encoding: EncodingOptions | None = None,
    *,
    raw: bool = False,
    rate: int | None = 50,
) -> PipePlan:
    encoding = encoding or EncodingOptions()
    return plan_pipe(source, None, PipeRequest(io.BytesIO(), raw, Fraction(rate) if rate else None, encoding))


@pytest.mark.parametrize(
    ("pixels", "nearest"),
    [
        ("yuv420p", "yuv420p"),
        ("yuv422p10le", "yuv422p10le"),
        ("yuva420p", "yuv420p"),
        ("yuva444p10le", "yuv444p10le"),
        ("yuv440p", "yuv444p"),
        ("yuv410p", "yuv444p"),
        ("yuv411p", "yuv411p"),
        ("gbrp", "yuv444p"),
        ("gbrap12le", "yuv444p12le"),
        ("rgb24", "yuv444p"),
        ("rgba64le", "yuv444p16le"),
        ("gray", "gray"),
        ("gray16le", "gray16le"),
        ("ya8", "yuv444p"),
    ],
)
def test_what_y4m_has_for_it(pixels: str, nearest: str) -> None:
    assert nearest_y4m(pixels) == nearest


def test_a_y4m_gets_the_header_it_came_with() -> None:
    header = header_of("420paldv", rest="F25:1 Ib A59:54 XCOLORRANGE=FULL")
    made = plan(pipe_of(header + b"\n"))
    assert made.header is not None
    assert made.header.line() == b"YUV4MPEG2 W24 H16 F50:1 Ib A59:54 C420paldv XCOLORRANGE=FULL\n"
    assert made.notes == ()


def test_videos_say_what_is_left_out(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, sound=True, tags=(9, 9, 16, 1))
    made = plan(open_source(clip))
    assert made.planned_names() == ("Y4M 420mpeg2", "Y4M 420mpeg2")
    assert made.header is not None
    assert (made.header.range, made.header.aspect) == (1, Fraction(1))
    assert made.notes == ("A pipe transports only pictures; left out: audio streams, the colour matrix (BT2020).",)


@pytest.mark.parametrize(
    ("kind", "channels", "samples", "codes", "raw", "words"),
    [
        ("uint8", 3, "444", 1, "rgb24", "RGB becomes BT.709"),
        ("uint16", 3, "444p16", 1, "rgb48le", "RGB becomes BT.709"),
        ("uint8", 1, "mono", 2, "gray", ""),
    ],
)
def test_pictures(tmp_path: Path, kind: str, channels: int, samples: str, codes: int, raw: str, words: str) -> None:
    write_sequence(tmp_path / "in", Sample(".png", kind, channels, None))
    source = open_source(tmp_path / "in")
    made = plan(source)
    assert made.header is not None
    assert (made.header.samples, made.header.range) == (samples, codes)
    assert words in " ".join(made.notes)
    assert bool(made.notes) == bool(words)
    made = plan(source, raw=True)
    assert (made.header, made.pixels) == (None, raw)
    assert made.notes == (f"Raw planes have no header; they are 23x17, {raw}, 50 frames per second.",)


@pytest.mark.parametrize(("given", "out"), [("rgb24", "rgb24"), ("nv12", "nv12"), ("yuvj420p", "yuv420p")])
def test_raw_planes_stay_what_they_are(given: str, out: str) -> None:
    assert plan(pipe_of(b"", RawVideo(24, 16, given)), raw=True).pixels == out


def test_pixels_can_be_chosen() -> None:
    source = pipe_of(y4m(noise("444p10", 1), header_of("444p10")))
    made = plan(source, EncodingOptions(pixels="yuv420p"))
    assert made.header is not None
    assert made.header.samples == "420mpeg2"
    assert made.notes == (
        "In yuv420p, 8 of 10 bits are kept and chroma resolution is reduced. `raw_output` keeps the pixels unchanged.",
    )
    made = plan(source, EncodingOptions(pixels="gray"), raw=True)
    assert "8 of 10 bits are kept and colours are left out. Choose other pixels with `pix_fmt`." in made.notes[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encoding": EncodingOptions("h264")}, "not compressed"),
        ({"encoding": EncodingOptions(pixels="rgb24")}, "`raw_output` supports others"),
        ({"encoding": EncodingOptions(pixels="pal8"), "raw": True}, "such as yuv420p"),
        ({"rate": None}, "`vfr=even`"),
    ],
)
def test_what_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        plan(pipe_of(header_of("420") + b"\n"), **options)  # type: ignore[arg-type]


def test_floats_do_not_go_through_pipes(tmp_path: Path) -> None:
    write_sequence(tmp_path / "in", Sample(".exr", "float16", 3, None))
    with pytest.raises(UnsupportedFormatError, match="image sequence"):
        plan(open_source(tmp_path / "in"))
