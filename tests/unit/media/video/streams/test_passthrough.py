"""What lies next to the pictures of a file arrives in the output, or is named."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from tests.support.clips import packets, presentation_time, times, write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import SlowSound, TimeOptions
from midframe.media.video.container import open_input
from midframe.media.video.containers.mp4_boxes import mp4_tracks
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.streams import mux_samples, passthrough
from midframe.runtime.events import Notice, Reporter

SPOKEN = ((Fraction(2, 10), Fraction(3, 10), "Hello <i>there</i>"), (Fraction(6, 10), Fraction(2, 10), "Good bye"))
FONT = b"\0\1\0\0" + bytes(range(256))


def write_full(path: Path, *, rotation: int = 0, subtitles: str = "subrip") -> Path:
    """One second with two languages of sound, subtitles, chapters, a title; in Matroska also a font."""
    plain = write_clip(path.with_name("plain.mkv"), 25)
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        video = target.add_stream_from_template(source.streams.video[0])
        video.disposition = Disposition.default
        video.metadata["language"] = "jpn"
        if rotation:
            video.set_display_rotation(rotation)
        sounds = []
        for language, pitch, disposition in (("eng", 20, Disposition.default), ("fra", 33, Disposition.comment)):
            stream = target.add_stream("aac", rate=48000, layout="mono")
            stream.metadata.update(language=language, title=f"in {language}")
            stream.disposition = disposition
            sounds.append((stream, pitch))
        text = target.add_mux_stream(subtitles)
        text.time_base = Fraction(1, 1000)
        text.metadata["language"] = "deu"
        text.disposition = Disposition.forced
        if path.suffix == ".mkv":
            target.add_attachment("font.ttf", "font/ttf", FONT)
        target.metadata["title"] = "Waves"
        target.set_chapters(
            [
                {"id": k, "start": 500 * k, "end": 500 * k + 500, "time_base": Fraction(1, 1000),
                 "metadata": {"title": f"Part {k + 1}"}}
                for k in range(2)
            ]
        )  # fmt: skip
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                target.mux(packet)
        for stream, pitch in sounds:
            wave = (8000 * np.sin(np.arange(48000) / pitch)).astype(np.int16)[None]
            tone = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            tone.sample_rate, tone.pts = 48000, 0
            target.mux(stream.encode(tone))
            target.mux(stream.encode(None))
        for begin, length, words in SPOKEN:
            content = words.encode()
            line = Packet(content if subtitles == "subrip" else len(content).to_bytes(2, "big") + content)
            line.time_base = Fraction(1, 1000)
            line.pts = line.dts = int(begin * 1000)
            line.duration = int(length * 1000)
            line.stream = text
            target.mux(line)
    return path


def run(source: Path, output: Path, **options: Any) -> list[str]:
    """A whole job; its notes."""
    recorder = Recorder()
    run_job(resolve_job(JobOptions(source, output, **options)), FakeNetwork(), Reporter([recorder]))
    return [event.text for event in recorder.events if isinstance(event, Notice)]


def described(path: Path) -> list[tuple[str, str, str | None, Disposition]]:
    with av.open(str(path)) as container:
        return [
            (
                stream.type,
                stream.codec_context.name if stream.codec_context is not None else stream.name,
                stream.metadata.get("language"),
                stream.disposition,
            )
            for stream in container.streams
            if stream.type != "data"
        ]


def spoken(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        found = [packet for packet in container.demux(subtitles=0) if packet.size > 2]
        return [(presentation_time(packet), bytes(packet)) for packet in found]


@pytest.mark.parametrize(("suffix", "subtitles"), [(".mkv", "subrip"), (".mp4", "mov_text")])
def test_everything_is_kept_within_a_container(suffix: str, subtitles: str, tmp_path: Path) -> None:
    source, output = write_full(tmp_path / f"full{suffix}", subtitles=subtitles), tmp_path / f"out{suffix}"

    assert run(source, output) == []

    assert described(output) == described(source)
    kinds = [kind for kind, *_ in described(output)]
    assert kinds == ["video", "audio", "audio", "subtitle", *(["attachment"] if suffix == ".mkv" else [])]
    for number in (0, 1):
        assert packets(output, "audio", number) == packets(source, "audio", number)
    assert len(spoken(output)) == 2
    assert spoken(output) == spoken(source)
    with av.open(str(output)) as container:
        assert container.metadata["title"] == "Waves"
        assert [each["metadata"]["title"] for each in container.chapters()] == ["Part 1", "Part 2"]
        assert [stream.metadata.get("title") for stream in container.streams.audio] == (
            ["in eng", "in fra"] if suffix == ".mkv" else [None, None]
        )
        if suffix == ".mkv":
            assert container.streams.attachments[0].data == FONT
            assert container.streams.attachments[0].name == "font.ttf"


def test_what_mp4_does_not_hold_is_named(tmp_path: Path) -> None:
    source = write_full(tmp_path / "full.mkv")

    notes = run(source, tmp_path / "out.mp4")

    assert "The subtitle stream 3 (srt, deu) is converted to mov_text." in notes
    assert any(note.startswith("Left out attachment stream 4 (font.ttf)") for note in notes)
    assert [kind for kind, *_ in described(tmp_path / "out.mp4")] == ["video", "audio", "audio", "subtitle"]


@pytest.mark.parametrize(
    ("given", "subtitles", "suffix", "arrives"),
    [
        (".mkv", "subrip", ".mp4", b"\0\x0bHello there"),
        (".mkv", "subrip", ".webm", b"Hello <i>there</i>"),
        (".mp4", "mov_text", ".mkv", b"Hello <i>there</i>"),
        (".mp4", "mov_text", ".webm", b"Hello <i>there</i>"),
    ],
)
def test_subtitles_that_are_text_are_converted(
    given: str, subtitles: str, suffix: str, arrives: bytes, tmp_path: Path
) -> None:
    source = write_full(tmp_path / f"full{given}", subtitles=subtitles)

    run(source, tmp_path / f"out{suffix}")

    (begin, first), (second, _) = spoken(tmp_path / f"out{suffix}")
    assert first.startswith(arrives)
    assert [begin, second] == [SPOKEN[0][0], SPOKEN[1][0]]
    assert described(tmp_path / f"out{suffix}")[1 if suffix == ".webm" else 3][2] == "deu"


def test_subtitles_that_begin_late_are_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mux_samples, "LOOK_AHEAD", 3)

    run(write_full(tmp_path / "full.mkv"), tmp_path / "out.mp4")

    assert len(spoken(tmp_path / "out.mp4")) == 2


def test_rotation_and_chapters_of_mp4(tmp_path: Path) -> None:
    source = write_full(tmp_path / "full.mp4", rotation=90, subtitles="mov_text")

    assert run(source, tmp_path / "out.mp4") == []

    facts = [VideoSource(path).video_info for path in (source, tmp_path / "out.mp4")]
    assert facts[0].display_matrix is not None
    assert facts[1].display_matrix == facts[0].display_matrix


class ShownEarly:
    """A container in which the second language is heard before it is decoded, from some point on: none takes that."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def __enter__(self) -> InputContainer:
        return self._container

    def __exit__(self, *error: object) -> None:
        self._container.close()

    def demux(self, streams: list[Stream]) -> Iterator[Packet[Stream]]:
        seen = 0
        for packet in self._container.demux(streams):
            if packet.stream_index == 2 and packet.size:
                seen += 1
                if seen > 10:
                    packet.pts = (packet.dts or 0) - 40
            yield packet


def test_a_side_stream_that_fails_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_full(tmp_path / "full.mkv")
    monkeypatch.setattr(passthrough, "open_input", lambda path: ShownEarly(open_input(path)))
    notes = run(source, tmp_path / "out.mkv")

    assert notes == ["From some point on audio stream 2 (aac, fra, in fra) is missing: Invalid argument."]
    assert len(times(tmp_path / "out.mkv")) == 50
    assert packets(tmp_path / "out.mkv", "audio", 0) == packets(source, "audio", 0)
    assert len(packets(tmp_path / "out.mkv", "audio", 1)) == 10


def test_sound_keeps_step_with_the_pictures_in_the_file(tmp_path: Path) -> None:
    """Packets of all streams lie in the order of time, so that a file that was cut off has sound up to its end."""
    source = write_full(tmp_path / "full.mp4", subtitles="mov_text")
    run(source, tmp_path / "out.mkv")

    with av.open(str(tmp_path / "out.mkv")) as container:
        found = [(packet.dts * packet.time_base, packet) for packet in container.demux() if packet.dts is not None]
    times_in_file = [when for when, _ in found]
    assert all(when > max(times_in_file[: k + 1]) - Fraction(1, 10) for k, when in enumerate(times_in_file))


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_in_matroska_pictures_begin_at_zero_though_the_sound_is_primed(layout: str, tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "plain.mp4", 10)
    source = tmp_path / "source.mp4"
    with av.open(str(plain)) as pictures, av.open(str(source), "w") as target:
        video = target.add_stream_from_template(pictures.streams.video[0])
        sound = target.add_stream("aac", rate=44100, layout=layout)
        tone = av.AudioFrame("fltp", layout, 17640)
        for plane in tone.planes:
            plane.update(np.sin(np.arange(plane.buffer_size // 4) / 20).astype(np.float32).tobytes())
        tone.sample_rate, tone.pts = 44100, 0
        for packet in pictures.demux(video=0):
            if packet.size:
                packet.stream = video
                target.mux(packet)
        target.mux(sound.encode(tone))
        target.mux(sound.encode(None))

    assert run(source, tmp_path / "out.mkv") == []

    assert times(tmp_path / "out.mkv") == [Fraction(k, 50) for k in range(20)]
    assert packets(tmp_path / "out.mkv", "audio") == packets(source, "audio")
    with av.open(str(source)) as before, av.open(str(tmp_path / "out.mkv")) as after:
        contexts = [container.streams.audio[0].codec_context for container in (before, after)]
        assert contexts[0].extradata == contexts[1].extradata
        assert contexts[0].layout.name == contexts[1].layout.name == layout
        assert next(after.demux(audio=0)).pts == -23


def copied(source: Path, target: Path, **options: str) -> Path:
    """The same streams in another container."""
    with av.open(str(source)) as given, av.open(str(target), "w", container_options=options) as made:
        streams = {stream.index: made.add_stream_from_template(stream, opaque=True) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                made.mux(packet)
    return target


def with_data_track(path: Path, tag: bytes, *, chapters: bool = False) -> Path:
    """A film with a track of data; made of one with subtitles, whose codes are replaced."""
    with (
        av.open(str(write_clip(path.with_name("plain.mp4"), 10))) as given,
        av.open(str(path), "w", format="mp4") as made,
    ):
        video = made.add_stream_from_template(given.streams.video[0])
        text = made.add_mux_stream("mov_text")
        text.time_base = Fraction(1, 1000)
        if chapters:
            made.set_chapters([CHAPTER])
        line = Packet(b"\0\x04data")
        line.time_base, line.pts, line.dts, line.duration = Fraction(1, 1000), 0, 0, 300
        line.stream = text
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = video
                made.mux(packet)
        made.mux(line)
    path.write_bytes(path.read_bytes().replace(b"sbtl", b"meta").replace(b"tx3g", tag))
    return path


CHAPTER: Any = {"id": 0, "start": 0, "end": 300, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_aac_of_a_broadcast_loses_its_headers(suffix: str, tmp_path: Path) -> None:
    source = copied(write_clip(tmp_path / "clip.mp4", 10, sound=True), tmp_path / "clip.ts")
    headers = packets(source, "audio")
    assert all(packet[:2] == b"\xff\xf1" for packet in headers)

    assert run(source, tmp_path / f"out{suffix}") == []

    assert packets(tmp_path / f"out{suffix}", "audio") == [packet[7:] for packet in headers]
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        assert len(container.streams) == 2
        assert sum(frame.samples for frame in container.decode(audio=0)) > 19000


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_a_time_code_counts_frames_of_the_output(suffix: str, tmp_path: Path) -> None:
    plain, source, output = tmp_path / "plain.mp4", tmp_path / f"clip{suffix}", tmp_path / f"out{suffix}"
    with av.open(str(write_clip(plain, 10))) as given, av.open(str(source), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        stream.metadata["timecode"] = "01:00:00:05"
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                made.mux(packet)

    assert run(source, output) == []

    with av.open(str(output)) as container:
        assert [stream.metadata["timecode"] for stream in container.streams] == ["01:00:00:10"] * 2
    assert len(times(output)) == 20


def test_telemetry_is_kept_beside_chapters(tmp_path: Path) -> None:
    source = with_data_track(tmp_path / "clip.mp4", b"gpmd", chapters=True)
    assert sorted(mp4_tracks(source).entries.values()) == ["avc1", "gpmd", "text"]

    assert run(source, tmp_path / "out.mp4") == []

    assert sorted(mp4_tracks(tmp_path / "out.mp4").entries.values()) == ["avc1", "gpmd", "text"]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One"]


def test_a_track_that_cannot_be_read_back_is_left_out(tmp_path: Path) -> None:
    """The muxer takes it and writes an empty description, over which readers stumble."""
    notes = run(with_data_track(tmp_path / "clip.mov", b"mebx"), tmp_path / "out.mov")

    assert notes[0] == "Left out data stream 1 (mebx, und): the written data cannot be read back."
    assert list(mp4_tracks(tmp_path / "out.mov").entries.values()) == ["avc1"]


def covered(path: Path) -> Path:
    """A film with a cover picture."""
    picture = av.VideoFrame(16, 16, "yuvj420p")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 16, 16, "yuvj420p", Fraction(1, 25)
    [jpeg] = [*encoder.encode(picture), *encoder.encode(None)]
    cover = bytes(jpeg)
    with av.open(str(write_clip(path.with_name("plain.mp4"), 10))) as given, av.open(str(path), "w") as made:
        video = made.add_stream_from_template(given.streams.video[0])
        if path.suffix == ".mkv":
            made.add_attachment("cover.jpg", "image/jpeg", cover)
        else:
            attached = made.add_mux_stream("mjpeg", width=16, height=16)
            attached.disposition = Disposition.attached_pic
            packet = Packet(cover)
            packet.stream, packet.pts, packet.dts, packet.time_base = attached, 0, 0, Fraction(1, 25)
            made.mux(packet)
        for each in given.demux(video=0):
            if each.size:
                each.stream = video
                made.mux(each)
    return path


@pytest.mark.parametrize("given", [".mp4", ".mkv"])
@pytest.mark.parametrize("written", [".mp4", ".mkv"])
def test_cover_pictures_arrive(given: str, written: str, tmp_path: Path) -> None:
    source, output = covered(tmp_path / f"clip{given}"), tmp_path / f"out{written}"

    assert run(source, output) == []

    for path in (source, output):
        with av.open(str(path)) as container:
            assert [stream.disposition for stream in container.streams][1:] == [Disposition.attached_pic]
            assert container.streams.video[1].codec_context.name == "mjpeg"
            [packet] = [packet for packet in container.demux(container.streams[1]) if packet.size]
            [picture] = packet.decode()
            assert isinstance(picture, av.VideoFrame)
            assert picture.width == 16


@pytest.mark.parametrize("written", [".webm", ".mov"])
def test_covers_without_a_place_are_named(written: str, tmp_path: Path) -> None:
    notes = run(covered(tmp_path / "clip.mp4"), tmp_path / f"out{written}")

    assert any(note.startswith("Left out") and ("cover" in note or "mjpeg" in note) for note in notes)
    with av.open(str(tmp_path / f"out{written}")) as container:
        assert len(container.streams) == 1


def with_sound(path: Path, encoder: str) -> Path:
    """A film with sound in some compression."""
    plain = write_clip(path.with_name("plain.avi"), 10, codec="mpeg4", options={})
    with av.open(str(plain)) as given, av.open(str(path), "w") as made:
        video = made.add_stream_from_template(given.streams.video[0])
        sound: Any = made.add_stream(encoder, rate=48000, layout="mono", bit_rate=64000)
        wave = (8000 * np.sin(np.arange(19200) / 20)).astype(np.int16)[None]
        tone = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        tone.sample_rate, tone.pts = 48000, 0
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = video
                made.mux(packet)
        made.mux([*sound.encode(tone), *sound.encode(None)])
    return path


def test_matroska_takes_what_no_list_names(tmp_path: Path) -> None:
    source = with_sound(tmp_path / "clip.asf", "wmav2")

    assert run(source, tmp_path / "out.mkv") == []

    assert packets(tmp_path / "out.mkv", "audio") == packets(source, "audio")


@pytest.mark.parametrize(
    ("given", "encoder", "suffix", "arrives"),
    [
        (".asf", "wmav2", ".mp4", "aac"),
        (".mov", "pcm_alaw", ".mkv", "flac"),
        (".mkv", "flac", ".webm", "opus"),
    ],
)
def test_sound_that_does_not_fit_is_encoded_anew(
    given: str, encoder: str, suffix: str, arrives: str, tmp_path: Path
) -> None:
    source, output = with_sound(tmp_path / f"clip{given}", encoder), tmp_path / f"out{suffix}"

    [note] = run(source, output)

    assert note.startswith(f"The audio stream 1 ({encoder}) is re-encoded as ")
    with av.open(str(output)) as container:
        assert container.streams.audio[0].codec_context.name == arrives
        samples = sum(frame.samples for frame in container.decode(audio=0))
    # Encoders fill their last frame, and the first has what primes the decoder.
    assert 19200 <= samples <= 19200 + 4096


PHONE = {"com.apple.quicktime.model": "iPhone", "com.apple.quicktime.location.ISO6709": "+48.1374+011.5755/"}


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv"])
def test_tags_of_phones_are_kept(suffix: str, tmp_path: Path) -> None:
    source = tmp_path / "clip.mov"
    flags = {"movflags": "use_metadata_tags"}
    write_clip(source, 5, prepare=lambda container: container.metadata.update(PHONE), container_options=flags)

    assert run(source, tmp_path / f"out{suffix}") == []

    with av.open(str(tmp_path / f"out{suffix}")) as container:
        found = {name.lower(): value for name, value in container.metadata.items()}
    assert {name.lower(): value for name, value in PHONE.items()}.items() <= found.items()


def test_tags_without_a_place_are_named(tmp_path: Path) -> None:
    tags = {"title": "Waves", "purl": "somewhere"}
    source = write_clip(tmp_path / "clip.mkv", 5, prepare=lambda container: container.metadata.update(tags))

    assert run(source, tmp_path / "out.mp4") == ["Left out tags that the container cannot store: PURL."]

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.metadata["title"] == "Waves"


@pytest.mark.parametrize("sound", ["drop", "stretch"])
def test_slow_motion_keeps_what_has_no_time(sound: SlowSound, tmp_path: Path) -> None:
    source, output = write_full(tmp_path / "full.mkv"), tmp_path / "out.mkv"
    time = TimeOptions(slowmo=True, slow_sound=sound)

    run(source, output, time=time)

    with av.open(str(output)) as container:
        assert container.metadata["title"] == "Waves"
        chapters: list[Any] = list(container.chapters())
        found = [(each["metadata"]["title"], each["start"] * each["time_base"]) for each in chapters]
        assert found == [("Part 1", 0), ("Part 2", 1)]
        assert container.streams.attachments[0].data == FONT
        assert len(container.streams.audio) == (2 if sound == "stretch" else 0)
