"""Jobs that are killed, and what their partial files are worth; `benchmarks/kills.py` is the long version."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from tests.support.clips import presentation_time
from tests.support.partial_files import partial_file, partial_files

from midframe.media.video.writing.encoders import EncodingOptions, choose_encoding, make_encoder
from midframe.media.video.writing.plan import CHUNK_FRAMES

SIZE = (96, 64)
RATE = 25


@dataclass(frozen=True)
class Content:
    """What a file gives when it is played.

    Attributes:
        pictures: (time, digest of the planes) of all frames.
        sound: (time, digest) of all packets of sound.
        heard: Samples of sound that decode.
        broken: Frames that the decoder calls damaged, and errors.
    """

    pictures: list[tuple[Fraction, str]]
    sound: list[tuple[Fraction, str]]
    heard: int
    broken: int


def write_source(path: Path, frames: int) -> Path:
    """Moving noise, in part sharp, with a tone."""
    rng = np.random.default_rng(1)
    texture = rng.integers(40, 220, (SIZE[1], SIZE[0] + 2 * frames), dtype=np.uint8)
    sound_codec = "libopus" if path.suffix == ".webm" else "aac"
    codec = "libvpx-vp9" if path.suffix == ".webm" else "libx264"
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=RATE)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        audio = container.add_stream(sound_codec, rate=48000, layout="mono")
        assert isinstance(audio, av.AudioStream)
        wave = (8000 * np.sin(np.arange(48000 * frames // RATE) / 20)).astype(np.int16)[None]
        tone = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        tone.sample_rate, tone.pts = 48000, 0
        sound = [*audio.encode(tone), *audio.encode(None)]
        for number in range(frames):
            grey = np.ascontiguousarray(texture[:, 2 * number : 2 * number + SIZE[0]])
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")))
        container.mux(video.encode(None))
        container.mux(sound)
    return path


def play(path: Path) -> Content:
    """Decode all of a file."""
    pictures, broken, heard = [], 0, 0
    with av.open(str(path)) as container:
        try:
            for frame in container.decode(video=0):
                digest = hashlib.sha256(b"".join(bytes(plane) for plane in frame.planes)).hexdigest()
                pictures.append((presentation_time(frame), digest))
                broken += frame.is_corrupt
        except av.FFmpegError:
            broken += 1
    with av.open(str(path)) as container:
        sound = [
            (presentation_time(packet), hashlib.sha256(bytes(packet)).hexdigest())
            for packet in container.demux(audio=0)
            if packet.size
        ]
    with av.open(str(path)) as container:
        try:
            heard = sum(frame.samples for frame in container.decode(audio=0))
        except av.FFmpegError:
            broken += 1
    return Content(pictures, sound, heard, broken)


def held_back(suffix: str) -> int:
    """The most frames that the encoder of a container's default codec keeps to itself, on this machine."""
    encoding = choose_encoding(suffix, None, "yuv420p", EncodingOptions())
    encoder = make_encoder(encoding, *SIZE, Fraction(1, RATE), Fraction(RATE))
    rng = np.random.default_rng(2)
    taken = most = 0
    for number in range(200):
        picture = av.VideoFrame.from_ndarray(rng.integers(0, 255, SIZE[::-1], dtype=np.uint8), format="gray")
        picture = picture.reformat(format="yuv420p")
        picture.pts, picture.time_base = number, Fraction(1, RATE)
        taken += len(encoder.encode(picture))
        most = max(most, number + 1 - taken)
    return most


def allowed_missing(suffix: str) -> int:
    """Frames that may be missing: what the encoder holds back, a chunk that is gathered and one on its way."""
    return held_back(suffix) + 2 * CHUNK_FRAMES


def command(source: Path, output: Path) -> list[str]:
    """Eight times the frames, so that the job is busy with drawing and not with starting."""
    words = ["run", str(source), "-o", str(output), "-x", "8", "--progress", "json", "--threads", "1", "--overwrite"]
    return [sys.executable, "-m", "midframe", *words, "--static-threshold", "off"]


def run_whole(source: Path, output: Path) -> float:
    """The undisturbed run; seconds from the first event to the last."""
    with subprocess.Popen(command(source, output), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        for _ in process.stdout:
            pass
        seconds = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"the undisturbed run failed with exit code {process.returncode}")
    return seconds


def run_killed(source: Path, output: Path, after: float) -> int:
    """Kill the job some seconds after its first event; frames that it had reported as written."""
    with subprocess.Popen(command(source, output), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(after)
        process.kill()
        lines += process.stdout.readlines()
    done = 0
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            # The last line may have been cut off.
            continue
        if event.get("stage") == "write":
            done = event["done"]
    return done


def verdict(output: Path, whole: Content, done: int, allowed: int) -> dict[str, object]:
    """Compare the partial file of an output with the undisturbed run."""
    empty = Content([], [], 0, 0)
    try:
        found = play(partial_file(output)) if partial_files(output) else empty
    except (av.FFmpegError, IndexError):
        # No header yet: nothing to play, which is right only before the first chunk.
        found = empty
    in_row = 0
    for got, wanted in zip(found.pictures, whole.pictures, strict=False):
        if got != wanted:
            break
        in_row += 1
    # Frames after a hole at the very end: their neighbours in the order of encoding are missing.
    behind = found.pictures[in_row:]
    strangers = len([each for each in behind if each not in whole.pictures])
    reached = found.pictures[-1][0] if found.pictures else Fraction(0)
    sound_ok = found.sound == whole.sound[: len(found.sound)]
    ok = not found.broken and not strangers and sound_ok and done - in_row <= allowed
    return {
        "written": done,
        "plays": in_row,
        "behind a hole": len(behind),
        "missing": done - in_row,
        "allowed": allowed,
        "damaged": found.broken,
        "not of the whole run": strangers,
        "sound packets": len(found.sound),
        "sound as in the whole run": sound_ok,
        "sound ends before pictures by s": round(float(reached - found.sound[-1][0]), 3) if found.sound else None,
        "ok": ok,
    }


def kill_after(arguments: list[object], ready: Callable[[], bool], cwd: Path) -> None:
    """Run the command line, and kill it and all its children as soon as `ready` says so."""
    command = [sys.executable, "-m", "midframe", *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=cwd, start_new_session=True) as process:
        deadline = time.monotonic() + 300
        while not ready():
            assert process.poll() is None, "the job ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)


def files(folder: Path) -> dict[str, bytes]:
    """What a job has finished so far, by name."""
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*")}
