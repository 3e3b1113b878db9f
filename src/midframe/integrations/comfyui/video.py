"""VIDEO to VIDEO: always into a file, so that memory does not grow with the length of the video."""

from __future__ import annotations

import io
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import midframe
from midframe.errors import OptionError, WriteError
from midframe.integrations.comfyui import host
from midframe.integrations.comfyui.components import RawFrames
from midframe.integrations.comfyui.description import NodeResult
from midframe.integrations.comfyui.rates import exact_number, requested_rate
from midframe.integrations.comfyui.sound import add_sound
from midframe.integrations.comfyui.stored import StoredPart, explained, stored_part
from midframe.integrations.comfyui.watching import Progress, run_watched
from midframe.integrations.comfyui.weights import advice_on_downloads, fetch
from midframe.signals import CancelToken
from midframe.wording import counted

AUTO = "auto"
"""H.264 in an MP4 file, which all nodes can read and save; H.265 for more than 8 bits."""

SUFFIXES = {
    AUTO: ".mp4",
    "h264": ".mp4",
    "h265": ".mp4",
    "av1": ".mp4",
    "vp9": ".webm",
    "prores": ".mov",
    "ffv1": ".mkv",
}
"""The files that are written, by codec."""

DEEP_CODECS = {"h265": "yuv420p10le", "av1": None, "prores": None, "ffv1": None}
"""Codecs for which generated frames are given in 16 bits per sample, and pixels other than those that would be chosen:
browsers play H.265 with 10 bits, and not with 12."""

PREVIEW_SECONDS = 1.0


@dataclass(frozen=True)
class VideoOptions:
    """What the user entered on the node.

    Attributes:
        engine: Model, device and the rest.
        fps: The output's rate; None to go by the factor.
        factor: Output frames per source interval.
        codec: A key of `SUFFIXES`.
        job: Other options of `midframe.Job`, by name.
    """

    engine: midframe.EngineOptions
    fps: Fraction | None
    factor: Fraction
    codec: str
    job: dict[str, Any]

    @staticmethod
    def of(engine: midframe.EngineOptions, factor: float, fps: str, codec: str, **job: Any) -> VideoOptions:
        """The options of the texts and numbers on the node.

        Raises:
            OptionError: A rate that is not a rate.
        """
        return VideoOptions(engine, requested_rate(fps), exact_number(factor), codec, job)

    def job_of(self, source: str | Path, output: Path, **more: Any) -> midframe.Job:
        """The job of an input and an output."""
        options = {**self.job, **more, "factor" if self.fps is None else "fps": self.fps or self.factor}
        if self.codec != AUTO:
            options["codec"] = self.codec
        return midframe.Job(source, output, **options)


def interpolate_video(video: Any, options: VideoOptions, prefix: str = "") -> NodeResult:
    """A VIDEO with more frames, in a file.

    Args:
        video: ComfyUI's VIDEO.
        options: What the user entered.
        prefix: How the file in ComfyUI's output folder is to be called; empty for one in its temporary folder.

    Returns:
        The VIDEO and a report in words.

    Raises:
        MidframeError: Of the kind that fits; no file is left.
        Exception: ComfyUI's own, where the user has interrupted the workflow; no file is left.
    """
    with explained(video):
        size = video.get_dimensions()
    place, message = host.new_file(prefix, SUFFIXES[options.codec], size)
    with _work_folder(place.parent) as folder:
        with explained(video):
            stored = stored_part(video, folder)
        if stored is None:
            finished, report = _of_components(video.get_components(), options, folder)
        else:
            finished, report = _of_file(stored, options, folder, size)
        finished.replace(place)
    return NodeResult((host.video_from_file(str(place)), report), {"images": [message], "animated": (True,)})


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    """A folder for unfinished files; nothing in it remains."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="midframe-", dir=parent))
    except OSError as error:
        raise WriteError(f"ComfyUI's folder {parent} cannot be written: {error.strerror}.", path=parent) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _of_file(stored: StoredPart, options: VideoOptions, folder: Path, size: tuple[int, int]) -> tuple[Path, str]:
    output = folder / f"output{SUFFIXES[options.codec]}"
    job = options.job_of(stored.path, output, start_time=stored.begin, end_time=stored.end)
    return output, _run(job, options, size)


def _of_components(components: Any, options: VideoOptions, folder: Path) -> tuple[Path, str]:
    deep = options.codec in DEEP_CODECS
    frames = RawFrames(components.images, getattr(components, "alpha", None), 16 if deep else 8)
    if frames.count < 2:
        raise OptionError("`video` has a single frame; at least two are needed to interpolate.", option="video")
    silent = folder / f"silent{SUFFIXES[options.codec]}"
    rate = Fraction(components.frame_rate)
    pixels = DEEP_CODECS.get(options.codec)
    job = options.job_of("-", silent, raw_input=f"{frames.description}:{rate}", pix_fmt=pixels)
    factor = options.factor if options.fps is None else options.fps / rate
    report = _run(
        job,
        options,
        frames.size,
        math.ceil(frames.count * factor),
        midframe.Pipes(io.BufferedReader(frames), io.BytesIO()),
    )
    if components.audio is None:
        return silent, report
    if options.job.get("slowmo"):
        return silent, f"{report} The sound is left out of slow motion."
    output = folder / f"output{SUFFIXES[options.codec]}"
    add_sound(silent, components.audio, output, frames.count / rate)
    return output, report


def _run(
    job: midframe.Job,
    options: VideoOptions,
    size: tuple[int, int],
    outputs: int | None = None,
    pipes: midframe.Pipes | None = None,
) -> str:
    """Carry out a job while ComfyUI watches it; return a report in words.

    Args:
        job: The job.
        options: Those of the node.
        size: Width and height of the frames.
        outputs: How many frames there will be; None to let the job say it.
        pipes: What the job reads from and writes to, if it does not read a file.
    """
    host.free_memory_of(options.engine.device, size)
    notes: list[str] = []

    def work(progress: Progress, cancel: CancelToken) -> midframe.JobSummary:
        def on_event(event: midframe.Event) -> None:
            match event:
                case midframe.Started():
                    progress.expect(outputs or event.totals["write"])
                case midframe.Advanced(stage="write"):
                    progress.report(event.done)
                case midframe.FramePreview():
                    progress.show(event.image)
                case midframe.Planned():
                    notes.extend(event.plan.notes)
                case midframe.Notice():
                    notes.append(event.text)

        fetch(options.engine, progress, cancel)
        with midframe.Session(options.engine) as session:
            return session.run(job, on_event=on_event, cancel=cancel, preview_interval=PREVIEW_SECONDS, pipes=pipes)

    with advice_on_downloads():
        summary = run_watched(work)
    return " ".join([_described(summary), *dict.fromkeys(notes)])


def _described(summary: midframe.JobSummary) -> str:
    parts = [f"{counted(summary.synthesised, 'frame')} interpolated"]
    if summary.cuts:
        parts.append(f"{counted(summary.cuts, 'cut')} kept")
    if summary.replaced:
        parts.append(f"{counted(summary.replaced, 'repeated frame')} replaced")
    return f"{summary.sources} → {counted(summary.outputs, 'frame')}: {', '.join(parts)}."
