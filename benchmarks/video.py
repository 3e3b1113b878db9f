"""A whole video job against its three parts alone: decoding, the network, encoding.

    python benchmarks/video.py --clip bigbuckbunny

Prints the wall time of `midframe run -x 2` in a process of its own (its summary: from the first read to the last
write), the time of each part when nothing else runs, and the ratio of the whole to the sum of the parts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from midframe.engines.interpolation import engine_frame
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.media.pixels import from_working
from midframe.media.sources import open_source
from midframe.models.clips import fetch_clip
from midframe.runtime.view_fitting import fit_view


def decode(clip: Path) -> float:
    """Seconds to read all frames."""
    source = open_source(clip)
    started = time.perf_counter()
    for index in range(len(source)):
        source.read(index)
    return time.perf_counter() - started


def draw_and_encode(clip: Path, output: Path, count: int | None) -> tuple[float, float]:
    """Seconds in the network, and seconds in the encoder, one after the other; scaled up from `count` pairs."""
    job = resolve_job(JobOptions(clip, output))
    source = open_source(clip)
    transform = fit_view(source)
    engine = load_model(EngineOptions()).make_engine()
    pairs = len(source) - 1 if count is None else min(count, len(source) - 1)
    frames = [source.read(0)]
    before = engine.encode(engine_frame(frames[0], transform))
    network = 0.0
    for index in range(1, pairs + 1):
        right = source.read(index)
        seen = engine_frame(right, transform)
        started = time.perf_counter()
        after = engine.encode(seen)
        (drawn,) = engine.between(before, after, [float(Fraction(1, 2))])
        network += time.perf_counter() - started
        frames += [frames[-1].with_samples(from_working(drawn, right.format)), right]
        before = after
    sink = job.output.open_sink()
    started = time.perf_counter()
    for index, frame in enumerate(frames):
        sink.commit(sink.stage(index, frame))
    sink.abort()
    encoding = time.perf_counter() - started
    scale = (len(source) - 1) / pairs
    return network * scale, encoding * scale


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", default="bigbuckbunny")
    parser.add_argument("--pairs", type=int, help="pairs that network and encoder are timed on; all if left out")
    parser.add_argument("--output", type=Path, help="keep the video here")
    given = parser.parse_args()
    clip = fetch_clip(given.clip)
    with tempfile.TemporaryDirectory() as place:
        output = given.output or Path(place) / "out.mp4"
        words = ["run", str(clip), "-o", str(output), "-x", "2", "--overwrite", "--progress", "json"]
        done = subprocess.run([sys.executable, "-m", "midframe", *words], capture_output=True, text=True, check=True)
        whole = json.loads(done.stdout.splitlines()[-1])
        decoding = decode(clip)
        network, encoding = draw_and_encode(clip, Path(place) / "alone.mp4", given.pairs)
    parts = {"decode": decoding, "network": network, "encode": encoding}
    print(json.dumps({"whole": whole, "parts": parts, "ratio": whole["seconds"] / sum(parts.values())}, indent=2))


if __name__ == "__main__":
    main()
