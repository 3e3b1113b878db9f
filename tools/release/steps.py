"""Everything that has to hold before a release, in one run that a failure does not stop: `make release-check`.

Each step is a target of the Makefile, so that it can be run again by itself. Its output goes to a file of
``out/release-check``, where ``results.json`` has what the table says.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOGS = Path("out/release-check")
LINES_SHOWN = 20
"""Of the output of a step that fails."""


@dataclass(frozen=True)
class Step:
    """A target of the Makefile, and what it shows."""

    target: str
    holds: str


STEPS = [
    Step("lint", "style, spelling, types"),
    Step("lint-workflows", "workflows, shell scripts, container files"),
    Step("release-text", "the changelog"),
    Step("wheels", "sdist and wheels are built, and whole"),
    Step("try-wheels", "wheels installed and run in clean systems"),
    Step("docs", "the site, its links and references"),
    Step("documented", "examples, commands and blocks of the pages run"),
    Step("oldest", "tests with the oldest versions allowed"),
    Step("newest", "tests with the newest versions"),
]


@dataclass(frozen=True)
class Result:
    """What a step gave."""

    step: Step
    status: int
    """The exit status of make."""
    seconds: float
    log: Path


def run_step(step: Step, logs: Path, make: Sequence[str] = ("make",)) -> Result:
    """Run one step, with its output in a file below ``logs``."""
    log = logs / f"{step.target}.log"
    start = time.monotonic()
    with log.open("wb") as file:
        status = subprocess.run(
            [*make, "--no-print-directory", step.target],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    return Result(step, status, time.monotonic() - start, log)


def row(result: Result) -> str:
    """One line of the table."""
    state = "passed" if result.status == 0 else "FAILED"
    return f"{result.step.target:15} {state} {result.seconds:6.0f} s  {result.step.holds}"


def write_results(results: Sequence[Result], path: Path) -> None:
    """Keep the results as JSON: an object a step, with its target, status, seconds and log."""
    rows = [
        {
            "target": result.step.target,
            "status": result.status,
            "seconds": round(result.seconds, 1),
            "log": str(result.log),
        }
        for result in results
    ]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def targets() -> list[str]:
    """The names of all steps."""
    return [step.target for step in STEPS]


def run_steps(wanted: Sequence[str] = ()) -> int:
    """Run steps and print a line for each.

    Args:
        wanted: Names of steps; nothing for all.

    Returns:
        The exit code: 0, or 1 if a step has failed.

    Raises:
        ValueError: There is no such step.
    """
    unknown = [name for name in wanted if name not in targets()]
    if unknown:
        raise ValueError(f"there is no step {', '.join(unknown)}; there are {', '.join(targets())}")
    LOGS.mkdir(parents=True, exist_ok=True)
    results = []
    for step in [step for step in STEPS if step.target in wanted or not wanted]:
        results.append(run_step(step, LOGS))
        print(row(results[-1]), flush=True)
        if results[-1].status:
            lines = results[-1].log.read_text(encoding="utf-8", errors="replace").splitlines()
            print("\n".join(f"    {line}" for line in lines[-LINES_SHOWN:]))
            print(f"    The whole output is in {results[-1].log}.", flush=True)
    write_results(results, LOGS / "results.json")
    failed = [result.step.target for result in results if result.status]
    minutes = sum(result.seconds for result in results) / 60
    if failed:
        print(f"{len(failed)} of {len(results)} steps failed, in {minutes:.0f} minutes: {', '.join(failed)}.")
    else:
        print(f"All {len(results)} steps passed, in {minutes:.0f} minutes.")
    return 1 if failed else 0
