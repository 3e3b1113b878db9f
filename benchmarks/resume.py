"""Kill jobs at random moments, let them go on, and compare with a job that was left alone.

    python benchmarks/resume.py --kills 50 --output folder
    python benchmarks/resume.py --kills 50 --output video
    python benchmarks/resume.py --kills 100 --output video --frames 600 --size 96x64 --factor 2

The last one is long enough for whole segments of a video to be taken over. Clips that have fewer frames are played
forwards and backwards in turns.

Each round starts `midframe run --resume` again, kills it (SIGKILL, with all its children) at a random moment between
its first frame and its expected end, runs the same command to the end, and compares: files byte for byte, videos by
decoded pictures, time stamps and sound packets. Also counts how many frames that had been written were made again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import mean
from typing import Any

import av
import numpy as np

from midframe.media.images.codecs import codec_for
from midframe.media.video import read_rgb_frames
from midframe.types import Frame, FrameFormat

SIZE = "160x96"
"""Width and height of the frames: small ones, as moments are tried here and not pixels."""


@dataclass(frozen=True)
class Round:
    """One kill.

    Attributes:
        written: Frames that the killed run had in place.
        resumed: Frames that the next run took over.
        same: Whether the result is that of the run that was left alone.
    """

    written: int
    resumed: int
    same: bool


def make_source(folder: Path, clip: Path, count: int, size: tuple[int, int]) -> Path:
    """A folder with small frames of a clip."""
    width, height = size
    folder.mkdir(parents=True)
    pictures = [
        np.ascontiguousarray(samples[:: samples.shape[0] // height][:height, :: samples.shape[1] // width][:, :width])
        for samples in islice(read_rgb_frames(clip), count)
    ]
    for number, small in enumerate(islice(cycle(pictures + pictures[-2:0:-1]), count)):
        path = folder / f"{number:05d}.png"
        codec_for(path).write(path, Frame(small, FrameFormat(width, height, 3, small.dtype)))
    return folder


def make_video(path: Path, frames: Path, clip: Path, size: tuple[int, int]) -> Path:
    """The frames as a video, with the clip's own sound."""
    with av.open(str(clip)) as sound, av.open(str(path), "w") as target:
        video = target.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = target.add_stream_from_template(sound.streams.audio[0]) if sound.streams.audio else None
        for file in sorted(frames.iterdir()):
            target.mux(video.encode(av.VideoFrame.from_ndarray(codec_for(file).read(file).samples, format="rgb24")))
        target.mux(video.encode(None))
        for packet in sound.demux(audio=0) if audio else ():
            if packet.size:
                packet.stream = audio
                target.mux(packet)
    return path


def content(output: Path) -> str:
    """A hash of what counts."""
    digest = hashlib.sha256()
    if output.is_dir():
        for file in sorted(path for path in output.iterdir() if not path.name.startswith(".")):
            digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()
    with av.open(str(output)) as container:
        for frame in container.decode(video=0):
            digest.update(f"{frame.pts} {frame.time_base}".encode() + frame.to_ndarray().tobytes())
    with av.open(str(output)) as container:
        for packet in container.demux(audio=0) if container.streams.audio else ():
            digest.update(f"{packet.pts}".encode() + bytes(packet))
    return digest.hexdigest()


def command(source: Path, output: Path, extra: list[str]) -> list[str]:
    """The command line under test."""
    words = ["run", str(source), "-o", str(output), "--resume", "--progress", "json", *extra]
    return [sys.executable, "-m", "midframe", *words]


def run_to_end(source: Path, output: Path, extra: list[str]) -> dict[str, Any]:
    """Run without interruption; the summary."""
    done = subprocess.run(command(source, output, extra), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}: {done.stderr}")
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def killed_run(source: Path, output: Path, extra: list[str], seconds: float) -> int | None:
    """Run, and kill after that many seconds from the start of work; frames in place, or None if it was done before."""
    process = subprocess.Popen(
        command(source, output, extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while (line := process.stdout.readline()) and json.loads(line)["event"] != "started":
        pass
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    rest = [json.loads(line) for line in process.stdout.read().splitlines() if line.endswith("}")]
    process.wait()
    if any(event["event"] == "finished" for event in rest):
        return None
    return max((event["done"] for event in rest if event.get("stage") == "write"), default=0)


def main() -> None:
    """Run all rounds and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--output", choices=("folder", "video"), default="folder")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--size", default=SIZE)
    parser.add_argument("--factor", default="4")
    parser.add_argument("--clip", default="bigbuckbunny")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for what the last kill has left, to look into")
    parser.add_argument("--json", type=Path)
    parser.add_argument("extra", nargs="*", help="further options for midframe run, behind --")
    given = parser.parse_args()
    from midframe.models.clips import fetch_clip

    clip, chance = fetch_clip(given.clip), random.Random(given.seed)
    size, extra = tuple(map(int, given.size.split("x"))), ["-x", given.factor, *given.extra]
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = make_source(folder / "source", clip, given.frames, size)
        if given.output == "video":
            source = make_video(folder / "source.mp4", source, clip, size)
        suffix = "" if given.output == "folder" else ".mp4"
        whole = folder / f"whole{suffix}"
        wanted_seconds = run_to_end(source, whole, extra)["seconds"]
        wanted = content(whole)
        while len(rounds) < given.kills:
            output = folder / f"out{suffix}"
            shutil.rmtree(output, ignore_errors=True)
            for left in folder.glob("*out*"):
                left.unlink()
            written = killed_run(source, output, extra, chance.uniform(0, wanted_seconds))
            if written is None:
                continue
            if given.keep:
                shutil.rmtree(given.keep, ignore_errors=True)
                shutil.copytree(folder, given.keep)
            summary = run_to_end(source, output, extra)
            rounds.append(Round(written, summary["resumed"], content(output) == wanted))
            print(f"{len(rounds):4d}  {rounds[-1]}", flush=True)
    redone = [max(0, each.written - each.resumed) for each in rounds]
    same, taken_over = sum(each.same for each in rounds), [each for each in rounds if each.resumed]
    print(
        f"{same} of {len(rounds)} results are the same; {mean(redone):.1f} written frames made again on average, "
        f"{max(redone)} at most; {len(taken_over)} runs took frames over, "
        f"{mean(each.resumed for each in taken_over) if taken_over else 0:.0f} on average"
    )
    if given.json:
        given.json.write_text(json.dumps({"rounds": [vars(each) for each in rounds], "redone_mean": mean(redone)}))
    sys.exit(same != len(rounds))


if __name__ == "__main__":
    main()
