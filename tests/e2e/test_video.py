"""`midframe run` on videos, as users meet it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.support.clips import packets, planes, times, write_clip
from tests.support.command_line import Midframe
from tests.support.partial_files import partial_file, partial_files


@pytest.mark.slow
def test_a_real_clip_with_sound(bigbuckbunny: Path, midframe: Midframe, tmp_path: Path) -> None:
    done = midframe("run", bigbuckbunny, "-o", "out.mp4", "--end-time", "0.4", "--scale", "0.5")

    assert "25 fps, 0.4 s, H.264, 1 sound track" in done.stderr
    assert "50 fps, 0.4 s, H.264 (CRF 18), sound copied" in done.stderr
    assert "9 frames interpolated" in done.stdout
    assert times(tmp_path / "out.mp4") == [Fraction(k, 50) for k in range(20)]
    sound = packets(tmp_path / "out.mp4", "audio")
    assert sound == packets(bigbuckbunny, "audio")[: len(sound)]


def test_a_video_to_a_lower_rate(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 6, Fraction(50), sound=True)

    done = midframe("run", "clip.mp4", "--fps", "25")

    assert "nothing interpolated" in done.stdout
    assert times(tmp_path / "clip_25fps.mp4") == [Fraction(k, 25) for k in range(3)]


def test_frames_between_are_drawn(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 3)

    done = midframe("run", "clip.mp4", "--codec", "ffv1", "-o", "out.mkv", "--dry-run")
    assert "clip.mp4   64×48, 25 fps, 0.1 s, H.264\n" in done.stderr
    assert "→ out.mkv  64×48, 50 fps, 0.1 s, FFV1 (lossless)\n" in done.stderr
    assert not (tmp_path / "out.mkv").exists()
    midframe("run", "clip.mp4", "--codec", "ffv1", "-o", "out.mkv")

    assert len(planes(tmp_path / "out.mkv")) == 6


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "is empty"), (b"\0" * 5000, "cannot be read as a video"), (None, "no video, only")]
)
def test_files_that_are_no_videos_get_a_sentence(
    content: bytes | None, sentence: str, midframe: Midframe, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    if content is None:
        write_clip(tmp_path / "with.mp4", 3, sound=True)
        with av.open(str(tmp_path / "with.mp4")) as source, av.open(str(path), "w") as target:
            sound = target.add_stream_from_template(source.streams.audio[0])
            for packet in source.demux(audio=0):
                if packet.size:
                    packet.stream = sound
                    target.mux(packet)
    else:
        path.write_bytes(content)

    assert sentence in midframe("run", "clip.mp4", code=2).stderr


def decode_all(path: Path) -> tuple[int, int]:
    """How many frames are whole, and how many packets cannot be decoded."""
    whole = damaged = 0
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            try:
                whole += len(packet.decode())
            except av.error.InvalidDataError:
                damaged += 1
    return whole, damaged


@pytest.mark.parametrize(("how", "suffix"), [(signal.SIGINT, ".mkv"), (signal.SIGKILL, ".mp4")])
def test_what_is_finished_plays(how: signal.Signals, suffix: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / f"clip{suffix}", 60, Fraction(10), sound=True)
    output = tmp_path / f"out{suffix}"
    # No look-ahead: frames reach the file soon after they are drawn.
    command = [sys.executable, "-m", "midframe", "run", str(clip), "-o", str(tmp_path / f"out{suffix}"), "-x", "10"]
    command += ["--preset", "ultrafast"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 300
        while not any(growing.stat().st_size > 12_000 for growing in partial_files(output)):
            assert time.monotonic() < deadline, "the job wrote nothing"
            assert process.poll() is None, "the job ended by itself"
            time.sleep(0.02)
        process.send_signal(how)
        _, errors = process.communicate(timeout=300)

    assert not output.exists()
    growing = partial_file(output)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert str(growing) in errors
    found = times(growing)
    decoded, damaged = decode_all(growing)
    # Killed in the middle of a write, its last frame may be there in part.
    assert damaged <= (how == signal.SIGKILL)
    assert decoded + damaged == len(found) >= 10
    assert all(abs(stamp - Fraction(k, 100)) <= Fraction(1, 1000) for k, stamp in enumerate(found))
