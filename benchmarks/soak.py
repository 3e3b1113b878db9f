"""A long job, watched: memory, open files and shared memory of midframe and all its children.

    python benchmarks/soak.py --frames 10000
    python benchmarks/soak.py --frames 10000 --device cpu,cpu

Reports the largest resident memory up to the 500th output frame and after it, and what is left behind at the end.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from midframe.media.images.codecs import codec_for
from midframe.types import Frame, FrameFormat

SIZE = (96, 64)
SETTLED = 500
"""Output frames after which memory should not grow any more."""


@dataclass(frozen=True)
class Look:
    """One look at a running job.

    Attributes:
        written: Output frames in place.
        resident: Bytes, of all processes.
        files: Open files, of all processes.
    """

    written: int
    resident: int
    files: int


def make_source(folder: Path, count: int) -> Path:
    """A window that runs over a texture and back."""
    width, height = SIZE
    folder.mkdir()
    ground = np.random.default_rng(1).integers(0, 255, (height // 8, 60, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    span = ground.shape[1] - width
    for number in range(count):
        left = abs((3 * number) % (2 * span) - span)
        samples = np.ascontiguousarray(ground[:, left : left + width])
        path = folder / f"{number:06d}.png"
        codec_for(path).write(path, Frame(samples, FrameFormat(width, height, 3, samples.dtype)))
    return folder


def look(process: psutil.Process, written: int) -> Look | None:
    """Memory and files of a process and its children; None if it ends while being looked at."""
    try:
        family = [process, *process.children(recursive=True)]
        # Shared pages would count once for each process: unique ones, and the shared ones of the first.
        memory = [each.memory_full_info() for each in family]
        resident = memory[0].rss + sum(each.uss for each in memory[1:])
        return Look(written, resident, sum(each.num_fds() for each in family))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def shared_memory() -> set[str]:
    """Names in the folder that shared memory lives in."""
    place = Path("/dev/shm")
    return {path.name for path in place.iterdir()} if place.is_dir() else set()


def main() -> None:
    """Run, watch and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--device", default="cpu", help="as for midframe run; cpu,cpu for two workers")
    parser.add_argument("--json", type=Path)
    parser.add_argument("extra", nargs="*", help="further options for midframe run, behind --")
    given = parser.parse_args()
    looks: list[Look] = []
    before = shared_memory()
    with tempfile.TemporaryDirectory() as place:
        source = make_source(Path(place) / "in", given.frames)
        words = ["run", str(source), "-o", str(Path(place) / "out"), "--progress", "json"]
        words += ["--device", given.device, *given.extra]
        running = subprocess.Popen([sys.executable, "-m", "midframe", *words], stdout=subprocess.PIPE, text=True)
        process = psutil.Process(running.pid)
        written = 0
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.5):
                found = look(process, written)
                if found is not None:
                    looks.append(found)

        watcher = threading.Thread(target=watch)
        watcher.start()
        assert running.stdout is not None
        for line in running.stdout:
            event = json.loads(line)
            if event.get("stage") == "write":
                written = event["done"]
        code = running.wait()
        ended.set()
        watcher.join()
    settled = [each for each in looks if 0 < each.written <= SETTLED]
    rest = [each for each in looks if each.written > SETTLED]
    early = max(each.resident for each in settled or rest[:1])
    late = max(each.resident for each in rest)
    figures = {
        "device": given.device,
        "exit_code": code,
        "outputs": written,
        "resident_early": early,
        "resident_late": late,
        "growth": late / early - 1,
        "files_early": max(each.files for each in settled or rest[:1]),
        "files_late": max(each.files for each in rest),
        "shared_memory_left": sorted(shared_memory() - before),
    }
    print(json.dumps(figures, indent=2))
    if given.json:
        given.json.write_text(json.dumps({**figures, "looks": [vars(each) for each in looks]}))


if __name__ == "__main__":
    main()
