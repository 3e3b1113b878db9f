"""What players need to know to show pictures: shape, projection, views, light, edges, colours, alpha."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from tests.support.clips import planes, times, write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.errors import UnsupportedFormatError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.media.sources import open_source
from midframe.media.video.containers.ebml import (
    CRC,
    SEGMENT,
    TRACK,
    TRACKS,
    VIDEO,
    Element,
    element,
    elements,
    find,
    unsigned,
    void,
)
from midframe.media.video.containers.matroska_aspect import PADDING, state_aspect
from midframe.media.video.picture_marks import PictureMarks, put_marks
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.stream_info import VideoStreamInfo
from midframe.media.video.writing.encoders import EncodingOptions, choose_encoding
from midframe.runtime.events import Notice, Reporter

EVERYWHERE = [
    (".mp4", "h264"),
    (".mp4", "h265"),
    (".mp4", "av1"),
    (".mp4", "vp9"),
    (".mov", "h264"),
    (".mov", "prores"),
    (".mkv", "h264"),
    (".mkv", "h265"),
    (".mkv", "av1"),
    (".mkv", "vp9"),
    (".mkv", "ffv1"),
    (".webm", "vp9"),
    (".webm", "av1"),
]
QUICK = {"h264": "ultrafast", "h265": "ultrafast", "av1": "12", "vp9": "8"}

EQUIRECTANGULAR = element(b"\x76\x70", unsigned(b"\x76\x71", 1))
TOP_BOTTOM = 3
MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
LIGHT = "1000,400"


def run(source: Path, output: Path, codec: str | None = None, **options: Any) -> list[str]:
    """A whole job; its notes."""
    recorder = Recorder()
    encoding = EncodingOptions(codec, preset=QUICK.get(codec or ""))
    with resolve_job(JobOptions(source, output, encoding=encoding, **options)) as job:
        run_job(job, FakeNetwork(), Reporter([recorder]))
    return [event.text for event in recorder.events if isinstance(event, Notice)]


def info(path: Path) -> VideoStreamInfo:
    source = VideoSource(path)
    source.close()
    return source.video_info


def marked(path: Path) -> Path:
    """A clip of a sphere, seen with two eyes, of high dynamic range, with pixels that are no squares."""

    def mark(stream: Any) -> None:
        size = stream.width, stream.height
        assert put_marks(stream, PictureMarks(EQUIRECTANGULAR, TOP_BOTTOM), MASTERING, LIGHT)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.framerate = 25
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    return write_clip(path, 3, size=(96, 64), stream_set=mark, container_options={"strict": "unofficial"})


@pytest.mark.parametrize(("suffix", "codec"), EVERYWHERE)
def test_everything_is_said_in_every_container(suffix: str, codec: str, tmp_path: Path) -> None:
    source = marked(tmp_path / "clip.mp4")
    given = info(source)
    assert (given.aspect, given.mastering, given.light_level) == (Fraction(4, 3), MASTERING, LIGHT)
    assert given.marks.projection
    assert given.marks.stereo_mode == TOP_BOTTOM

    notes = run(source, tmp_path / f"out{suffix}", codec)

    found = info(tmp_path / f"out{suffix}")
    assert (found.aspect, found.mastering, found.light_level) == (given.aspect, given.mastering, given.light_level)
    assert found.marks.projection == given.marks.projection
    if suffix == ".mov":
        # FFmpeg's muxer has QuickTime's newer mark only, which does not say how the views lie in the picture.
        assert "Left out the 3D tag: the container cannot store it." in notes
    else:
        assert notes == []
        assert found.marks.stereo_mode == given.marks.stereo_mode


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "ffv1"), (".webm", "vp9"), (".mp4", "vp9")])
@pytest.mark.parametrize("aspect", [Fraction(8, 9), Fraction(32, 27), Fraction(16, 15)])
def test_shapes_that_give_no_whole_width(aspect: Fraction, suffix: str, codec: str, tmp_path: Path) -> None:
    def shape(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = aspect

    source = write_clip(tmp_path / "clip.mp4", 2, stream_set=shape)

    run(source, tmp_path / f"out{suffix}", codec)

    found = info(tmp_path / f"out{suffix}").aspect
    assert found is not None
    # WebM counts in whole pixels of the shown width, of which there are 64 or so here.
    assert abs(found - aspect) < (Fraction(1, 64) if suffix == ".webm" else Fraction(1, 10**6))
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        assert "title" not in container.streams.video[0].metadata


def test_titles_survive_the_shape_of_pixels(tmp_path: Path) -> None:
    def shape(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.metadata["title"] = "Waves"

    run(write_clip(tmp_path / "clip.mkv", 3, stream_set=shape), tmp_path / "out.mkv", "ffv1")

    with av.open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.video[0].metadata["title"] == "Waves"
    content = (tmp_path / "out.mkv").read_bytes()
    tracks = find(content, SEGMENT, TRACKS)
    assert tracks is not None
    first, *_ = elements(tracks)
    assert first.identity == CRC
    assert int.from_bytes(first.content, "little") == zlib.crc32(tracks[first.end :])


def test_a_file_without_room_is_left_alone() -> None:
    track = element(TRACK, element(VIDEO, unsigned(b"\xb0", 64) + unsigned(b"\xba", 48)))
    content = element(b"\x1a\x45\xdf\xa3", b"") + element(SEGMENT, element(TRACKS, track))
    file = io.BytesIO(content)

    assert not state_aspect(file, Fraction(4, 3), ratios=True)

    assert file.getvalue() == content
    assert not state_aspect(io.BytesIO(b"no Matroska at all" + PADDING.encode()), Fraction(4, 3), ratios=True)


@pytest.mark.parametrize("size", [2, 3, 127, 128, 129, 130, 1000])
def test_voids_have_every_size(size: int) -> None:
    assert len(void(size)) == size
    assert [each.identity for each in elements(void(size) + void(2))] == [b"\xec", b"\xec"]


def test_damaged_elements_end_the_list() -> None:
    whole = unsigned(b"\xd7", 1)

    assert list(elements(whole + b"\xae\x90ab")) == [Element(b"\xd7", b"\x01", 0, 3)]
    assert list(elements(whole + b"\x00")) == [Element(b"\xd7", b"\x01", 0, 3)]


def cropped(path: Path, edges: tuple[int, int, int, int]) -> Path:
    """A Matroska file that hides edges: on the left, at the top, on the right, at the bottom."""
    plain = write_clip(path.with_name("plain.mkv"), 4, codec="ffv1", options={})
    with av.open(str(plain)) as given:
        track = io.BytesIO()
        with av.open(track, "w", format="matroska") as described:
            described.add_stream_from_template(given.streams.video[0], opaque=True)
            described.start_encoding()
        tracks = find(track.getvalue(), SEGMENT, TRACKS, TRACK)
        assert tracks is not None
        hidden = b"".join(
            unsigned(identity, edge)
            for identity, edge in zip((b"\x54\xcc", b"\x54\xbb", b"\x54\xdd", b"\x54\xaa"), edges, strict=True)
        )
        changed = b"".join(
            element(VIDEO, each.content + hidden) if each.identity == VIDEO else tracks[each.begin : each.end]
            for each in elements(tracks)
        )
        head = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska"))
        scale = element(b"\x15\x49\xa9\x66", unsigned(b"\x2a\xd7\xb1", 1_000_000))
        cluster = element(b"\x1f\x43\xb6\x75", unsigned(b"\xe7", 0))
        pattern = head + element(SEGMENT, scale + element(TRACKS, element(TRACK, changed)) + cluster)
        with av.open(io.BytesIO(pattern)) as like, av.open(str(path), "w") as made:
            stream = made.add_mux_stream("ffv1", width=64, height=48)
            stream.time_base = Fraction(1, 1000)
            BitStreamFilterContext("null", in_stream=like.streams.video[0], out_stream=stream)
            for packet in given.demux(video=0):
                if packet.size:
                    unpinned: Any = packet
                    unpinned.stream = stream
                    made.mux(packet)
    return path


@pytest.mark.parametrize("edges", [(0, 8, 0, 8), (4, 2, 6, 0)])
def test_hidden_edges_are_cut_off(edges: tuple[int, int, int, int], tmp_path: Path) -> None:
    left, top, right, bottom = edges
    source = cropped(tmp_path / "clip.mkv", edges)

    assert run(source, tmp_path / "out.mkv", "ffv1") == []

    for whole, part in zip(planes(tmp_path / "plain.mkv"), planes(tmp_path / "out.mkv")[::2], strict=True):
        luma = whole[0][top : 48 - bottom, left : 64 - right]
        assert np.array_equal(part[0], luma)
        assert np.array_equal(part[1], whole[1][top // 2 : (48 - bottom) // 2, left // 2 : (64 - right) // 2])
    assert info(tmp_path / "out.mkv").marks.crop == (0, 0, 0, 0)


@pytest.mark.parametrize("output", ["frames", "out.gif", "out.apng", "out.tif"])
def test_pictures_are_turned_as_players_turn_them(output: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", 3, stream_set=lambda stream: stream.set_display_rotation(90))

    run(source, tmp_path / output)

    path = tmp_path / output if output != "frames" else tmp_path / output / "0000000.png"
    if output == "out.tif":
        shape = open_source(path).format.height, open_source(path).format.width
    else:
        with av.open(str(path)) as container:
            shape = container.streams.video[0].height, container.streams.video[0].width
    assert shape == (64, 48)


def test_pixels_of_pictures_are_said_to_be_squares(tmp_path: Path) -> None:
    def shape(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    source = write_clip(tmp_path / "clip.mp4", 3, stream_set=shape)

    for output in ("frames", "out.gif"):
        assert any("4:3 as wide as high" in note for note in run(source, tmp_path / output))


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_a_rotation_that_few_players_know_is_said(suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", 3, stream_set=lambda stream: stream.set_display_rotation(90))

    notes = run(source, tmp_path / f"out{suffix}")

    assert any(f"some players of {suffix} ignore" in note for note in notes)
    assert info(tmp_path / f"out{suffix}").display_matrix == info(source).display_matrix


def with_matrix(path: Path, code: int) -> Path:
    plain = write_clip(path.with_name("plain.mp4"), 3)
    with av.open(str(plain)) as given, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        change = BitStreamFilterContext(f"h264_metadata=matrix_coefficients={code}", given.streams.video[0], stream)
        for packet in given.demux(video=0):
            for changed in change.filter(packet if packet.size else None):
                changed.stream = stream
                made.mux(changed)
    return path


@pytest.mark.parametrize("code", [8, 10, 12, 13, 14, 15, 17])
def test_colour_matrices_that_the_scaler_does_not_know(code: int, tmp_path: Path) -> None:
    source = with_matrix(tmp_path / "clip.mkv", code)
    assert info(source).colour.matrix == code

    assert run(source, tmp_path / "out.mkv") == []
    frames = run(source, tmp_path / "frames")

    assert info(tmp_path / "out.mkv").colour.matrix == code
    assert len(times(tmp_path / "out.mkv")) == 6
    assert any("wrong colours" in note for note in frames) == (code in (8, 14, 15, 17))


def test_names_of_colours_that_an_encoder_refuses(tmp_path: Path) -> None:
    notes = run(with_matrix(tmp_path / "clip.mkv", 17), tmp_path / "out.mkv", "h265")

    assert any(note.startswith("Left out the names of the colours' standards") for note in notes)


def with_dolby_vision(path: Path, profile: int, compatibility: int) -> Path:
    """A clip in H.265 that says it is Dolby Vision."""
    plain = write_clip(
        path.with_name("plain.mp4"), 3, codec="libx265", options={"preset": "ultrafast", "x265-params": "log-level=0"},
        stream_set=lambda stream: setattr(stream.codec_context, "codec_tag", "hvc1"),
    )  # fmt: skip
    content = bytearray(plain.read_bytes())
    setup = struct.pack(">BBHB", 1, 0, profile << 9 | 1 << 3 | 0b101, compatibility << 4) + bytes(19)
    kind = b"dvcC" if profile < 8 else b"dvvC"
    boxes: list[int] = []
    at, end = 0, len(content)
    for name, head in (
        (b"moov", 8),
        (b"trak", 8),
        (b"mdia", 8),
        (b"minf", 8),
        (b"stbl", 8),
        (b"stsd", 16),
        (b"hvc1", 86),
    ):
        while content[at + 4 : at + 8] != name:
            at += int.from_bytes(content[at : at + 4], "big")
            assert at < end
        boxes.append(at)
        end = at + int.from_bytes(content[at : at + 4], "big")
        at += head
    content[end:end] = struct.pack(">I4s", 8 + len(setup), kind) + setup
    for box in boxes:
        content[box : box + 4] = (int.from_bytes(content[box : box + 4], "big") + 8 + len(setup)).to_bytes(4, "big")
    path.write_bytes(content)
    return path


def test_dolby_vision_without_a_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError, match="Dolby Vision profile 5"):
        run(with_dolby_vision(tmp_path / "clip.mp4", 5, 0), tmp_path / "out.mp4")


def test_dolby_vision_over_hdr10_is_said_to_be_left_out(tmp_path: Path) -> None:
    notes = run(with_dolby_vision(tmp_path / "clip.mp4", 8, 1), tmp_path / "out.mp4")

    assert any("metadata of Dolby Vision" in note for note in notes)


@pytest.mark.parametrize(
    ("suffix", "pixels", "opaque", "codec"),
    [
        (".mov", "gbrap", False, "prores"),
        (".mov", "rgba", False, "prores"),
        (".mov", "gbrap", True, "h264"),
        (".mov", "gbrp", False, "h264"),
        (".mkv", "gbrap", False, "ffv1"),
        (".mkv", "yuva420p", False, "prores"),
        (".webm", "gbrap", False, "vp9"),
        (".mp4", "gbrap", False, "h264"),
    ],
)
def test_alpha_chooses_the_codec(suffix: str, pixels: str, opaque: bool, codec: str) -> None:
    encoding = choose_encoding(suffix, "png", pixels, EncodingOptions(), opaque=opaque)

    assert encoding.codec.name == codec
    if codec in ("prores", "ffv1", "vp9") and not opaque:
        assert "a" in encoding.pixels


@pytest.mark.parametrize("count", [1, 2, 121, 122])
def test_segments_of_few_frames_have_times(count: int, tmp_path: Path) -> None:
    """x265 makes up decoding times where it gets fewer frames than it may hold back."""
    source = write_clip(tmp_path / "clip.mkv", max(2, count), codec="ffv1", options={}, size=(32, 32))

    time = TimeOptions(fps=Fraction(12)) if count == 1 else TimeOptions()
    run(source, tmp_path / "out.mkv", "h265", factor=Fraction(1), time=time)

    assert len(times(tmp_path / "out.mkv")) == count
