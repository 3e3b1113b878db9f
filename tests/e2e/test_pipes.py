"""`midframe run` between other programs."""

from __future__ import annotations

import json
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import planes, times, write_clip
from tests.support.command_line import Midframe
from tests.support.y4m import header_of, split_y4m, y4m

RUN = [sys.executable, "-m", "midframe", "run"]

Through = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def through(tmp_path: Path) -> Through:
    """Send bytes through `midframe run`."""

    def call(data: bytes, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run([*RUN, *map(str, arguments)], input=data, capture_output=True, check=False, cwd=tmp_path)
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mkv", 6, codec="ffv1", options={})


@pytest.fixture
def sent(clip: Path) -> bytes:
    """The clip as other programs send it."""
    return y4m(whole(planes(clip)), header_of("420mpeg2", 64, 48))


def whole(pictures: Sequence[Sequence[object]]) -> list[bytes]:
    return [b"".join(plane.tobytes() for plane in picture) for picture in pictures]  # type: ignore[attr-defined]


def test_two_in_a_row(clip: Path, sent: bytes, through: Through, midframe: Midframe, tmp_path: Path) -> None:
    done = through(sent, "-", "-o", "-", "--threads", "1")

    header, pictures = split_y4m(done.stdout)
    assert b" F50:1 " in header
    assert pictures[::2] == split_y4m(sent)[1]
    assert b"standard input     64\xc3\x9748, 25 fps, Y4M\n" in done.stderr
    assert b"12 frames sent, " in done.stderr
    midframe("run", clip, "-o", "file.mkv", "--threads", "1")
    assert whole(planes(tmp_path / "file.mkv")) == pictures


def test_programs_read_nothing_but_frames(sent: bytes, through: Through, tmp_path: Path) -> None:
    done = through(sent, "-", "-o", "-", "--progress", "json", "--json", "report.json")

    assert len(split_y4m(done.stdout)[1]) == 12
    events = [json.loads(line) for line in done.stderr.decode().splitlines() if line.startswith("{")]
    assert events[-1]["event"] == "finished"
    assert events[-1]["outputs"] == 12
    assert next(event for event in events if event["event"] == "started")["totals"]["read"] is None
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["input"], report["output"], report["finished"]) == ("-", "-", True)
    assert [row["seconds"] for row in report["frames"][:3]] == ["0", "1/50", "1/25"]


def test_raw_planes(sent: bytes, through: Through) -> None:
    pictures = split_y4m(sent)[1]
    done = through(b"".join(pictures), "-", "--raw-input", "64x48:yuv420p:23.976", "-o", "-", "--raw-output", "-x", "1")
    assert done.stdout == b"".join(pictures)
    assert b"24000/1001 frames per second" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-"], "add -o out.mp4"),
        (["-", "clip.mkv", "-o", "out"], "Give - alone"),
        (["clip.mkv", "clip.mkv", "-o", "-"], "through one pipe"),
        (["-", "-o", "out.mp4", "--raw-input", "64:yuv420p"], "1280x720:yuv420p:24"),
        (["-", "-o", "out.mp4", "--raw-input", "64x48:yuv420p:fast"], "The rate in --raw-input"),
    ],
)
def test_what_is_refused(arguments: list[str], sentence: str, midframe: Midframe) -> None:
    assert sentence in midframe("run", *arguments, code=2).stderr


def test_a_dry_run_sends_nothing(sent: bytes, through: Through) -> None:
    done = through(sent, "-", "-o", "-", "--dry-run")
    assert done.stdout == b""
    assert b"64\xc3\x9748, 50 fps, Y4M\n" in done.stderr
    assert b"interpolates until the input ends" in done.stderr


def test_a_sender_that_breaks_off(sent: bytes, through: Through) -> None:
    done = through(sent[:-9], "-", "-o", "-", code=2)
    assert len(split_y4m(done.stdout)[1]) == 8
    assert "ended within frame 5" in done.stderr.decode()


def test_a_reader_that_goes_away(clip: Path) -> None:
    with subprocess.Popen(
        [*RUN, str(clip), "-x", "40", "-o", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as job:
        assert job.stdout is not None
        assert job.stderr is not None
        job.stdout.read(1000)
        job.stdout.close()
        errors = job.stderr.read().decode()
    assert job.returncode == 1
    said = "midframe: The program that read the frames has ended; interpolation stops."
    assert errors.splitlines()[-1] == said
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


def test_frames_leave_as_soon_as_they_are_drawn_and_stopping_needs_no_sender(sent: bytes) -> None:
    header, pictures = split_y4m(sent)
    size = len(b"FRAME\n") + len(pictures[0])
    with subprocess.Popen(
        [*RUN, "-", "-o", "-", "--cuts", "off"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as job:
        assert job.stdin is not None
        assert job.stdout is not None
        assert job.stderr is not None
        job.stdin.write(header + b"\n" + b"".join(b"FRAME\n" + picture for picture in pictures[:3]))
        came = b""
        while came.count(b"\n") < 1 or len(came.partition(b"\n")[2]) < 4 * size:
            assert select.select([job.stdout], [], [], 120)[0], "frames are held back"
            piece = job.stdout.read(1 << 16)
            assert piece, job.stderr.read().decode()
            came += piece
        got = split_y4m(came)[1]
        # The sender says nothing more, and does not go away either.
        job.send_signal(signal.SIGTERM)
        assert job.wait(120) == 130
        assert b"Stopped. The frames finished so far went through the pipe." in job.stderr.read()
    assert got[::2] == pictures[:2]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg program here")
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le"])
def test_between_two_ffmpegs(pixels: str, midframe: Midframe, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 5, Fraction(30000, 1001), codec="ffv1", pixels=pixels, options={})
    ffmpeg = ["ffmpeg", "-v", "error", "-nostdin"]
    sender = [*ffmpeg, "-i", str(clip), "-strict", "-1", "-f", "yuv4mpegpipe", "-"]
    reader = [*ffmpeg, "-i", "-", "-c:v", "ffv1", str(tmp_path / "out.mkv")]
    with (
        subprocess.Popen(sender, stdout=subprocess.PIPE) as first,
        subprocess.Popen(
            [*RUN, "-", "-o", "-", "--threads", "1"], stdin=first.stdout, stdout=subprocess.PIPE
        ) as middle,
        subprocess.Popen(reader, stdin=middle.stdout) as last,
    ):
        assert first.stdout is not None
        assert middle.stdout is not None
        first.stdout.close()
        middle.stdout.close()
        assert [first.wait(120), middle.wait(120), last.wait(120)] == [0, 0, 0]

    midframe("run", clip, "-o", "file.mkv", "--threads", "1")

    from_pipe, from_file = whole(planes(tmp_path / "out.mkv")), whole(planes(tmp_path / "file.mkv"))
    assert len(from_pipe) == 10
    assert from_pipe[::2] == whole(planes(clip))
    assert from_pipe == from_file
    stamps = times(tmp_path / "out.mkv")
    assert all(abs(stamp - k * Fraction(1001, 60000)) <= Fraction(1, 1000) for k, stamp in enumerate(stamps))
