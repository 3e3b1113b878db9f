"""Output frames as files of one folder: the plan and the sink."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from midframe.atomic import fsync_file, fsync_folder
from midframe.errors import InputError, UnreadableFileError, WriteError
from midframe.media.images.codec_io import writing
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.images.numbering import NamePattern
from midframe.media.protocols import ImageCodec, OutputPlan, StagedFrame
from midframe.types import Frame

STAGED_NAME = re.compile(r"\.midframe-[0-9]+-([0-9]+)\.part")


SourcePlaces = Callable[[int], tuple[str, int]]
"""The source frame at or before an output frame: its name without suffix, and how many frames behind it that is."""


@dataclass(frozen=True, kw_only=True)
class FolderPlan(OutputPlan):
    """Frames as files of one folder.

    Attributes:
        path: The folder; it may not exist yet.
        pattern: Makes the file names.
        start_number: Number of the first frame.
        codec: The format of the files.
        sources: Names the source frame at or before an output frame, without suffix, and the place of the output frame
            behind it (0 for the source frame itself); where the pattern has no place for the name, None.
        overwrite: Frames from an earlier run may be replaced, and are removed where the new run is shorter.
    """

    pattern: NamePattern
    start_number: int
    codec: ImageCodec
    overwrite: bool
    sources: SourcePlaces | None = None

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the files are, in types that JSON has."""
        first, last = self.planned_names()
        return {"format": self.codec.name, "first": first, "last": last}

    @property
    def resumable(self) -> bool:
        """Always: every frame is a file of its own."""
        return True

    def open_sink(self, resumed: int = 0) -> FolderSink:
        """See `OutputPlan.open_sink`."""
        return FolderSink(self, resumed)

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

    def stale(self, name: str, count: int) -> bool:
        """Whether a file in the folder is a frame of this name pattern that a run of `count` frames does not write."""
        number = self.pattern.number(name)
        return number is not None and not 0 <= number - self.start_number < count


@dataclass(frozen=True)
class StagedFile:
    """A complete file under a hidden name."""

    index: int
    path: Path


class FolderSink:
    """Files in a folder; source frames of the same format are copied byte for byte.

    Copies are never links: people edit output files in place.

    Args:
        plan: Where frames go.
        expected: Frames that an earlier run has put there; `safe` says how many of them are whole.

    Attributes:
        removed_stale: Frames of an earlier, longer run that `finish` has removed.

    Raises:
        WriteError: The folder cannot be created.
    """

    def __init__(self, plan: FolderPlan, expected: int = 0) -> None:
        self.plan = plan
        self.removed_stale = 0
        self._lock = threading.Lock()
        self._staged: set[Path] = set()
        self._aborted = False
        self._created = not plan.path.exists()
        with writing(plan.path, "a folder"):
            plan.path.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(plan.path)
        self._safe = self._whole(expected)

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
        staged = StagedFile(index, self.plan.path / f".midframe-{index}-{os.getpid()}.part")
        with self._lock:
            if self._aborted:
                raise self._stopped()
            self._staged.add(staged.path)
        try:
            self._fill(staged.path, frame)
        except WriteError as error:
            # Said of the frame, not of the hidden name that it has so far.
            self._discard(staged.path)
            reason = getattr(error.__cause__, "strerror", None) or str(error.__cause__ or error)
            final = self.plan.path / self.plan.name(index)
            raise WriteError(
                f"{final} could not be written: {reason}. The frames before it are kept.", path=final
            ) from error
        except BaseException:
            self._discard(staged.path)
            raise
        with self._lock:
            wanted = staged.path in self._staged
        if not wanted:
            # `abort` came while the file was being written, and could not remove it for good.
            self._discard(staged.path)
            raise self._stopped()
        return staged

    def commit(self, staged: StagedFrame) -> None:
        """See `FrameSink.commit`. Replaces a file of the same name at once."""
        assert isinstance(staged, StagedFile)
        final = self.plan.path / self.plan.name(staged.index)
        with writing(final, self.plan.codec.name):
            staged.path.replace(final)
        self._safe = staged.index + 1
        with self._lock:
            self._staged.discard(staged.path)

    def finish(self) -> None:
        """See `FrameSink.finish`. With `overwrite`, frames of an earlier run outside of the new range are removed."""
        with writing(self.plan.path, "a folder"):
            if self.plan.overwrite:
                for path in list(self.plan.path.iterdir()):
                    if self.plan.stale(path.name, self._safe) and path.is_file():
                        path.unlink()
                        self.removed_stale += 1
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

    def _whole(self, expected: int) -> int:
        """How many of the expected frames are there without a hole, and not damaged as far as a quick check shows."""
        whole = (self._is_whole(index) for index in range(expected))
        return next((index for index, is_whole in enumerate(whole) if not is_whole), expected)

    def _is_whole(self, index: int) -> bool:
        try:
            self.plan.codec.probe(self.plan.path / self.plan.name(index))
        except InputError:
            return False
        return True

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
                f"{original} does not exist any more, so it cannot be copied to the output.", path=original
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
    """Remove staged files of runs that have ended, of earlier ones with our process number too."""
    for path in list(folder.iterdir()):
        match = STAGED_NAME.fullmatch(path.name)
        if match and not _is_other_running_process(int(match.group(1))):
            with contextlib.suppress(OSError):
                path.unlink()


def _is_other_running_process(process: int) -> bool:
    # On Windows there is no harmless signal to ask with; but files in use cannot be removed there anyway.
    if process == os.getpid() or os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
