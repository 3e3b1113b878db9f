"""What several benchmarks share: whole processes and what they take, turns, environments, tables and JSON.

Importing this loads neither torch nor numpy: the peak memory that the system reports for a process is never below what
the process that started it held at that moment, so a benchmark that measures others stays small.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

THREAD_VARIABLES = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "MKL_NUM_THREADS")
"""Taken out of the environment of what is measured: programs run as they come."""

T = TypeVar("T")


@dataclass(frozen=True)
class Usage:
    """What a process took, and its children that it waited for.

    Attributes:
        seconds: Wall time.
        processor_seconds: User and system time.
        peak_bytes: Largest resident size of any one of them.
        output: Its standard output.
        errors: Its standard error.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int
    output: str
    errors: str

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object on the last line of the output."""
        found: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return found


class Running:
    """A process that was started, its output going to files.

    Args:
        command: Program and arguments.
        environment: Its whole environment; this process's if None.
        folder: Where it runs.
    """

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self._command = command
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when the process has ended
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - the same
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._errors
        )

    def wait(self, expected: int = 0) -> Usage:
        """Wait for its end.

        Raises:
            RuntimeError: It did not end with the expected status.
        """
        _, status, used = os.wait4(self._process.pid, 0)
        seconds = time.perf_counter() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (self._output, self._errors):
            with stream:
                stream.seek(0)
                texts.append(stream.read())
        if self._process.returncode != expected:
            words = " ".join(map(str, self._command))
            raise RuntimeError(f"{words}\nended with {self._process.returncode}:\n{texts[0][-1000:]}{texts[1][-3000:]}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit, *texts)


def run_measured(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    expected: int = 0,
) -> Usage:
    """Run a program to its end; see `Running`."""
    return Running(command, environment, folder).wait(expected)


@dataclass(frozen=True)
class Installation:
    """An interpreter that has midframe.

    Attributes:
        name: For tables.
        python: The interpreter.
    """

    name: str
    python: Path

    @classmethod
    def parse(cls, text: str) -> Installation:
        """Of ``PATH`` or ``NAME=PATH``."""
        name, separator, path = text.rpartition("=")
        # Not resolved: an interpreter of a virtual environment is a link, and would lose its packages.
        python = Path(path).absolute()
        return cls(name if separator else _short_name(python), python)

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes: this one's, but PYTHONPATH only for the interpreter that runs this benchmark."""
        dropped = () if self.python == Path(sys.executable).absolute() else ("PYTHONPATH",)
        return plain_environment(dropped)

    def midframe(self, *words: str | Path) -> list[str | Path]:
        """A command line."""
        return [self.python, "-m", "midframe", *words]

    def report(self) -> dict[str, object]:
        """What it is, for JSON."""
        version = run_measured(self.midframe("--version"), self.environment).output.strip()
        return {"name": self.name, "version": version}


THIS = Installation("this one", Path(sys.executable).absolute())


def add_python_option(parser: argparse.ArgumentParser) -> None:
    """The installations to compare; `chosen_installations` reads it."""
    parser.add_argument(
        "--python",
        type=Installation.parse,
        action="append",
        help="[NAME=]PATH of an interpreter that has midframe; several times to compare; default: this one",
    )


def chosen_installations(parser: argparse.ArgumentParser, given: argparse.Namespace) -> list[Installation]:
    """Those that were given, or this one."""
    found: list[Installation] = given.python or [THIS]
    if len({installation.name for installation in found}) < len(found):
        parser.error("two interpreters have the same name; give them as NAME=PATH")
    return found


def _short_name(python: Path) -> str:
    """The folder that holds an environment."""
    return python.parents[1].name if len(python.parts) > 2 else python.name


def plain_environment(dropped: Iterable[str] = ()) -> dict[str, str]:
    """This process's environment without `THREAD_VARIABLES` and some others."""
    return {name: value for name, value in os.environ.items() if name not in {*THREAD_VARIABLES, *dropped}}


def make_environment(name: str, needs: Sequence[str], without_dependencies: Sequence[str] = ()) -> Path:
    """The interpreter of a virtual environment under ``out/peers`` with these packages, built if it is not there."""
    folder = Path("out/peers").absolute() / name
    python, ready = folder / "bin" / "python", folder / "ready"
    wanted = "\n".join([*needs, *without_dependencies])
    if not ready.exists() or ready.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"making {folder.name}: {', '.join([*needs, *without_dependencies])}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *needs], check=True)
        if without_dependencies:
            subprocess.run([python, "-m", "pip", "install", "-qq", "--no-deps", *without_dependencies], check=True)
        ready.write_text(wanted)
    return python


def turns(items: Sequence[T], rounds: int) -> Iterator[tuple[int, T]]:
    """Each item once in every round, every other round backwards, with the number of the round."""
    for number in range(rounds):
        for item in items[:: -1 if number % 2 else 1]:
            yield number, item


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """So many processes that compute all the time, ended with the block."""
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]))
            stack.callback(process.kill)  # before the wait at the end of its block
        yield


@dataclass
class Samples:
    """Values of several rounds by name."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One round's value."""
        self.values.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """Over the rounds."""
        return statistics.median(self.values[name])

    def ratio(self, name: str, base: str) -> float:
        """Median of the ratios within each round."""
        return statistics.median(
            value / other for value, other in zip(self.values[name], self.values[base], strict=True)
        )


def machine() -> dict[str, object]:
    """The machine in a few words, for JSON."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].partition(":")[2].strip() if lines else name
    return {"processor": name, "machine": platform.machine(), "cores": os.cpu_count(), "system": platform.system()}


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """In Markdown, on standard output."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


def write_json(path: Path | None, found: object) -> None:
    """If a path was given."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def progress(words: str) -> None:
    """A line on the error stream while rounds go on."""
    print(words, file=sys.stderr, flush=True)
