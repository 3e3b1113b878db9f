"""What a job has done so far, on disk next to its output, so that another run can resume from there.

A journal is a text file of JSON objects, one per line. The first says what the job is, and in which file the output
grows; each of the others is a checkpoint: that many output frames are safely on disk. The last line of a finished job
says so. A line that a crash cut short does not count.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from midframe.atomic import (
    create_exclusively,
    hidden_name,
    is_temporary_name,
    replace_durably,
    special_kind,
    temporary_path,
    unlink_quietly,
    write_text_atomically,
)
from midframe.errors import ResumeError, WriteError
from midframe.runtime.events import Advanced, Event, FramePlaced, PairClassified
from midframe.text import json_text, parse_json

VERSION = 2
"""Version of the journal's format."""

STAMPED_BYTES = 4096

FLUSH_SECONDS = 1.0
"""A checkpoint is on the disk at most this long after its frames; a killed process loses none of them, a machine that
loses its power these."""


@dataclass(frozen=True)
class ResumePoint:
    """Where a job can resume.

    Attributes:
        outputs: Output frames that are safely on disk: 0 … outputs − 1.
        left: Left source frame of the pair that the next output frame belongs to.
        restart: Source frame from which reading and judging must start to come to the same pairs.
    """

    outputs: int = 0
    left: int = 0
    restart: int = 0


@dataclass(frozen=True)
class FileStamp:
    """By what a finished output file is recognised.

    Attributes:
        size: Its bytes.
        head: SHA-256 of its first `STAMPED_BYTES`, in hexadecimal digits.
    """

    size: int
    head: str

    @classmethod
    def of(cls, path: Path) -> FileStamp:
        """The stamp of a file. Raises `OSError`."""
        with path.open("rb") as stream:
            head = stream.read(STAMPED_BYTES)
            return cls(stream.seek(0, os.SEEK_END), hashlib.sha256(head).hexdigest())


@dataclass(frozen=True)
class JournalRecord:
    """What a journal says.

    Attributes:
        settings: Everything that decides what the output is.
        checkpoints: Checkpoints, in the order in which they were written.
        complete: Whether the job finished.
        partial: Name of the file, next to the output file, in which the frames are until then; None where they are in
            the output itself.
        stamp: What the output file was when the job finished; None where that is a folder, or before.
        written: When the last line was written, as a file's time in nanoseconds; None where that is not known.
    """

    settings: dict[str, Any]
    checkpoints: tuple[ResumePoint, ...]
    complete: bool
    partial: str | None = None
    stamp: FileStamp | None = None
    written: int | None = None

    def checkpoint(self, outputs: int) -> ResumePoint:
        """Where to resume if only `outputs` frames are really there: at or before the last checkpoint."""
        known = [point for point in self.checkpoints if point.outputs <= outputs]
        return replace(known[-1], outputs=min(outputs, self.outputs)) if known else ResumePoint()

    def partial_file(self, output: Path) -> Path | None:
        """The unfinished file next to an output file, if it is there and has a name that such files get."""
        if self.partial is None or not is_temporary_name(self.partial, output, hidden=False):
            return None
        path = output.with_name(self.partial)
        return path if path.exists() and special_kind(path) is None else None

    def resumable(self, output: Path, *, is_folder: bool) -> bool:
        """Whether a run of the same job can continue after frames that this one has finished."""
        return not self.complete and self.outputs > 0 and (is_folder or self.partial_file(output) is not None)

    @property
    def outputs(self) -> int:
        """Output frames that were said to be on disk."""
        return self.checkpoints[-1].outputs if self.checkpoints else 0


def journal_place(output: Path, *, is_folder: bool) -> Path:
    """The journal of an output folder, inside it, or of an output file, next to it."""
    return output / ".midframe-journal" if is_folder else output.with_name(hidden_name(output.name, "midframe-journal"))


def read_journal(path: Path) -> JournalRecord | None:
    """Read what a job has done; None if there is no journal.

    Raises:
        ResumeError: The file is not a journal, is damaged, or is one of another version.
    """
    kind = special_kind(path)
    if kind is not None:
        raise ResumeError(f"{path} is {kind}, not a journal. Remove it to start again.", path=path)
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResumeError(
            f"The journal {path} cannot be read ({error.strerror}). Remove it to start again.", path=path
        ) from error
    try:
        # After the last line break there is nothing, or a line that was cut short.
        head, *rest = [parse_json(line.decode()) for line in lines[:-1]]
        if head["journal"] != VERSION:
            raise ResumeError(
                f"The journal {path} was written by another version of midframe. Remove it to start again.", path=path
            )
        return replace(_record(head, rest), written=path.stat().st_mtime_ns)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ResumeError(
            f"{path} is not a midframe journal, or it is damaged. Remove it to start again.", path=path
        ) from error


def _record(head: dict[str, Any], rest: list[dict[str, Any]]) -> JournalRecord:
    """What the lines of a journal say.

    Raises:
        ValueError: They make no sense; or a TypeError, KeyError or AttributeError, by what is missing.
    """
    partial, stamp = head["partial"], None
    complete = bool(rest) and "complete" in rest[-1]
    if complete:
        last = rest.pop()
        stamp = None if last["file"] is None else FileStamp(**last["file"])
    checkpoints = tuple(ResumePoint(line["outputs"], line["left"], line["restart"]) for line in rest)
    numbers = [number for point in checkpoints for number in (point.outputs, point.left, point.restart)]
    sound = (
        isinstance(head["settings"], dict)
        and isinstance(partial, str | None)
        and all(type(number) is int and number >= 0 for number in numbers)
        and all(before.outputs <= after.outputs for before, after in pairwise(checkpoints))
    )
    if not sound:
        raise ValueError(f"not an entry of a journal: {head}")
    return JournalRecord(head["settings"], checkpoints, complete, partial, stamp)


def differences(recorded: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two settings, in words: "model: 4.25, now 4.6"."""
    # What is written and read again is what is compared: JSON knows no tuples.
    now = json.loads(json.dumps(now))
    names = [*recorded, *(name for name in now if name not in recorded)]
    return [
        f"{name.replace('_', ' ')}: {recorded.get(name)}, now {now.get(name)}"
        for name in names
        if recorded.get(name) != now.get(name)
    ]


def write_finished(
    path: Path, settings: dict[str, Any], checkpoints: Sequence[ResumePoint], outputs: int, output: Path | None
) -> None:
    """Write the journal of a job that is finished.

    Args:
        path: The file; replaced as a whole.
        settings: Everything that decides what the output is.
        checkpoints: Those of the job; empty where they are not known.
        outputs: Output frames.
        output: The output, where that is a file.

    Raises:
        WriteError: It cannot be written.
    """
    stamp = None if output is None else asdict(FileStamp.of(output))
    lines: list[dict[str, Any]] = [{"journal": VERSION, "settings": settings, "partial": None}]
    lines += [asdict(point) for point in checkpoints or (ResumePoint(), ResumePoint(outputs))]
    lines.append({"complete": True, "file": stamp})
    try:
        write_text_atomically(path, "".join(json_text(line) + "\n" for line in lines))
    except OSError as error:
        raise WriteError(f"The journal {path} cannot be written: {error.strerror}.", path=path) from error


class Journal:
    """A listener that writes checkpoints as frames reach the disk.

    Args:
        path: The file.
        settings: Everything that decides what the output is, in types that JSON has.
        begin: Where the job starts.
        safe: Returns how many output frames are safely on disk.
        partial: See `JournalRecord`.

    Raises:
        WriteError: The file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        settings: dict[str, Any],
        begin: ResumePoint,
        safe: Callable[[], int],
        partial: str | None = None,
    ) -> None:
        self._path = path
        self._safe = safe
        self._done = begin.outputs
        # First output frame of a pair, its left source frame, and where to start reading for it.
        self._pairs: deque[tuple[int, int, int]] = deque([(begin.outputs, begin.left, begin.restart)])
        self._pair = (begin.left, begin.restart)
        self._flushed = 0.0
        try:
            self._file = self._opened({"journal": VERSION, "settings": settings, "partial": partial}, begin)
        except OSError as error:
            raise self._unwritten(error) from error

    def __call__(self, event: Event) -> None:
        """Record an event."""
        if isinstance(event, PairClassified):
            self._pair = (event.left, event.restart)
        elif isinstance(event, FramePlaced):
            # What comes after the last pair counts as part of it: it is judged again, and then there is the end.
            if self._pairs[-1][1:] != self._pair:
                self._pairs.append((event.number, *self._pair))
        elif isinstance(event, Advanced) and event.stage == "write":
            try:
                self._advance(self._safe())
            except OSError as error:
                raise self._unwritten(error) from error

    def close(self) -> None:
        """Leave the journal for another run; the sink has been aborted, and may have made more safe by that."""
        with contextlib.suppress(OSError):
            self._advance(self._safe())
            self._file.close()

    def complete(self, *, keep: bool, output: Path | None = None) -> None:
        """The job is finished.

        Args:
            keep: Whether the journal stays, as a mark that the output is complete.
            output: The output, where that is a file.

        Raises:
            WriteError: The journal cannot be written.
        """
        try:
            if keep:
                stamp = None if output is None else asdict(FileStamp.of(output))
                _write(self._file, {"complete": True, "file": stamp})
                os.fsync(self._file.fileno())
            self._file.close()
            if not keep:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritten(error) from error

    def _advance(self, safe: int) -> None:
        if safe <= self._done:
            return
        self._done = safe
        while len(self._pairs) > 1 and self._pairs[1][0] <= safe:
            self._pairs.popleft()
        _write(self._file, asdict(ResumePoint(safe, *self._pairs[0][1:])))
        now = time.monotonic()
        if now - self._flushed >= FLUSH_SECONDS:
            self._flushed = now
            os.fsync(self._file.fileno())

    def _opened(self, head: dict[str, Any], begin: ResumePoint) -> TextIO:
        """The file, started under a temporary name so that an older journal is never lost half way."""
        temporary = temporary_path(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        create_exclusively(temporary)
        file = temporary.open("w", encoding="utf-8")
        try:
            _write(file, head)
            _write(file, asdict(begin))
            replace_durably(temporary, self._path)
        except BaseException:
            file.close()
            unlink_quietly(temporary)
            raise
        return file

    def _unwritten(self, error: OSError) -> WriteError:
        return WriteError(f"The journal {self._path} cannot be written: {error.strerror}.", path=self._path)


def _write(file: TextIO, line: dict[str, Any]) -> None:
    file.write(json_text(line) + "\n")
    file.flush()
