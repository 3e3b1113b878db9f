"""Output frames as files of one folder: the plan and the sink."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from midframe.atomic import create_exclusively, fsync_file, fsync_folder, put_in_place, special_kind
from midframe.errors import (
    InputError,
    OptionError,
    OutputExistsError,
    ResumeError,
    SequenceError,
    UnreadableFileError,
    WriteError,
)
from midframe.media.images.codec_io import writing
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.images.numbering import NamePattern
from midframe.media.output_paths import same_place
from midframe.media.protocols import NOTHING, EarlierOutput, ImageCodec, OutputPlan, Redo, StagedFrame
from midframe.types import Frame

STAGED_NAME = re.compile(r"\.midframe-[0-9]+-[0-9a-f]{8}\.part")
"""What a file is called until it is complete: the number of its frame, and what distinguishes runs."""


LOOKING_THREADS = 4
"""Files that are looked at at once: most of it is waiting for the disk."""

SourcePlaces = Callable[[int], tuple[str, int]]
"""The source frame at or before an output frame: its name without suffix, and how many frames after it that is."""


@dataclass(frozen=True, kw_only=True)
class FolderPlan(OutputPlan):
    """Frames as files of one folder.

    Attributes:
        path: The folder; it may not exist yet.
        pattern: Makes the file names.
        start_number: Number of the first frame.
        codec: The format of the files.
        sources: Names the source frame at or before an output frame, without suffix, and the place of the output frame
            after it (0 for the source frame itself); where the pattern has no place for the name, None.
        overwrite: Files that have the names of the frames may be replaced; no other file ever is.
        inputs: Files that must not be replaced.
    """

    pattern: NamePattern
    start_number: int
    codec: ImageCodec
    overwrite: bool
    sources: SourcePlaces | None = None
    inputs: tuple[Path, ...] = ()

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the files are, in types that JSON has."""
        first, last = self.planned_names()
        pattern = [self.pattern.prefix, self.pattern.width, self.pattern.tail]
        return {"format": self.codec.name, "first": first, "last": last, "pattern": pattern}

    @property
    def kind(self) -> str:
        """See `OutputPlan.kind`."""
        return self.codec.name

    @property
    def resumable(self) -> bool:
        """Always: every frame is a file of its own."""
        return True

    @property
    def is_folder(self) -> bool:
        """Always."""
        return True

    def open_sink(self, earlier: EarlierOutput = NOTHING) -> FolderSink:
        """See `OutputPlan.open_sink`."""
        return FolderSink(self, earlier)

    def open_redo(self, numbers: frozenset[int]) -> Redo:
        """See `OutputPlan.open_redo`. Frames are replaced one by one."""
        count = self.count or 0
        missing = count - sum(self.look_at(EarlierOutput(count)))
        if missing:
            raise ResumeError(
                f"{missing} of {count} frames are missing in {self.path} or damaged, so it cannot be redone. Use the "
                "options that made it, or make it again with `choices` and `overwrite`.",
                option="redo",
                path=self.path,
            )
        return Redo(FolderSink(self), numbers)

    def require_free(self) -> None:
        """See `OutputPlan.require_free`."""
        if self.sources is not None and len(self._names) < (self.count or 0):
            raise OptionError(
                f"Several frames would get the same name, such as {self.pattern.name(0)!r}, because names of the "
                "input repeat. Use a pattern with numbers only.",
                option="name",
            )
        if not self.path.is_dir():
            return
        try:
            entries = list(self.path.iterdir())
        except OSError as error:
            raise OptionError(
                f"The output folder {self.path} cannot be read: {error.strerror}.", path=self.path
            ) from error
        if not self.overwrite:
            self._require_no_images(entries)
        for path in entries:
            kind = special_kind(path) if self.writes(path.name) else None
            if kind is not None:
                raise OptionError(
                    f"{path} is {kind}, which is never replaced, and a frame would get its name. Move it away, or "
                    "choose another folder.",
                    option="output",
                    path=path,
                )
        threatened = {path.parent: path for path in self.inputs if self.writes(path.name)}
        for folder, path in threatened.items():
            if same_place(folder, self.path):
                raise SequenceError(
                    f"A frame of the output would replace the input {path}. Choose another folder.", path=path
                )

    def whole_frames(self, earlier: EarlierOutput) -> int:
        """See `OutputPlan.whole_frames`."""
        return next((index for index, whole in enumerate(self.look_at(earlier)) if not whole), earlier.frames)

    def look_at(self, earlier: EarlierOutput) -> list[bool]:
        """Whether each of the frames of an earlier run is there and not damaged; see `OutputPlan.whole_frames`."""
        with ThreadPoolExecutor(LOOKING_THREADS) as pool:
            return list(pool.map(lambda index: self._holds_whole(index, earlier), range(earlier.frames)))

    def _holds_whole(self, index: int, earlier: EarlierOutput) -> bool:
        path = self.path / self.name(index)
        if special_kind(path) is not None:
            return False
        try:
            self.codec.probe(path)
            if earlier.changed(path):
                self.codec.read(path)
        except InputError:
            return False
        return True

    def writes(self, name: str) -> bool:
        """Whether one of the frames gets this name."""
        if self.sources is not None:
            return name in self._names
        number = self.pattern.number(name)
        if number is None or number < self.start_number:
            return False
        return self.count is None or number < self.start_number + self.count

    def others(self, count: int) -> Iterator[Path]:
        """Files in the folder that have names like those of the frames, and are none of the `count` frames."""
        for path in self.path.iterdir():
            number = None if self.pattern.has_stem else self.pattern.number(path.name)
            if number is not None and not 0 <= number - self.start_number < count:
                yield path

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of all frames."""
        return frozenset(map(self.name, range(self.count or 0)))

    def _require_no_images(self, entries: list[Path]) -> None:
        names = [path.name for path in entries if codec_for_suffix(path.suffix) and path.name[0] != "."]
        if names:
            raise OutputExistsError(
                f"The output folder {self.path} already contains {len(names)} image "
                f"file{'s' if len(names) > 1 else ''}, "
                f"such as {min(names)}. Choose an empty folder, or replace files of the same names with `overwrite`.",
                option="overwrite",
                path=self.path,
            )

    def frame_stem(self, index: int) -> str:
        """Name of the file of output frame `index`, without its suffix."""
        return Path(self.name(index)).stem

    def name(self, index: int) -> str:
        """File name of output frame `index`."""
        if self.sources is None:
            return self.pattern.name(self.start_number + index)
        stem, place = self.sources(index)
        return self.pattern.with_stem(stem).name(self.start_number + place)

    def planned_names(self) -> tuple[str, str]:
        """File names of the first and the last frame, for a dry run; twice the first where the last is unknown."""
        return self.name(0), self.name(0 if self.count is None else self.count - 1)


@dataclass(frozen=True)
class StagedFile:
    """A complete file under a hidden name; None where the frame is in its place already."""

    index: int
    path: Path | None


class FolderSink:
    """Files in a folder; source frames of the same format are copied byte for byte.

    Copies are never links: people edit output files in place. The opener of a sink must be the only writer of the
    folder (`midframe.media.output_lock`), as it removes what interrupted runs have left under hidden names.

    Args:
        plan: Where frames go.
        earlier: Frames that an earlier run has put there; `safe` says how many of them are whole. Whole ones after the
            first that is not are unchanged.

    Raises:
        WriteError: The folder cannot be created.
    """

    def __init__(self, plan: FolderPlan, earlier: EarlierOutput = NOTHING) -> None:
        self.plan = plan
        self._lock = threading.Lock()
        self._staged: set[Path] = set()
        self._aborted = False
        self._created = not plan.path.exists()
        with writing(plan.path, "a folder"):
            plan.path.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(plan.path)
        self._token = secrets.token_hex(4)
        whole = plan.look_at(earlier)
        self._safe = next((index for index, is_whole in enumerate(whole) if not is_whole), len(whole))
        self._kept = {index for index, is_whole in enumerate(whole) if is_whole and index > self._safe}

    @property
    def safe(self) -> int:
        """See `FrameSink.safe`."""
        return self._safe

    @property
    def notes(self) -> tuple[str, ...]:
        """See `FrameSink.notes`."""
        return ()

    @property
    def pending(self) -> int:
        """Frames that are staged and not committed."""
        with self._lock:
            return len(self._staged)

    def stage(self, index: int, frame: Frame) -> StagedFile:
        """See `FrameSink.stage`."""
        self.plan.require_index(index)
        path = self.plan.path / f".midframe-{index}-{self._token}.part"
        with self._lock:
            if self._aborted:
                raise self._stopped()
            if index in self._kept:
                return StagedFile(index, None)
            self._staged.add(path)
        try:
            with writing(path, self.plan.codec.name):
                create_exclusively(path)
            self._fill(path, frame)
        except WriteError as error:
            # Said of the frame, not of the hidden name that it has so far.
            self._discard(path)
            reason = getattr(error.__cause__, "strerror", None) or str(error.__cause__ or error)
            final = self.plan.path / self.plan.name(index)
            raise WriteError(f"{final} could not be written: {reason}. Earlier frames are kept.", path=final) from error
        except BaseException:
            self._discard(path)
            raise
        with self._lock:
            wanted = path in self._staged
        if not wanted:
            # `abort` came while the file was being written, and could not remove it for good.
            self._discard(path)
            raise self._stopped()
        return StagedFile(index, path)

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`. With `overwrite`, a file of the same name is replaced at once."""
        assert isinstance(staged, StagedFile)
        if staged.path is not None:
            final = self.plan.path / self.plan.name(staged.index)
            with writing(final, self.plan.codec.name):
                put_in_place(staged.path, final, replace=self.plan.overwrite)
            with self._lock:
                self._staged.discard(staged.path)
        self._safe = staged.index + 1

    def finish(self) -> None:
        """See `FrameSink.finish`."""
        with writing(self.plan.path, "a folder"):
            fsync_folder(self.plan.path)

    def abort(self) -> None:
        """See `FrameSink.abort`. A folder made for this run is removed if it is still empty."""
        with self._lock:
            self._aborted = True
            staged = list(self._staged)
        for path in staged:
            self._discard(path)
        if self._created:
            with contextlib.suppress(OSError):
                self.plan.path.rmdir()

    def _fill(self, path: Path, frame: Frame) -> None:
        if frame.path is not None and codec_for_suffix(frame.path.suffix) is self.plan.codec:
            self._copy(frame.path, path)
        else:
            self.plan.codec.write(path, frame)
        with writing(path, self.plan.codec.name):
            fsync_file(path)

    def _copy(self, original: Path, path: Path) -> None:
        if not original.is_file():
            raise UnreadableFileError(
                f"{original} no longer exists, so it cannot be copied to the output.", path=original
            )
        with writing(path, self.plan.codec.name):
            shutil.copyfile(original, path)

    def _stopped(self) -> WriteError:
        return WriteError(f"The output to {self.plan.path} was stopped.", path=self.plan.path)

    def _discard(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        with self._lock:
            self._staged.discard(path)


def _remove_leftovers(folder: Path) -> None:
    """Remove staged files of runs that have ended."""
    for path in list(folder.iterdir()):
        if STAGED_NAME.fullmatch(path.name) and special_kind(path) is None:
            with contextlib.suppress(OSError):
                path.unlink()
