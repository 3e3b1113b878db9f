"""What a video output is worth after its job was killed: ``kill -9`` at random moments, through the command line.

For each container a job runs once undisturbed; then it is started again and again and killed. The partial file must
open and decode without an error; its frames must be the first ones of the undisturbed run, with the same time stamps
and the same pictures; its sound too; and no more frames may be missing than the encoder holds back (measured here)
and the container gathers.

    python -m benchmarks.kills --kills 20 --suffixes .mp4 .mov .mkv .webm
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

from tests.support.kills import allowed_missing, play, run_killed, run_whole, verdict, write_source


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--suffixes", nargs="+", default=[".mp4", ".mov", ".mkv", ".webm"])
    parser.add_argument("--source-suffix", help="default: .webm for .webm, else .mp4")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for suffix in given.suffixes:
            kind = given.source_suffix or (".webm" if suffix == ".webm" else ".mp4")
            source = write_source(folder / f"source{kind}", given.frames)
            output = folder / f"whole{suffix}"
            seconds = run_whole(source, output)
            whole = play(output)
            allowed = allowed_missing(suffix)
            for number in range(given.kills):
                killed = folder / f"killed{suffix}"
                after = rng.uniform(0, seconds)
                done = run_killed(source, killed, after)
                if killed.exists():
                    row: dict[str, object] = {"written": done, "ok": play(killed) == whole, "finished": True}
                    killed.unlink()
                else:
                    row = verdict(killed, whole, done, allowed)
                rows.append({"container": suffix, "kill": number + 1, "after s": round(after, 2), **row})
                print(json.dumps(rows[-1]), flush=True)
    good = sum(bool(row["ok"]) for row in rows)
    print(f"{good} of {len(rows)} ok")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))
    sys.exit(good < len(rows))


if __name__ == "__main__":
    main()
