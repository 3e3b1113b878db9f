"""Whole jobs through pipes, with an engine that cross-fades."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.clips import frame_planes, moving, painted, times
from tests.support.jobs import FakeNetwork, Recorder
from tests.support.partial_files import partial_file
from tests.support.y4m import header_of, noise, split_y4m, y4m

from midframe.detection.rules import PairRules
from midframe.errors import OptionError, OutputExistsError, SequenceError, UnreadableFileError, WriteError
from midframe.jobs.options import JobOptions
from midframe.jobs.plan import preflight
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.media.images.codecs import codec_for
from midframe.media.pipes.raw import RawPictures, RawVideo
from midframe.media.pipes.streams import Pipes
from midframe.media.pipes.y4m import PIXELS
from midframe.media.sources import open_source
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import FramePlaced, JobSummary, Notice, Reporter, Started

PLAIN = PairRules(None, "off")
PIPE = Path("-")


def waves(samples: str = "420", count: int = 6, first: int = 0, size: tuple[int, int] = (64, 48)) -> list[bytes]:
    """Pictures of waves that move."""
    raw = RawPictures(*size, PIXELS[samples])
    numbers = range(first, first + count)
    return [raw.encode(painted(number, *size, PIXELS[samples].removesuffix("le"), moving)) for number in numbers]


def wave_y4m(samples: str = "420", count: int = 6, rest: str = "F25:1 Ip A1:1") -> bytes:
    return y4m(waves(samples, count), header_of(samples, 64, 48, rest))


class Piped:
    """Runs jobs and remembers what they told."""

    def __init__(self) -> None:
        self.network = FakeNetwork()
        self.recorder = Recorder()

    def __call__(self, data: bytes, output: Path = PIPE, **options: object) -> bytes:
        out = io.BytesIO()
        self.recorder = Recorder()
        options.setdefault("rules", PLAIN)
        options.setdefault("source", "-")
        job = resolve_job(JobOptions(output=output, **options), Pipes(io.BytesIO(data), out))  # type: ignore[arg-type]
        self.summary: JobSummary = run_job(job, self.network, Reporter([self.recorder]))
        return out.getvalue()

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.recorder.events if isinstance(event, Notice)]

    @property
    def origins(self) -> list[str]:
        return [event.origin for event in self.recorder.events if isinstance(event, FramePlaced)]


@pytest.fixture
def piped() -> Piped:
    return Piped()


@pytest.mark.parametrize("samples", ["420jpeg", "420paldv", "422", "444", "411", "mono", "420p10", "444p16", "mono12"])
def test_originals_are_the_same_bytes(samples: str, piped: Piped) -> None:
    given = noise(samples, 4, 23, 17)

    out = piped(y4m(given, header_of(samples, 23, 17)), factor=Fraction(3))

    header, pictures = split_y4m(out)
    assert header.startswith(b"YUV4MPEG2 W23 H17 F75:1 Ip A1:1 C" + samples.encode())
    assert len(pictures) == 12
    assert pictures[::3] == given
    assert pictures[-1] == given[-1]
    assert len(set(pictures)) == 10
    started = next(event for event in piped.recorder.events if isinstance(event, Started))
    assert started.totals == {"read": None, "interpolate": None, "write": None}
    assert (piped.summary.sources, piped.summary.outputs, piped.summary.synthesised) == (4, 12, 6)


@pytest.mark.parametrize(
    ("options", "count", "rate"),
    [
        ({}, 12, "50:1"),
        ({"end": "drop"}, 11, "50:1"),
        ({"end": "hold", "factor": Fraction(5, 2)}, 15, "125:2"),
        ({"time": TimeOptions(fps=Fraction(60000, 1001))}, 15, "60000:1001"),
        ({"time": TimeOptions(fps=Fraction(10))}, 3, "10:1"),
        ({"time": TimeOptions(slowmo=True)}, 12, "25:1"),
        ({"factor": Fraction(1)}, 6, "25:1"),
        ({"time": TimeOptions(start=Fraction(1, 25), end=Fraction(4, 25))}, 6, "50:1"),
        ({"rules": PairRules(dedup=True)}, 12, "50:1"),
        ({"mode": "bisect", "factor": Fraction(4)}, 24, "100:1"),
    ],
)
def test_the_same_as_from_a_file(options: dict[str, Any], count: int, rate: str, tmp_path: Path, piped: Piped) -> None:
    data = wave_y4m()
    (tmp_path / "in.y4m").write_bytes(data)

    from_pipe, origins = piped(data, **options), piped.origins
    from_file = piped(b"", source=tmp_path / "in.y4m", **options)

    header, pictures = split_y4m(from_pipe)
    assert f"F{rate} " in header.decode()
    assert len(pictures) == count
    assert pictures == split_y4m(from_file)[1]
    assert origins == piped.origins


def test_cuts_are_found(piped: Piped) -> None:
    scenes = waves(count=6) + [bytes([60] * 3072 + [90] * 1536)] * 6
    out = piped(y4m(scenes, header_of("420", 64, 48)), rules=PairRules())
    assert piped.summary.cuts == 1
    assert split_y4m(out)[1][11] == scenes[5]


def test_into_a_video_and_out_of_one(tmp_path: Path, piped: Piped) -> None:
    data = wave_y4m(rest="F30:1 Ip A1:1")
    piped(data, tmp_path / "out.mkv", encoding=EncodingOptions("ffv1"))
    assert len(times(tmp_path / "out.mkv")) == 12
    with av.open(str(tmp_path / "out.mkv")) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 60
        decoded = [b"".join(plane.tobytes() for plane in frame_planes(frame)) for frame in container.decode(stream)]
    assert decoded[::2] == split_y4m(data)[1]

    out = piped(b"", source=tmp_path / "out.mkv", factor=Fraction(1))

    header, pictures = split_y4m(out)
    assert b" F60:1 Ip A1:1 C420mpeg2" in header
    assert pictures == decoded


def test_every_time_of_a_video_is_exact(tmp_path: Path, piped: Piped) -> None:
    piped(wave_y4m(rest="F24000:1001 A4:3"), tmp_path / "out.mp4", time=TimeOptions(fps=Fraction(60000, 1001)))
    assert times(tmp_path / "out.mp4") == [k * Fraction(1001, 60000) for k in range(15)]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_into_a_folder(tmp_path: Path, piped: Piped) -> None:
    out = tmp_path / "out"
    piped(wave_y4m("444p10"), out)
    frames = open_source(out)
    assert (len(frames), frames.format.dtype) == (11, np.dtype(np.uint16))
    with pytest.raises(OutputExistsError):
        piped(wave_y4m(), out)
    piped(wave_y4m(count=3), out, overwrite=True)
    assert [codec_for(path).probe(path).dtype.name for path in sorted(out.iterdir())] == 5 * ["uint8"] + 6 * ["uint16"]
    assert any("6 files in" in note and "were kept: 0000005.png" in note for note in piped.notes)


def test_pictures_become_y4m(tmp_path: Path, piped: Piped) -> None:
    piped(wave_y4m("444"), tmp_path / "in", factor=Fraction(1))
    out = piped(b"", source=tmp_path / "in", time=TimeOptions(source_fps=Fraction(12)))
    header, pictures = split_y4m(out)
    assert header == b"YUV4MPEG2 W64 H48 F24:1 Ip A1:1 C444 XCOLORRANGE=LIMITED"
    assert len(pictures) == 12
    assert any("RGB becomes BT.709" in note for note in piped.notes)
    raw = piped(b"", source=tmp_path / "in", factor=Fraction(1), raw_output=True)
    frames = [open_source(tmp_path / "in").read(index).samples.tobytes() for index in range(6)]
    assert raw == b"".join(frames)


@pytest.mark.parametrize("pixels", ["yuv420p", "rgb24", "nv12", "gray16le", "bgra", "yuyv422"])
def test_raw_to_raw(pixels: str, piped: Piped) -> None:
    size = RawPictures(24, 16, pixels).nbytes
    given = [np.random.default_rng(seed).bytes(size) for seed in range(3)]

    out = piped(b"".join(given), raw_input=RawVideo(24, 16, pixels, Fraction(24)), raw_output=True)

    pictures = [out[begin : begin + size] for begin in range(0, len(out), size)]
    assert len(pictures) == 6
    assert pictures[::2] == given
    assert any(f"24x16, {pixels}, 48 frames per second" in note for note in piped.notes)


def test_packed_pixels_come_back_every_time(piped: Piped) -> None:
    """Converting them with several threads damaged 1 picture of 250, so a few would not show it."""
    size = RawPictures(24, 16, "yuyv422").nbytes
    given = [np.random.default_rng(seed).bytes(size) for seed in range(400)]

    out = piped(b"".join(given), raw_input=RawVideo(24, 16, "yuyv422", Fraction(24)), raw_output=True)

    assert [out[begin : begin + size] for begin in range(0, len(out), 2 * size)] == given


@pytest.mark.parametrize(("time", "rate"), [(TimeOptions(), "48:1"), (TimeOptions(source_fps=Fraction(15)), "30:1")])
def test_a_rate_that_is_not_said(time: TimeOptions, rate: str, piped: Piped) -> None:
    header, _ = split_y4m(piped(wave_y4m(rest="F0:0 Ip A0:0"), time=time))
    assert f"F{rate} Ip A0:0".encode() in header
    assert any("24 is assumed" in note for note in piped.notes) == (time.source_fps is None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"output": None}, "add `output=out.mp4`"),
        ({"end": "loop"}, "cannot loop"),
        ({"time": TimeOptions(unsteady="even")}, "constant frame rate"),
        ({"time": TimeOptions(source_fps=Fraction(3))}, "cannot be given"),
        ({"time": TimeOptions(end=Fraction(1, 25))}, "fewer than two"),
        ({"time": TimeOptions(fps=Fraction(60), slowmo=True)}, "either `fps` or `slowmo`"),
        ({"name": "a_{:d}"}, "no file names"),
        ({"output": Path("out.tif")}, "from a pipe"),
        ({"encoding": EncodingOptions("h264")}, "not compressed"),
        ({"source": "clip.mp4", "raw_input": RawVideo(8, 8, "gray")}, "give - as INPUT"),
        ({"output": Path("out.mp4"), "raw_output": True}, "give `output=-`"),
    ],
)
def test_what_is_refused(
    options: dict[str, object], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piped: Piped
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match=words):
        piped(wave_y4m(), **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def test_terminals_are_no_pipes(tmp_path: Path) -> None:
    (tmp_path / "in.y4m").write_bytes(wave_y4m())
    with pytest.raises(OptionError, match=r"ffmpeg -i .* \| midframe run -"):
        resolve_job(JobOptions("-", tmp_path / "out.mp4"), Pipes(Terminal(), io.BytesIO()))
    with pytest.raises(OptionError, match=r"\| ffplay -"):
        resolve_job(JobOptions(tmp_path / "in.y4m", PIPE), Pipes(io.BytesIO(), Terminal()))


@pytest.mark.parametrize(("count", "words"), [(0, "No frames"), (1, "1 frame came")])
def test_too_few_frames(count: int, words: str, piped: Piped) -> None:
    with pytest.raises(SequenceError, match=words):
        piped(wave_y4m(count=count))


@pytest.mark.parametrize("suffix", ["", ".mkv"])
def test_what_was_finished_is_kept_when_the_sender_breaks(suffix: str, tmp_path: Path, piped: Piped) -> None:
    with pytest.raises(UnreadableFileError, match="pipe ended within frame 5"):
        piped(wave_y4m()[:-100], tmp_path / f"out{suffix}")
    if suffix:
        assert len(times(partial_file(tmp_path / "out.mkv"))) == 8
    else:
        assert len(open_source(tmp_path / "out")) == 8


def test_a_reader_that_goes_away(piped: Piped) -> None:
    class Gone(io.BytesIO):
        def write(self, data: object) -> int:
            if self.tell() > 10_000:
                raise BrokenPipeError(32, "Broken pipe")
            # A pipe may take less than it is given.
            return super().write(bytes(data)[:1000])  # type: ignore[call-overload]

    out = Gone()
    job = resolve_job(JobOptions("-", PIPE, rules=PLAIN), Pipes(io.BytesIO(wave_y4m(count=40)), out))
    with pytest.raises(WriteError, match="has ended"):
        run_job(job, piped.network, Reporter())
    whole = piped(wave_y4m(count=40))
    assert whole.startswith(out.getvalue())


def test_a_dry_run_reads_the_header_only(piped: Piped) -> None:
    source = io.BytesIO(wave_y4m(count=2000))
    out = io.BytesIO()
    job = resolve_job(JobOptions("-", PIPE), Pipes(source, out))
    plan = preflight(job, piped.network, Reporter())
    assert (plan.sources, plan.outputs, plan.synthesised, plan.disk_bytes, plan.seconds) == (None,) * 5
    assert plan.format == "64×48 YCbCr BT601, 8 bit, limited range"
    assert out.getvalue() == b""
    # What one read brings along is not asked for, and is a small part of it.
    assert source.tell() <= 1 << 20
    assert not piped.network.made
