"""The run report: where every output frame comes from, as one JSON file."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from midframe.engines.protocols import JobModel
from midframe.errors import OptionError, WriteError
from midframe.jobs.job import Job
from midframe.runtime.events import Advanced, Event, Finished, Judged, Note, Placed


class RunReport:
    """A listener that writes a file as the job runs, in bounded memory, and names it when the job ends.

    The file is one JSON object: "midframe" (version), "input", "output", "settings", "frames" (every frame that is
    in the output: number, origin, source frame or the two it stands between, time between them as a fraction, and
    where the output has time, the second at which it is shown), "pairs" (those that are not simply moving),
    "notes", "finished" and "summary". A job that stops early leaves a report of what is in the output.

    Raises:
        WriteError: The file cannot be created.
    """

    def __init__(self, path: Path, job: Job, network: JobModel | None) -> None:
        """Begin.

        Args:
            path: The file; replaced if it exists.
            job: Tells input, output, times and settings.
            network: Tells its own settings.
        """
        self._path = path
        self._partial = path.with_name(f"{path.name}.part")
        self._schedule = job.schedule if job.is_video else None
        self._waiting: deque[Placed] = deque()
        self._pairs: list[Judged] = []
        self._notes: list[str] = []
        self._finished: Finished | None = None
        self._first = True
        self._failure: OSError | None = None
        settings = {**job.settings, **(network.settings if network else {})}
        head = {"midframe": version("midframe"), "input": job.input, "output": str(job.place), "settings": settings}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = self._partial.open("w", encoding="utf-8")
        except OSError as error:
            raise self._unwritten(error) from error
        self._write(json.dumps(head, ensure_ascii=False)[:-1] + ', "frames": [')

    def __call__(self, event: Event) -> None:
        """Take down what happens. Frames count when they are in the output."""
        if isinstance(event, Placed):
            self._waiting.append(event)
        elif isinstance(event, Advanced) and event.stage == "write":
            while self._waiting and self._waiting[0].number < event.done:
                self._write_frame(self._waiting.popleft())
        elif isinstance(event, Judged):
            if event.verdict != "moving" or event.right - event.left > 1:
                self._pairs.append(event)
        elif isinstance(event, Note):
            self._notes.append(event.text)
        elif isinstance(event, Finished):
            self._finished = event

    def close(self) -> None:
        """Complete the file and give it its name."""
        if self._file.closed:
            return
        rest = {
            "pairs": [asdict(pair) for pair in self._pairs],
            "notes": self._notes,
            "finished": self._finished is not None,
            "summary": asdict(self._finished.summary) if self._finished else None,
        }
        self._write("\n], " + json.dumps(rest, ensure_ascii=False)[1:] + "\n")
        try:
            self._file.close()
            if self._failure is not None:
                raise self._failure
            self._partial.replace(self._path)
        except OSError as error:
            raise self._unwritten(error) from error

    def _write_frame(self, placed: Placed) -> None:
        row: dict[str, Any] = {"number": placed.number, "origin": placed.origin}
        if placed.left == placed.right:
            row["source"] = placed.left
        else:
            row |= {"left": placed.left, "right": placed.right, "time": str(placed.time)}
        if self._schedule is not None:
            row["seconds"] = str(self._schedule.time(placed.number))
        self._write(("\n" if self._first else ",\n") + json.dumps(row))
        self._first = False

    def _write(self, text: str) -> None:
        # A report that cannot be written must not cost the frames that it tells of.
        if self._failure is None:
            try:
                self._file.write(text)
            except OSError as error:
                self._failure = error

    def _unwritten(self, error: OSError) -> WriteError:
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)
        return WriteError(f"The report {self._path} cannot be written: {error.strerror}. The output is not touched.")


def report_place(report: Path, job: Job, several: bool) -> Path:
    """Where the report of a job goes: the file that was named, or with several inputs one in the folder.

    Raises:
        OptionError: A folder is named for one input, or a file for several.
    """
    if not several and report.is_dir():
        raise OptionError(f"The report {report} is a folder. Name a file, such as {report / 'report.json'}.")
    if several and report.suffix:
        raise OptionError(f"With several inputs, --json takes a folder for their reports, not the file {report}.")
    return report / f"{job.place.name}.json" if several else report
