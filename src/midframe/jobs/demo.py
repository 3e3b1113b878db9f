"""The demonstration: part of a clip from a package, interpolated, as images, as videos and as a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.engines.protocols import JobModel
from midframe.errors import OutputExistsError, SequenceError, WriteError
from midframe.jobs.claim import claimed
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.images.codecs import codec_for
from midframe.media.output_paths import require_writable
from midframe.media.protocols import FrameSource
from midframe.media.sources import open_source
from midframe.media.video import frame_rate, read_rgb_frames, write_h264
from midframe.models.catalog import load_catalog
from midframe.models.clips import fetch_clip
from midframe.models.download import Progress
from midframe.runtime.events import JobSummary, Reporter
from midframe.timing.timeline import evenly_spaced
from midframe.types import Frame, FrameFormat
from midframe.visualization.before_after import before_after_frames, write_before_after_page
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

LARGEST_WIDTH = 640
"""Frames of larger clips are reduced to this width in pixels, so that the demonstration takes seconds."""

FIRST_FRAMES = {"bigbuckbunny": 32}
"""The frame of a clip to begin with, where it is not the first: something should move."""


@dataclass(frozen=True, eq=False)
class Demo:
    """The results of the demonstration.

    Attributes:
        source: Folder of the clip's frames.
        frames: Folder of all frames, interpolated ones included.
        video: Slow-motion video: all frames at the clip's own rate.
        before_after: The same next to the source frames, each held until the next.
        page: Page for browsers that shows both under a divider, and the contact sheet.
        sheet: Contact sheet of two source frames with visible motion, and of frames between them.
        summary: Summary of the job.
    """

    source: Path
    frames: Path
    video: Path
    before_after: Path
    page: Path
    sheet: Path
    summary: JobSummary


def check_demo(folder: Path, clip: str) -> None:
    """Check what a demonstration is asked for, before anything is fetched for it.

    Raises:
        OutputExistsError: The folder holds other files.
        OptionError: It is a file, or cannot be written.
        InputError: There is no such clip.
    """
    _require_own(folder)
    require_writable(folder)
    load_catalog().clip(clip)


def make_demo(
    folder: Path,
    clip: str,
    count: int,
    insert: int,
    model: JobModel,
    reporter: Reporter,
    progress: Progress,
    on_frames: Callable[[], object] = lambda: None,
) -> Demo:
    """Fetch a clip, write some of its frames as images, interpolate them, and write videos and a page.

    Args:
        folder: Folder for all results: new, empty, or that of an earlier run, whose results are replaced.
        clip: Name of the clip.
        count: Number of frames of the clip to use.
        insert: Number of frames to interpolate in each pair.
        model: Interpolates.
        reporter: Receives the events of the job; closed at the end.
        progress: Receives the progress of downloads.
        on_frames: Called when the frames are done, before the videos and the page are made.

    Raises:
        OutputExistsError: The folder holds other files.
        MidframeError: A download, the job or writing has failed.
    """
    check_demo(folder, clip)
    video = fetch_clip(clip, progress)
    source, frames, slow = folder / "source", folder / "frames", folder / "slow-motion.mp4"
    first = FIRST_FRAMES.get(clip, 0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()
        for place in (source, frames):
            _clear(place)
    except OSError as error:
        raise WriteError(f"{folder} cannot be written: {error.strerror or error}.", path=folder) from error
    _write_frames(source, map(_reduced, islice(read_rgb_frames(video), first, first + count)))
    job = resolve_job(JobOptions(source, frames, Fraction(insert + 1), overwrite=True))
    with claimed(job):
        summary = run_job(job, model, reporter)
    on_frames()
    rate = frame_rate(video)
    write_h264(slow, _samples(frames), rate)
    both = folder / "before-after.mp4"
    write_h264(both, before_after_frames(_samples(frames), insert + 1), rate)
    opened = open_source(source)
    left = _liveliest(opened)
    right = min(left + SHEET_DISTANCE, len(opened) - 1)
    times = evenly_spaced(SHEET_INSERT)
    sheet = folder / "contact-sheet.png"
    cells = interpolate_cells(model.make_engine(), opened.read(left), opened.read(right), times)
    save_picture(make_contact_sheet(cells), sheet)
    page = folder / "index.html"
    write_before_after_page(page, both.name)
    return Demo(source, frames, slow, both, page, sheet, summary)


def _liveliest(source: FrameSource) -> int:
    """The frame after which the picture changes most."""
    frames = [source.read(index).samples.astype(np.int16) for index in range(len(source))]
    pairs = zip(frames, frames[SHEET_DISTANCE:], strict=False)
    changes = [float(np.abs(right - left).mean()) for left, right in pairs]
    return int(np.argmax(changes)) if changes else 0


def _reduced(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = samples.shape[:2]
    if width <= LARGEST_WIDTH:
        return samples
    size = LARGEST_WIDTH, round(height * LARGEST_WIDTH / width)
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.LANCZOS))


def _require_own(folder: Path) -> None:
    """Refuse a folder with files that are not those of an earlier run."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise OutputExistsError(
            f"{folder} contains files that were not made by this command. Choose a new folder.",
            option="output",
            path=folder,
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
