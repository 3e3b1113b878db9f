"""What a trial has measured: its steps, as a table and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from tools.clean.systems import Done

from midframe.cli.readable import readable_size
from midframe.tables import format_table

DOWNLOADED = re.compile(r"Downloading \S+ \(([0-9.]+) (bytes|kB|MB|GB)\)")
UNITS = {"bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass
class Step:
    """One step of a trial.

    Attributes:
        name: What is done.
        seconds: How long it took; None if it is a check of what other steps left.
        downloaded: Bytes that were downloaded, None if not known.
        on_disk: Bytes that it added on disk, None if that says nothing.
        problems: What was not as it should be, a sentence each.
    """

    name: str
    seconds: float | None = None
    downloaded: int | None = None
    on_disk: int | None = None
    problems: list[str] = field(default_factory=list)


@dataclass
class Record:
    """The steps of a trial in one system."""

    system: str
    python: str
    machine: str
    wheel: str
    steps: list[Step] = field(default_factory=list)

    def add(self, name: str, done: Done, *, code: int = 0) -> Step:
        """A step that ran a command; another exit code than the expected one is a problem."""
        step = Step(name, round(done.seconds, 2), downloaded_bytes(done.output))
        if done.code != code:
            last = (done.output.strip().splitlines() or ["no output"])[-1]
            step.problems.append(f"The exit code is {done.code} instead of {code}: {last}")
        self.steps.append(step)
        return step

    def check(self, name: str, problems: list[str]) -> Step:
        """A step that ran nothing."""
        step = Step(name, problems=problems)
        self.steps.append(step)
        return step

    @property
    def problems(self) -> list[str]:
        """All problems, each with its step."""
        return [f"{step.name}: {problem}" for step in self.steps for problem in step.problems]

    def as_json(self) -> dict[str, Any]:
        """For machines: seconds and bytes."""
        return asdict(self)

    def table(self) -> Iterator[str]:
        """For people."""
        yield f"{self.system} (Python {self.python}, {self.machine}), {self.wheel}"
        rows = [("STEP", "SECONDS", "DOWNLOADED", "ON DISK", "")]
        for step in self.steps:
            seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
            sizes = ("" if size is None else readable_size(size) for size in (step.downloaded, step.on_disk))
            rows.append((step.name, seconds, *sizes, "FAILED" if step.problems else "ok"))  # type: ignore[arg-type]
        yield from format_table(rows, "<>>><")
        yield from self.problems


def downloaded_bytes(output: str) -> int | None:
    """Bytes that pip says it has downloaded; None if it says nothing."""
    found = DOWNLOADED.findall(output)
    return round(sum(float(number) * UNITS[unit] for number, unit in found)) if found else None
