"""The run report: where every output frame comes from, as one JSON file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from midframe.atomic import create_exclusively, is_stream, open_stream, replace_durably, temporary_path, unlink_quietly
from midframe.engines.protocols import JobModel
from midframe.errors import OptionError, WriteError
from midframe.jobs.resolve import REPORT_BEGINNING, ResolvedJob
from midframe.media.output_paths import begins_with
from midframe.runtime.events import Advanced, Event, Finished, FramePlaced, Notice, PairClassified
from midframe.text import json_text
from midframe.version import __version__


class RunReport:
    """A listener that writes a report while the job runs, in bounded memory, and names the file when the job ends.

    The file is one JSON object: "midframe" (version), "input", "output", "settings", "sources" (of an image sequence:
    the file of every source frame, and the number in its name), "frames" (every frame in the output: number, origin,
    source frame or the two frames of its pair, time in the pair as a fraction, and for videos the presentation time in
    seconds), "pairs" (those that are static, cuts, have repeats or were chosen), "notes", "finished" and
    "summary". A job that stops early leaves a report of what is in the output.

    Args:
        path: The file; replaced if it exists. Pipes and character devices are written to as the job runs.
        job: The job.
        network: The network, if the job needs one.
        spell: Spells the options in notices.

    Raises:
        OptionError: The path is a folder.
        WriteError: The file cannot be created.
    """

    def __init__(
        self, path: Path, job: ResolvedJob, network: JobModel | None, *, spell: Callable[[str], str] = str
    ) -> None:
        if path.is_dir():
            raise OptionError(
                f"The report {path} is a folder. Name a file, such as {path / 'report.json'}.",
                option="report",
                path=path,
            )
        self._spell = spell
        self._path = path
        self._is_stream = is_stream(path)
        self._overwrite = job.options.overwrite
        self._partial = path if self._is_stream else temporary_path(path)
        self._schedule = job.schedule if job.output.is_timed else None
        self._pending: deque[FramePlaced] = deque()
        self._pairs: list[PairClassified] = []
        self._notes: list[str] = []
        self._finished: Finished | None = None
        self._replaces = job.options.redo
        self._frames = 0
        self._failure: OSError | None = None
        settings = {**job.settings, **(network.settings if network else {})}
        head: dict[str, Any] = {
            "midframe": __version__,
            "input": job.input,
            "output": str(job.path),
            "settings": settings,
        }
        sources = _source_files(job)
        if sources:
            head["sources"] = sources
        try:
            if not self._is_stream:
                path.parent.mkdir(parents=True, exist_ok=True)
                create_exclusively(self._partial)
            place = open_stream(path) if self._is_stream else self._partial
            self._file: TextIO = open(place, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - may be a descriptor
        except OSError as error:
            raise self._unwritten(error) from error
        self._write(json_text(head)[:-1] + ', "frames": [')

    def __call__(self, event: Event) -> None:
        """Record an event. Frames are written to the report once they are in the output."""
        if isinstance(event, FramePlaced):
            self._pending.append(event)
        elif isinstance(event, Advanced) and event.stage == "write":
            while self._pending and self._place(self._pending[0]) < event.done:
                self._write_frame(self._pending.popleft())
        elif isinstance(event, PairClassified):
            if event.verdict != "moving" or event.right - event.left > 1 or event.choice is not None:
                self._pairs.append(event)
        elif isinstance(event, Notice):
            self._notes.append(self._spell(event.text))
        elif isinstance(event, Finished):
            self._finished = event

    def close(self) -> None:
        """Complete the file and rename it."""
        if self._file.closed:
            return
        rest = {
            "pairs": [asdict(pair) for pair in self._pairs],
            "notes": self._notes,
            "finished": self._finished is not None,
            "summary": asdict(self._finished.summary) if self._finished else None,
        }
        self._write("\n], " + json_text(rest)[1:] + "\n")
        try:
            self._file.close()
            if self._failure is not None:
                raise self._failure
            if not self._is_stream:
                replace_durably(self._partial, self._path, replace=self._overwrite or self._was_ours())
        except FileExistsError as error:
            raise WriteError(
                f"The report cannot replace {self._path}: {error.strerror}. It remains in {self._partial}.",
                path=self._path,
            ) from error
        except OSError as error:
            raise self._unwritten(error) from error

    def _was_ours(self) -> bool:
        """Whether an earlier report has the name."""
        return self._path.exists() and begins_with(REPORT_BEGINNING)(self._path)

    def _place(self, placed: FramePlaced) -> int:
        """How many frames the output has before this one; of a job that replaces frames, how many are replaced."""
        return self._frames if self._replaces else placed.number

    def _write_frame(self, placed: FramePlaced) -> None:
        row: dict[str, Any] = {"number": placed.number, "origin": placed.origin}
        if placed.left == placed.right:
            row["source"] = placed.left
        else:
            row |= {"left": placed.left, "right": placed.right, "time": str(placed.time)}
        if self._schedule is not None:
            row["seconds"] = str(self._schedule.time(placed.number))
        self._write((",\n" if self._frames else "\n") + json_text(row))
        self._frames += 1

    def _write(self, text: str) -> None:
        # An error of the report must not stop the job.
        if self._failure is None:
            try:
                self._file.write(text)
            except OSError as error:
                self._failure = error

    def _unwritten(self, error: OSError) -> WriteError:
        if not self._is_stream:
            unlink_quietly(self._partial)
        return WriteError(
            f"The report {self._path} cannot be written: {error.strerror}. The output is unaffected.", path=self._path
        )


def _source_files(job: ResolvedJob) -> list[dict[str, Any]]:
    """The files of the source frames that the job uses; empty where frames are not files of their own."""
    source = job.whole_source
    files, numbers = source.image_files, source.frame_numbers
    if len(files) != source.length:
        return []
    used = job.used_frames
    if numbers is None:
        return [{"file": str(files[index])} for index in used]
    return [{"file": str(files[index]), "number": numbers[index]} for index in used]
