"""The demonstration: frames of a clip from a package, interpolated, as images and as a video."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.engines.protocols import JobModel
from midframe.errors import OutputExistsError, SequenceError, WriteError
from midframe.jobs.claim import claimed
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.images.codecs import codec_for
from midframe.media.sources import open_source
from midframe.media.video import frame_rate, read_rgb_frames, write_h264
from midframe.models.clips import fetch_clip
from midframe.models.download import Progress
from midframe.runtime.events import JobSummary, Notice, Reporter
from midframe.timing.timeline import evenly_spaced
from midframe.types import Frame, FrameFormat
from midframe.visualization.contact_sheet import make_contact_sheet
from midframe.visualization.frame_pairs import interpolate_cells
from midframe.visualization.image_files import save_picture

SHEET_DISTANCE = 2
"""Distance of the two frames of the contact sheet in source frames, if the clip has as many."""


MARK = ".midframe-demo"
"""The file by which the folder of an earlier run is recognised."""

FRAME_NAME = re.compile(r"[0-9]{7}\.png")

SHEET_INSERT = 7
"""Interpolated frames on the contact sheet."""


@dataclass(frozen=True, eq=False)
class Demo:
    """The results of the demonstration.

    Attributes:
        source: Folder of the clip's frames.
        frames: Folder of all frames, interpolated ones included.
        video: Slow-motion video: all frames at the clip's own rate.
        sheet: Contact sheet of two source frames with visible motion, and of frames between them.
        summary: Summary of the job.
    """

    source: Path
    frames: Path
    video: Path
    sheet: Path
    summary: JobSummary


def make_demo(
    folder: Path, clip: str, count: int, insert: int, model: JobModel, reporter: Reporter, progress: Progress
) -> Demo:
    """Fetch a clip, write its first frames as images, interpolate them and write a video.

    Args:
        folder: Folder for all results: new, empty, or that of an earlier run, whose results are replaced.
        clip: Name of the clip.
        count: Number of frames of the clip to use.
        insert: Number of frames to interpolate in each pair.
        model: Interpolates.
        reporter: Receives the events of the job; closed at the end.
        progress: Receives the progress of downloads.

    Raises:
        OutputExistsError: The folder holds other files.
        MidframeError: A download, the job or writing has failed.
    """
    _require_own(folder)
    video = fetch_clip(clip, progress)
    source, frames, slow = folder / "source", folder / "frames", folder / "slow-motion.mp4"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()
        for place in (source, frames):
            _clear(place)
    except OSError as error:
        raise WriteError(f"{folder} cannot be written: {error.strerror or error}.", path=folder) from error
    _write_frames(source, islice(read_rgb_frames(video), count))
    job = resolve_job(JobOptions(source, frames, Fraction(insert + 1), overwrite=True))
    with claimed(job, lambda sentence: reporter(Notice(sentence))):
        summary = run_job(job, model, reporter)
    write_h264(slow, _samples(frames), frame_rate(video))
    opened = open_source(source)
    left = max(0, (len(opened) - 1 - SHEET_DISTANCE) // 2)
    right = min(left + SHEET_DISTANCE, len(opened) - 1)
    times = evenly_spaced(SHEET_INSERT)
    sheet = folder / "contact-sheet.png"
    cells = interpolate_cells(model.make_engine(), opened.read(left), opened.read(right), times)
    save_picture(make_contact_sheet(cells), sheet)
    return Demo(source, frames, slow, sheet, summary)


def _require_own(folder: Path) -> None:
    """Refuse a folder with files that are not those of an earlier run."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise OutputExistsError(
            f"{folder} holds files that are not of this command. Choose a new folder.", option="output", path=folder
        )


def _clear(folder: Path) -> None:
    """Make a folder, or remove the frames that an earlier run has put there."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if FRAME_NAME.fullmatch(path.name):
            path.unlink()


def _write_frames(folder: Path, frames: Iterator[NDArray[np.uint8]]) -> None:
    """PNG files 0000000.png and so on."""
    codec = codec_for(folder / "0000000.png")
    number = -1
    for number, samples in enumerate(frames):
        height, width, channels = samples.shape
        frame_format = FrameFormat(width, height, channels, samples.dtype)
        codec.write(folder / f"{number:07d}.png", Frame(samples, frame_format))
    if number < 1:
        raise SequenceError("The clip has fewer than two frames.")


def _samples(folder: Path) -> Iterator[NDArray[np.uint8]]:
    source = open_source(folder)
    for index in range(len(source)):
        yield source.read(index).samples
