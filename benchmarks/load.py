"""What other load does to a job, and jobs to each other: whole commands on one machine, ratios within one run.

    python benchmarks/load.py --json out/load.json
    python benchmarks/load.py --python now=.venv/bin/python --python before=/path/to/other/bin/python
    python benchmarks/load.py --cases workers --ray --long-factor 3

Cases, each with all installations in turns, as they come (no option for threads, no OMP variables):

- busy: a short video job (20 frames of 640×360 in) alone, and the same next to processes that compute all the time.
- pair: two such jobs one after the other, and both at once.
- small: frames per second at 176×144: of the whole command, and from the first read to the last write.
- workers: a long job (1280×720, a folder of PNG files) with one worker, with ``--device cpu,cpu``, and with --ray on a
  Ray cluster that is there already, started before the clock and ended after it. What they write is compared.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from measuring import (
    Installation,
    Running,
    Samples,
    Usage,
    add_python_option,
    busy_loops,
    chosen_installations,
    machine,
    print_table,
    progress,
    turns,
    write_json,
)
from PIL import Image

from midframe.media.video import read_rgb_frames, write_h264
from midframe.models.clips import fetch_clip

SHORT_SIZE, SHORT_FRAMES = (640, 360), 20

SECONDS_TO_REST = 8.0
"""How long a cluster that was started needs until it does nothing any more."""

CLUSTER = """
import sys
from ray.cluster_utils import Cluster

nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": int(sys.argv[1]), "include_dashboard": False})
print(nodes.address, flush=True)
sys.stdin.read()
nodes.shutdown()
"""
"""Starts a Ray cluster of one node, prints its address, and ends it when its input ends."""


class Bench:
    """Runs jobs and keeps what they took.

    Args:
        installations: They take turns.
        work: For inputs and outputs.
        rounds: How often each is run.
    """

    def __init__(self, installations: Sequence[Installation], work: Path, rounds: int) -> None:
        self._installations = installations
        self.work = work
        self._rounds = rounds

    def start(self, installation: Installation, source: Path, output: str, words: Iterable[str] = ()) -> Running:
        """A job on the CPU in which everything is interpolated; what was there before is removed."""
        path = self.work / output
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        common = ["--cuts", "off", "--static-threshold", "off", "--progress", "json"]
        command = installation.midframe("run", source, "-o", path, *common, *words)
        return Running(command, installation.environment)

    def run(self, installation: Installation, source: Path, output: str, words: Iterable[str] = ()) -> Usage:
        """The same, to its end."""
        return self.start(installation, source, output, ("--device", "cpu", *words)).wait()

    def compare(
        self, case: str, measure: Callable[[Installation, Samples], None], report: Callable[[Samples], dict[str, float]]
    ) -> list[dict[str, object]]:
        """Let all installations take turns at a case.

        Args:
            case: Its name.
            measure: Adds one round's values of an installation.
            report: What the values of an installation come to.
        """
        samples = {installation.name: Samples() for installation in self._installations}
        for number, installation in turns(self._installations, self._rounds):
            own = samples[installation.name]
            measure(installation, own)
            latest = ", ".join(f"{name} {values[-1]:.1f}" for name, values in own.values.items())
            progress(f"{case}, round {number + 1}, {installation.name}: {latest}")
        return [
            {"case": case, "installation": name, **report(own), "rounds": own.values} for name, own in samples.items()
        ]


def write_short_clip(path: Path) -> Path:
    """A clip of `SHORT_FRAMES` frames at `SHORT_SIZE`."""
    frames = islice(read_rgb_frames(fetch_clip("bigbuckbunny")), SHORT_FRAMES)
    small = (np.asarray(Image.fromarray(frame).resize(SHORT_SIZE, Image.Resampling.BICUBIC)) for frame in frames)
    write_h264(path, small, Fraction(25))
    return path


def write_long_sequence(folder: Path, count: int) -> Path:
    """Frames of 1280×720 as PNG files."""
    folder.mkdir()
    for number, frame in enumerate(islice(read_rgb_frames(fetch_clip("bigbuckbunny")), count)):
        Image.fromarray(frame).save(folder / f"{number:04d}.png", compress_level=1)
    return folder


@contextmanager
def ready_cluster(installation: Installation) -> Iterator[str]:
    """The address of a Ray cluster of one node that has come to rest, started by that installation's Ray."""
    command = [installation.python, "-c", CLUSTER, str(os.cpu_count())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=installation.environment, text=True, **pipes) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"{installation.name} cannot start a Ray cluster; is ray installed there?")
        time.sleep(SECONDS_TO_REST)
        yield address  # leaving the block closes the input, which ends it


def content(folder: Path) -> str:
    """A digest of all PNG files."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.png")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def busy(bench: Bench, loops: int) -> list[dict[str, object]]:
    """A job next to other load."""
    clip = write_short_clip(bench.work / "short.mp4")

    def measure(installation: Installation, samples: Samples) -> None:
        samples.add("quiet", bench.run(installation, clip, "out.mp4").seconds)
        with busy_loops(loops):
            samples.add("beside", bench.run(installation, clip, "out.mp4").seconds)

    return bench.compare(
        "busy",
        measure,
        lambda samples: {
            "quiet_seconds": samples.median("quiet"),
            f"beside_{loops}_loops_seconds": samples.median("beside"),
            "ratio": samples.ratio("beside", "quiet"),
        },
    )


def pair(bench: Bench) -> list[dict[str, object]]:
    """Two jobs in turn and at once."""
    clip = write_short_clip(bench.work / "short.mp4")

    def measure(installation: Installation, samples: Samples) -> None:
        samples.add("in turn", sum(bench.run(installation, clip, f"{number}.mp4").seconds for number in range(2)))
        began = time.perf_counter()
        jobs = [bench.start(installation, clip, f"{number}.mp4", ("--device", "cpu")) for number in range(2)]
        for job in jobs:
            job.wait()
        samples.add("at once", time.perf_counter() - began)

    return bench.compare(
        "pair",
        measure,
        lambda samples: {
            "in_turn_seconds": samples.median("in turn"),
            "at_once_seconds": samples.median("at once"),
            "ratio": samples.ratio("at once", "in turn"),
        },
    )


def small(bench: Bench) -> list[dict[str, object]]:
    """Frames per second of small frames."""
    clip = fetch_clip("carphone_pristine")

    def measure(installation: Installation, samples: Samples) -> None:
        usage = bench.run(installation, clip, "out.mp4")
        samples.add("command", usage.summary["synthesised"] / usage.seconds)
        samples.add("frames", usage.summary["synthesised"] / usage.summary["seconds"])

    return bench.compare(
        "small",
        measure,
        lambda samples: {
            "frames_per_second": samples.median("frames"),
            "frames_per_second_with_start": samples.median("command"),
        },
    )


def workers(bench: Bench, frames: int, factor: int, ray: bool) -> list[dict[str, object]]:
    """Several workers against one."""
    source = write_long_sequence(bench.work / "long", frames)
    threads = str(max(1, (os.cpu_count() or 1) // 2))
    output = bench.work / "long_out"

    def measure(installation: Installation, samples: Samples) -> None:
        words = ["--factor", str(factor)]
        samples.add("one", bench.run(installation, source, output.name, words).seconds)
        wanted = content(output)
        several = [*words, "--device", "cpu,cpu"]
        samples.add("cpu,cpu", bench.start(installation, source, output.name, several).wait().seconds)
        digests = [content(output)]
        if ray:
            with ready_cluster(installation) as address:
                on_ray = [*words, "--executor", "ray", "--ray-address", address, "--ray-workers", "2"]
                usage = bench.run(installation, source, output.name, [*on_ray, "--threads", threads])
            samples.add("ray", usage.seconds)
            digests.append(content(output))
        samples.add("same frames", float(all(digest == wanted for digest in digests)))

    def report(samples: Samples) -> dict[str, float]:
        found = {"one_seconds": samples.median("one"), "cpu,cpu": samples.ratio("one", "cpu,cpu")}
        if ray:
            found["ray"] = samples.ratio("one", "ray")
        return {**found, "same_frames": min(samples.values["same frames"])}

    return bench.compare("workers", measure, report)


def main() -> None:
    """Run the cases and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_python_option(parser)
    parser.add_argument("--cases", default="busy,pair,small,workers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loops", type=int, default=2, help="processes that compute, of the case busy")
    parser.add_argument("--ray", action="store_true", help="the case workers with Ray, too")
    parser.add_argument("--long-frames", type=int, default=100)
    parser.add_argument("--long-factor", type=int, default=2, help="raise it for a job of some 30 seconds")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    installations = chosen_installations(parser, given)
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(installations, Path(place), given.rounds)
        runs = {
            "busy": lambda: busy(bench, given.loops),
            "pair": lambda: pair(bench),
            "small": lambda: small(bench),
            "workers": lambda: workers(bench, given.long_frames, given.long_factor, given.ray),
        }
        for case in given.cases.split(","):
            rows = runs[case]()
            found += rows
            figures = [name for name in rows[0] if name not in ("case", "installation", "rounds")]
            print_table(
                [case, *(name.replace("_", " ") for name in figures)],
                [[row["installation"], *(f"{row[name]:.2f}" for name in figures)] for row in rows],
            )
            print(flush=True)
    reports = [installation.report() for installation in installations]
    write_json(given.json, {"machine": machine(), "installations": reports, "cases": found})


if __name__ == "__main__":
    main()
