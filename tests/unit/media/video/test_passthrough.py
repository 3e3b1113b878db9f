"""What lies beside the pictures of a file arrives in the output, or is named."""

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
from midframe.media.video import passthrough
from midframe.media.video.container import open_input
from midframe.media.video.source import VideoSource
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


def run(source: Path, output: Path) -> list[str]:
    """A whole job; its notes."""
    recorder = Recorder()
    run_job(resolve_job(JobOptions(source, output)), FakeNetwork(), Reporter([recorder]))
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

    assert any(note.startswith("Left out subtitle stream 3 (srt, deu)") for note in notes)
    assert any(note.startswith("Left out attachment stream 4 (font.ttf)") for note in notes)
    assert [kind for kind, *_ in described(tmp_path / "out.mp4")] == ["video", "audio", "audio"]


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
