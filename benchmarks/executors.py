"""Throughput of several workers against one engine on the same cores.

Every contender draws the frames between the same real frames, held in memory; nothing is decoded or written, so that
the executors alone are compared. Contenders take turns, round after round, so that what else the machine does hits all
of them alike; each line is the median. Starting workers is part of the time, as it is part of a job, and is
distinguished (until the first result). The processor time of all processes together says what several workers cost on
top, also on a machine that has other things to do.

With --ray, workers of a Ray cluster on this machine take part; the cluster is started before the clock. Their processor
time is not ours and is not counted.

With --jobs, contenders are whole jobs instead, from the command line: `midframe run` on a folder of PNG files, from the
start of the process to its end. With --ray, that is two more: a cluster that is there already (the usual case; started
before the clock, and ended before others have their turn), and one that begins and ends with the job. What several
workers write must be the same, byte for byte.

    python benchmarks/executors.py [--clip bikes] [--frames 60] [--rounds 3] [--workers 2] [--ray] [--json FILE]
    python benchmarks/executors.py --jobs --ray --clip bigbuckbunny --frames 100
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from midframe.engines.options import EngineOptions
from midframe.engines.threads import thread_count
from midframe.executors.base import ClassifiedPair, PairTask
from midframe.executors.options import ExecutionOptions
from midframe.executors.selection import make_executor
from midframe.executors.startup import load_for_execution
from midframe.media.images.codecs import codec_for
from midframe.media.pixels import ViewTransform
from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip
from midframe.runtime.similarity import prepare
from midframe.types import Frame, FrameFormat

SECONDS_TO_REST = 8.0
"""How long a cluster that was started needs until it does nothing any more."""


@dataclass(frozen=True)
class Contender:
    """A way to use the same cores."""

    name: str
    device: str
    threads: int
    execution: ExecutionOptions = field(default_factory=ExecutionOptions)
    ready_cluster: bool = False


def read_frames(clip: str, count: int) -> list[Frame]:
    """The first frames of a clip."""
    frames = []
    for index, samples in enumerate(islice(read_rgb_frames(fetch_clip(clip)), count)):
        height, width, channels = samples.shape
        frames.append(Frame(np.ascontiguousarray(samples), FrameFormat(width, height, channels, samples.dtype), index))
    return frames


def tasks_of(frames: list[Frame], transform: ViewTransform) -> Iterator[PairTask]:
    """What a job at factor 2 asks for; views are made on the way, as the reader of a job does."""
    for left, right in pairwise(prepare(frame, transform) for frame in frames):
        yield PairTask(ClassifiedPair(left, right), (), (Fraction(1, 2),))


def processor_seconds() -> float:
    """Of this process and all that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def draw_all(contender: Contender, model: str, frames: list[Frame]) -> tuple[float, float, float]:
    """Seconds until the last result, until the first, and of processor time."""
    network = load_for_execution(EngineOptions(model, contender.device, threads=contender.threads), contender.execution)
    transform = ViewTransform.fit(frames)
    started, used = time.perf_counter(), processor_seconds()
    executor = make_executor(network, transform, "direct")
    first = 0.0
    for _ in executor.run(tasks_of(frames, transform)):
        first = first or time.perf_counter() - started
    return time.perf_counter() - started, first, processor_seconds() - used


def write_frames(folder: Path, frames: list[Frame]) -> Path:
    """A folder of PNG files."""
    folder.mkdir()
    for frame in frames:
        path = folder / f"{frame.index:05d}.png"
        codec_for(path).write(path, frame)
    return folder


@contextmanager
def ready_cluster(cores: int) -> Iterator[str]:
    """A cluster of one node that has come to rest; its address."""
    from ray.cluster_utils import Cluster as Nodes  # ends what it has started, unlike `ray stop`, which ends all

    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": cores, "include_dashboard": False})
    try:
        time.sleep(SECONDS_TO_REST)
        yield str(nodes.address)
    finally:
        nodes.shutdown()


def run_job(contender: Contender, model: str, source: Path, output: Path) -> float:
    """Wall time of a whole job, in seconds."""
    words = ["run", str(source), "-o", str(output), "--model", model, "--progress", "none"]
    words += ["--static-threshold", "off", "--cuts", "off"]  # as many frames are drawn as in the other comparison
    words += ["--device", contender.device, "--threads", str(contender.threads)]
    execution = contender.execution
    with ready_cluster(os.cpu_count() or 1) if contender.ready_cluster else nullcontext() as address:
        if execution.kind == "ray":
            words += ["--executor", "ray", "--ray-address", address or "local"]
            words += ["--ray-workers", str(execution.ray_workers)]
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "midframe", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return time.perf_counter() - started


def compare_jobs(contenders: list[Contender], model: str, frames: list[Frame], rounds: int) -> dict[str, list[float]]:
    """Wall times of whole jobs, by contender; they take turns."""
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    contents: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as place:
        source = write_frames(Path(place) / "source", frames)
        for number in range(rounds):
            for contender in contenders[:: -1 if number % 2 else 1]:
                output = Path(place) / "output"
                shutil.rmtree(output, ignore_errors=True)
                seconds[contender.name].append(run_job(contender, model, source, output))
                digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(output.glob("*.png"))))
                if contents.setdefault(contender.threads, digest.hexdigest()) != digest.hexdigest():
                    sys.exit(f"{contender.name} has written something else than others with as many threads")
    return seconds


def report_jobs(seconds: dict[str, list[float]], pairs: int) -> None:
    """Print wall times, and ratios to the first contender, round by round."""
    base = next(iter(seconds.values()))
    for name, rounds in seconds.items():
        ratios = [one / many for one, many in zip(base, rounds, strict=True)]
        print(
            f"{name:48} {statistics.median(rounds):6.1f} s, {pairs / statistics.median(rounds):5.2f} frames/s, "
            f"{statistics.median(ratios):.2f}× (rounds {', '.join(f'{ratio:.2f}' for ratio in ratios)}; "
            f"{', '.join(f'{each:.1f}' for each in rounds)} s)"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", default="bikes", help="bikes (640×272) or bigbuckbunny (1280×720)")
    parser.add_argument("--model", default="4.25")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--jobs", action="store_true", help="compare whole jobs")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    frames = read_frames(options.clip, options.frames)
    workers, cores = options.workers, thread_count()
    several = ",".join(["cpu"] * workers)
    contenders = [
        Contender(f"1 worker, {cores} threads", "cpu", cores),
        Contender(f"{workers} workers, {max(1, cores // workers)} threads each", several, max(1, cores // workers)),
        Contender("1 worker, 1 thread", "cpu", 1),
    ]
    pairs, threads = len(frames) - 1, max(1, cores // workers)
    print(f"{options.clip}, {frames[0].format}, {pairs} pairs, model {options.model}, {platform.machine()}")
    on_ray = ExecutionOptions("ray", "local", workers)
    if options.jobs:
        if options.ray:
            each = f"{workers} workers, {threads} threads each"
            contenders.append(Contender(f"Ray, a cluster that is there, {each}", "cpu", threads, on_ray, True))
            contenders.append(Contender(f"Ray, a cluster of its own, {each}", "cpu", threads, on_ray))
        jobs = compare_jobs(contenders, options.model, frames, options.rounds)
        report_jobs(jobs, pairs)
        if options.json:
            options.json.write_text(json.dumps(jobs, indent=2))
        return
    if options.ray:
        from midframe.executors.ray.cluster import Cluster

        Cluster.connect("local")
        contenders.insert(1, Contender(f"Ray, {workers} workers, {threads} threads each", "cpu", threads, on_ray))
    seconds: dict[str, list[tuple[float, float, float]]] = {contender.name: [] for contender in contenders}
    for number in range(options.rounds):
        # Every other round backwards, so that nobody always comes after the same one.
        for contender in contenders[:: -1 if number % 2 else 1]:
            seconds[contender.name].append(draw_all(contender, options.model, frames))
    found = {}
    for name, rounds in seconds.items():
        whole, first, used = (statistics.median(column) for column in zip(*rounds, strict=True))
        found[name] = {
            "frames_per_second": pairs / whole,
            "after_the_first": (pairs - 1) / statistics.median(total - start for total, start, _ in rounds),
            "first_result_seconds": first,
            "processor_seconds": used,
            "rounds": rounds,
        }
        print(
            f"{name:32} {pairs / whole:6.2f} frames/s; {found[name]['after_the_first']:6.2f} after the first, "
            f"which took {first:.1f} s; {used:.1f} s of processor time; "
            f"rounds {', '.join(f'{total:.1f}' for total, _, _ in rounds)} s"
        )
    base, other = (seconds[contender.name] for contender in contenders[:2])
    ratios = [one / many for (one, *_), (many, *_) in zip(base, other, strict=True)]
    print(
        f"several against one on the same cores: {statistics.median(ratios):.2f}× "
        f"(rounds {', '.join(f'{ratio:.2f}' for ratio in ratios)})"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
