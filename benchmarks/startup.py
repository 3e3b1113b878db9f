"""What it takes to start midframe, and how large its environment is.

    python benchmarks/startup.py --json out/startup.json
    python benchmarks/startup.py --python now=fresh/bin/python --python before=older/bin/python

CPU seconds (user and system, of the process and its children) and wall time, medians over rounds in turns: of the
interpreter alone, ``import midframe``, ``midframe --version``, ``--help``, a refused option, and ``midframe run`` on
two PNG files of 640×360, from the command to the first and only interpolated frame, written. The first round, which
fills the page cache, is not counted; weights must be in midframe's cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from itertools import islice
from pathlib import Path

from measuring import (
    THIS,
    Installation,
    Samples,
    add_python_option,
    chosen_installations,
    machine,
    print_table,
    progress,
    run_measured,
    turns,
    write_json,
)
from PIL import Image

from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip

SIZE, DISTANCE = (640, 360), 2
LARGEST = 6
"""Distributions that are listed by size."""

PLACES = "import sysconfig; print('\\n'.join(sorted({sysconfig.get_path(name) for name in ('purelib', 'platlib')})))"

Command = tuple[str, list[str | Path], int]
"""A name, the words, and the status that it must end with."""


def commands(installation: Installation, source: Path, output: Path) -> list[Command]:
    """What is measured."""
    run = ("run", source, "-o", output, "--factor", "2", "--device", "cpu", "--progress", "none")
    return [
        ("python", [installation.python, "-c", "pass"], 0),
        ("import", [installation.python, "-c", "import midframe"], 0),
        ("--version", installation.midframe("--version"), 0),
        ("--help", installation.midframe("--help"), 0),
        ("refused option", installation.midframe("run", source, "-o", output, "--precision", "nonsense"), 2),
        ("first frame", installation.midframe(*run), 0),
    ]


def write_pair(folder: Path) -> Path:
    """Two PNG files."""
    folder.mkdir()
    for number, frame in enumerate(islice(read_rgb_frames(fetch_clip("bigbuckbunny")), 0, DISTANCE + 1, DISTANCE)):
        Image.fromarray(frame).resize(SIZE, Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return folder


def environment_size(installation: Installation) -> dict[str, object]:
    """Megabytes on disk of what is installed, the largest folders, and whether torch is among them."""
    found = run_measured([installation.python, "-c", PLACES], installation.environment).output.split("\n")
    sizes: dict[str, int] = {}
    for place in filter(None, found):
        for path in Path(place).rglob("*"):
            if path.is_file() and not path.is_symlink():
                top = path.relative_to(place).parts[0]
                sizes[top] = sizes.get(top, 0) + path.stat().st_blocks * 512
    largest = sorted(sizes, key=lambda name: -sizes[name])[:LARGEST]
    return {
        "megabytes": sum(sizes.values()) / 1e6,
        "largest": {name: sizes[name] / 1e6 for name in largest},
        "torch": "torch" in sizes,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_python_option(parser)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    installations = chosen_installations(parser, given)
    used, wall = Samples(), Samples()
    with tempfile.TemporaryDirectory() as place:
        source, output = write_pair(Path(place) / "in"), Path(place) / "out"
        for number, installation in turns(installations, given.rounds + 1):
            for name, command, status in commands(installation, source, output):
                shutil.rmtree(output, ignore_errors=True)
                # Away from the sources, which are on the path of an interpreter that starts in their folder.
                usage = run_measured(command, installation.environment, Path(place), status)
                if number > 0:
                    used.add(f"{installation.name} {name}", usage.processor_seconds)
                    wall.add(f"{installation.name} {name}", usage.seconds)
            progress(f"round {number} of {given.rounds}: {installation.name}")
    names = [name for name, *_ in commands(THIS, source, output)]
    rows = [
        {
            **installation.report(),
            "cpu_seconds": {name: used.median(f"{installation.name} {name}") for name in names},
            "wall_seconds": {name: wall.median(f"{installation.name} {name}") for name in names},
            "environment": environment_size(installation),
        }
        for installation in installations
    ]
    print(f"CPU seconds (wall seconds), medians of {given.rounds} rounds in turns, {os.cpu_count()} cores\n")
    print_table(
        ["", *names, "site-packages, MB", "torch in it"],
        [
            [
                row["name"],
                *(f"{row['cpu_seconds'][name]:.2f} ({row['wall_seconds'][name]:.2f})" for name in names),
                f"{row['environment']['megabytes']:.0f}",
                "yes" if row["environment"]["torch"] else "no",
            ]
            for row in rows
        ],
    )
    write_json(given.json, {"machine": machine(), "rounds": given.rounds, "installations": rows})


if __name__ == "__main__":
    main()
