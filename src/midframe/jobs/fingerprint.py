"""What a job depends on, as a few figures that change when it does."""

from __future__ import annotations

import hashlib
from pathlib import Path

from midframe.engines.protocols import JobModel
from midframe.jobs.resolve import ResolvedJob
from midframe.media.protocols import FrameSource
from midframe.version import __version__


def fingerprint(source: FrameSource) -> dict[str, object]:
    """The files of an input: how many, how large, and a hash of their names, sizes and times of change.

    Contents are not read: that would take as long as the job on a large input.
    """
    digest, size = hashlib.sha256(), 0
    for file in source.files:
        bytes_, changed = _size_and_time(file)
        size += bytes_
        digest.update(f"{file.name}\0{bytes_}\0{changed}\n".encode(errors="surrogateescape"))
    return {
        "input_frames": len(source),
        "input_files": len(source.files),
        "input_bytes": size,
        "input_names_sizes_and_times": digest.hexdigest()[:16],
    }


def _size_and_time(file: Path) -> tuple[int, int]:
    try:
        facts = file.stat()
    except FileNotFoundError:
        # Reading reports it, when all frames before it are done.
        return 0, 0
    return facts.st_size, facts.st_mtime_ns


def identity(job: ResolvedJob, source: FrameSource, network: JobModel | None) -> dict[str, object]:
    """Everything that decides what the output is, to the last bit.

    Args:
        job: Its settings and output.
        source: Its input.
        network: Its network, if it needs one.
    """
    network_settings = network.settings if network and job.needs_network else {}
    return {
        "midframe": __version__,
        **job.settings,
        **{f"output_{name}": value for name, value in job.output.settings.items()},
        **network_settings,
        **fingerprint(source),
    }
