"""Throughput of several workers against one engine on the same cores.

Every contender draws the frames between the same real frames, held in memory; nothing is decoded or written, so that
the executors alone are compared. Contenders take turns, round after round, so that what else the machine does hits all
of them alike; each line is the median. Starting workers is part of the time, as it is part of a job, and is told apart
(until the first result). The processor time of all processes together says what several workers cost on top, also on
a machine that has other things to do.

With --ray, workers of a Ray cluster on this machine take part; the cluster is started before the clock. Their processor
time is not ours and is not counted.

    python benchmarks/executors.py [--clip bikes] [--frames 60] [--rounds 3] [--workers 2] [--ray] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import torch

from midframe.media.clips import fetch_clip
from midframe.media.pixels import ViewTransform
from midframe.media.video import read_rgb_frames
from midframe.pipeline.executing.execution import ExecutionOptions
from midframe.pipeline.executing.executors import make_executor
from midframe.pipeline.executing.loading import load
from midframe.pipeline.networks.network import NetworkOptions
from midframe.pipeline.pairs.likeness import prepare
from midframe.pipeline.pairs.tasks import JudgedPair, PairTask
from midframe.types import Frame, FrameFormat


@dataclass(frozen=True)
class Contender:
    """A way to use the same cores."""

    name: str
    device: str
    threads: int
    execution: ExecutionOptions = field(default_factory=ExecutionOptions)


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
        yield PairTask(JudgedPair(left, right), (), (Fraction(1, 2),))


def processor_seconds() -> float:
    """Of this process and all that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def draw_all(contender: Contender, model: str, frames: list[Frame]) -> tuple[float, float, float]:
    """Seconds until the last result, until the first, and of processor time."""
    network = load(NetworkOptions(model, contender.device, threads=contender.threads), contender.execution)
    transform = ViewTransform.fit(frames)
    started, used = time.perf_counter(), processor_seconds()
    executor = make_executor(network, transform, "direct")
    first = 0.0
    for _ in executor.run(tasks_of(frames, transform)):
        first = first or time.perf_counter() - started
    return time.perf_counter() - started, first, processor_seconds() - used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", default="bikes", help="bikes (640×272) or bigbuckbunny (1280×720)")
    parser.add_argument("--model", default="4.25")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    frames = read_frames(options.clip, options.frames)
    workers, cores = options.workers, torch.get_num_threads()
    several = ",".join(["cpu"] * workers)
    contenders = [
        Contender(f"1 worker, {cores} threads", "cpu", cores),
        Contender(f"{workers} workers, {max(1, cores // workers)} threads each", several, max(1, cores // workers)),
        Contender("1 worker, 1 thread", "cpu", 1),
    ]
    if options.ray:
        from midframe.pipeline.executing.cluster.session import Cluster

        Cluster.connect("local")
        on_ray = ExecutionOptions("ray", "local", workers)
        threads = max(1, cores // workers)
        contenders.insert(1, Contender(f"Ray, {workers} workers, {threads} threads each", "cpu", threads, on_ray))
    seconds: dict[str, list[tuple[float, float, float]]] = {contender.name: [] for contender in contenders}
    for number in range(options.rounds):
        # Every other round backwards, so that nobody always comes after the same one.
        for contender in contenders[:: -1 if number % 2 else 1]:
            seconds[contender.name].append(draw_all(contender, options.model, frames))
    pairs = len(frames) - 1
    print(f"{options.clip}, {frames[0].format}, {pairs} pairs, model {options.model}, {platform.machine()}")
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
