"""Slow motion with its sound: length, step, pitch, and what is said about it."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import times, write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.errors import OptionError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.runtime.events import Notice, Reporter

BURSTS = [0.3, 0.73, 1.21, 1.66, 2.14, 2.57]
"""Seconds at which 40 ms of 1000 Hz begin."""

SECONDS = 3
LANGUAGES = ("ger", "eng")


def bursts(rate: int) -> NDArray[np.float32]:
    sound = np.zeros(SECONDS * rate, np.float32)
    wave = 0.6 * np.sin(2 * np.pi * 1000 * np.arange(rate // 25) / rate)
    for begin in BURSTS:
        place = round(begin * rate)
        sound[place : place + len(wave)] = wave
    return sound


def tone(rate: int) -> NDArray[np.float32]:
    wave: NDArray[np.float32] = (0.5 * np.sin(2 * np.pi * 440 * np.arange(SECONDS * rate) / rate)).astype(np.float32)
    return wave


def sounding(path: Path, codec: str, rate: int, sound: NDArray[np.float32], layout: str = "stereo") -> Path:
    """A clip of 25 frames per second with the same sound in two languages."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        streams = [container.add_stream(codec, rate=rate, layout=layout) for _ in LANGUAGES]
        for stream, language in zip(streams, LANGUAGES, strict=True):
            stream.metadata["language"] = language
        for number in range(25 * SECONDS):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32), 16 + number, np.uint8), format="gray")
            picture = picture.reformat(format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        channels = np.repeat(sound[None], av.AudioLayout(layout).nb_channels, axis=0)
        for stream in streams:
            assert isinstance(stream, av.AudioStream)
            frame = av.AudioFrame.from_ndarray(channels, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def heard(path: Path, number: int = 0) -> tuple[NDArray[np.float64], int, str]:
    """The first channel from time 0 on, its rate, and the codec's name."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[number]
        resampler = av.AudioResampler("fltp", "mono", stream.rate)
        frames = [plain for frame in container.decode(stream) for plain in resampler.resample(frame)]
        sound = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)
        lead = round(float(frames[0].pts * frames[0].time_base) * stream.rate)  # type: ignore[operator]
        return np.concatenate((np.zeros(lead), sound)), stream.rate, stream.codec_context.name


def onsets(sound: NDArray[np.float64], rate: int, expected: list[float]) -> list[float]:
    """Seconds by which each burst begins late: where the envelope gets past half its height."""
    width = rate // 500
    envelope = np.convolve(np.abs(sound), np.ones(width) / width, "same")
    late = []
    for begin in expected:
        first = max(0, round((begin - 0.2) * rate))
        part = envelope[first : round((begin + 0.3) * rate)]
        late.append((first + int(np.argmax(part > 0.5 * part.max()))) / rate - begin)
    return late


def slow(source: Path, output: Path, factor: Fraction, **options: object) -> list[str]:
    recorder = Recorder()
    time = TimeOptions(slowmo=True, slow_sound="stretch", **options)  # type: ignore[arg-type]
    run_job(resolve_job(JobOptions(source, output, factor=factor, time=time)), FakeNetwork(), Reporter([recorder]))
    return [event.text for event in recorder.events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    ("codec", "name", "rate", "factor", "to", "kept", "tolerance"),
    [
        ("aac", "a.mp4", 48000, Fraction(2), "out.mp4", ("aac", 48000), 0.014),
        ("flac", "a.mkv", 44100, Fraction(3, 2), "out.mkv", ("flac", 44100), 0.02),
        ("libopus", "a.mkv", 48000, Fraction(2), "out.webm", ("opus", 48000), 0.016),
        ("pcm_s16le", "a.mov", 44100, Fraction(2), "out.mp4", ("aac", 44100), 0.014),
        ("flac", "a.mkv", 44100, Fraction(2), "out.webm", ("opus", 48000), 0.016),
        ("aac", "a.mp4", 44100, Fraction(4), "out.mp4", ("aac", 44100), 0.06),
    ],
)
def test_sound_keeps_step(
    codec: str,
    name: str,
    rate: int,
    factor: Fraction,
    to: str,
    kept: tuple[str, int],
    tolerance: float,
    tmp_path: Path,
) -> None:
    """Within what windows of 43 and 46 ms allow, which grows where they are applied twice; nothing adds up."""
    clip = sounding(tmp_path / name, codec, rate, bursts(rate))

    slow(clip, tmp_path / to, factor)

    for number in range(2):
        sound, found_rate, found_codec = heard(tmp_path / to, number)
        assert (found_codec, found_rate) == kept
        # Encoders fill up their last frame.
        assert abs(len(sound) - SECONDS * factor * found_rate) <= 1024
        late = onsets(sound, found_rate, [begin * float(factor) for begin in BURSTS])
        assert np.abs(late).max() <= tolerance
    with av.open(str(tmp_path / to)) as container:
        assert [stream.metadata["language"] for stream in container.streams.audio] == list(LANGUAGES)
        assert container.streams.audio[0].layout.name == "stereo"
    assert len(times(tmp_path / to)) == ceil(25 * SECONDS * factor)


@pytest.mark.parametrize("factor", [Fraction(5, 4), Fraction(2), Fraction(8)])
def test_pitch_stays(factor: Fraction, tmp_path: Path) -> None:
    clip = sounding(tmp_path / "a.mkv", "flac", 48000, tone(48000), "mono")

    slow(clip, tmp_path / "out.mkv", factor)

    sound, rate, _ = heard(tmp_path / "out.mkv")
    middle = sound[rate : 2 * rate]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(rate)))
    assert abs(int(np.argmax(spectrum)) - 440) <= 1
    assert len(sound) == SECONDS * factor * rate


def test_a_part_has_its_own_sound(tmp_path: Path) -> None:
    clip = sounding(tmp_path / "a.mkv", "flac", 48000, bursts(48000))

    slow(clip, tmp_path / "out.mkv", Fraction(2), start=Fraction(1), end=Fraction(2))

    sound, rate, _ = heard(tmp_path / "out.mkv")
    assert len(sound) == 2 * rate
    assert np.abs(onsets(sound, rate, [2 * (begin - 1) for begin in (1.21, 1.66)])).max() <= 0.014


def test_sound_that_is_dropped_says_how_to_keep_it(tmp_path: Path) -> None:
    clip = sounding(tmp_path / "a.mp4", "aac", 48000, tone(48000))

    job = resolve_job(JobOptions(clip, tmp_path / "out.mp4", time=TimeOptions(slowmo=True)))

    assert job.notes[0] == (
        "Sound is dropped: in slow motion it would drift out of sync. `slowmo_audio=stretch` keeps the sound."
    )
    with pytest.raises(OptionError, match="needs `slowmo`"):
        resolve_job(JobOptions(clip, tmp_path / "out.mp4", time=TimeOptions(slow_sound="stretch")))


def test_nothing_is_said_of_sound_that_is_not_there(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "silent.mp4", 5)
    job = resolve_job(JobOptions(clip, tmp_path / "out.mp4", time=TimeOptions(slowmo=True)))
    assert not any("drift" in note for note in job.notes)


def test_damaged_sound_does_not_cost_the_pictures(tmp_path: Path) -> None:
    clip = sounding(tmp_path / "a.mkv", "flac", 48000, bursts(48000))
    with av.open(str(clip)) as container:
        spots = [(packet.pos, packet.size) for packet in container.demux(audio=0) if packet.size > 100]
    data = bytearray(clip.read_bytes())
    for position, size in spots[:1]:
        assert position is not None
        data[position + 20 : position + size] = bytes(size - 20)
    clip.write_bytes(data)

    slow(clip, tmp_path / "out.mkv", Fraction(2))

    assert len(times(tmp_path / "out.mkv")) == 50 * SECONDS
    sound, rate, _ = heard(tmp_path / "out.mkv")
    assert len(sound) == 2 * SECONDS * rate
    assert np.abs(onsets(sound, rate, [2 * begin for begin in BURSTS[1:]])).max() <= 0.014


def test_an_animation_has_no_sound(tmp_path: Path) -> None:
    clip = sounding(tmp_path / "a.mp4", "aac", 48000, tone(48000))

    notes = slow(clip, tmp_path / "out.gif", Fraction(2), end=Fraction(1, 5))

    assert any("GIF stores only pictures" in note for note in notes)
