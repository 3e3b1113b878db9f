"""Clips in memory as video files."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midframe.api.arrays import Layout, open_picture, require_same_format
from midframe.api.clips import Clip, open_clips
from midframe.errors import OptionError, UnsupportedFormatError
from midframe.jobs.claim import claimed
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_opened
from midframe.jobs.run import run_job
from midframe.jobs.session import OnEvent, listeners_of
from midframe.jobs.time import TimeOptions
from midframe.media.pictures_in_memory import PicturesInMemory
from midframe.media.video.codecs import CONTAINERS
from midframe.media.video.planes import RGB_PIXELS, layout_of, planar_name
from midframe.media.video.writing.encoders import EncodingOptions, check_options, choose_encoding
from midframe.media.video.writing.plan import names_video
from midframe.paths import user_path
from midframe.quantities import Number, parse_rate
from midframe.runtime.events import Reporter
from midframe.types import Alpha, FrameFormat, Samples

if TYPE_CHECKING:
    from midframe.runtime.events import JobSummary
    from midframe.signals import CancelToken

OVERSHOOT = 1 / 16
"""How far beyond 0 … 1 floats may be, and are clipped: what sharpening and decoders do."""


def export_video(
    frames: Any,
    path: str | Path,
    fps: Number,
    *,
    codec: str | None = None,
    crf: int | None = None,
    preset: str | None = None,
    pix_fmt: str | None = None,
    overwrite: bool = False,
    layout: Layout = "auto",
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
) -> JobSummary:
    """Write a clip in memory as a video: ``midframe.export_video(frames, "clip.mp4", fps=24)``.

    It is encoded as the output of a job from image files: H.264 unless `codec` or the suffix says otherwise, BT.709,
    4:2:0. Alpha is kept by codecs that have it, such as VP9 in ``.webm`` and ProRes in ``.mov``. The file gets its name
    when it is complete.

    Args:
        frames: A clip as `midframe.retime` takes and returns it; of a batch, which must be of one clip, that clip.
            Grey, grey with alpha, R, G, B, or R, G, B with alpha. Floats are 0 … 1; they become 8 bits, or 16 where
            `codec` or `pix_fmt` has more than 8.
        path: The file; its suffix is that of a video or an animation, such as ``.mp4``, ``.mkv``, ``.webm``, ``.gif``.
        fps: Frames per second, kept exactly: 24, 23.976, "24000/1001" or a Fraction.
        codec: See `midframe.Job`, as for `crf`, `preset` and `pix_fmt`.
        crf: Constant quality.
        preset: Speed against size.
        pix_fmt: FFmpeg's name of a pixel format.
        overwrite: Replace a file that is there.
        layout: Where the channels of a picture stand; see `midframe.Interpolator.batch`.
        on_event: Receives the events of writing; see `midframe.Event`. Notices say what the video cannot hold.
        cancel: Stops writing.

    Returns:
        What was done; its `output` is the file.

    Raises:
        OptionError: An option that does not exist or is out of range, or a path that is not that of a video.
        OutputExistsError: The file is there, and `overwrite` is False.
        UnsupportedFormatError: Frames that differ, fewer than two, or that no video holds.
        CancelledError: `cancel` was cancelled, or the user pressed Ctrl+C.
        WriteError: The file cannot be written.
    """
    rate = parse_rate(fps, "fps")
    encoding = EncodingOptions(codec, crf, preset, pix_fmt)
    place = user_path(path, option="path")
    check_options(encoding, place.suffix)
    if not names_video(place):
        raise OptionError(
            f"{place} does not have the suffix of a video. Use one of {', '.join(CONTAINERS)}.",
            option="path",
            path=place,
        )
    options = JobOptions(
        source="frames in memory",
        output=place,
        factor=Fraction(1),
        end="hold",
        overwrite=overwrite,
        time=TimeOptions(source_fps=rate),
        encoding=encoding,
    )
    source = _source(_single_clip(frames, layout), place, encoding)
    # What is in memory is gone when the program ends, so that there is nothing to resume from.
    job = replace(resolve_opened(options, source, place), journal=None)
    reporter = Reporter(listeners_of(on_event))
    with claimed(job):
        return run_job(job, None, reporter, cancel=cancel)


def _single_clip(frames: Any, layout: Layout) -> Clip:
    clips = open_clips(frames, layout).clips
    if len(clips) > 1:
        raise UnsupportedFormatError(f"These are {len(clips)} clips; export them one by one, such as frames[0].")
    (clip,) = clips
    if len(clip) < 2:
        raise UnsupportedFormatError("A video needs at least two frames; save a single one as a picture.")
    return clip


def _source(clip: Clip, path: Path, encoding: EncodingOptions) -> PicturesInMemory:
    """The frames of a clip as samples that a video can be made of."""
    given = open_picture(clip.frames[0], layout=clip.layout).frame.format
    channels = 4 if given.channels == 2 else given.channels
    dtype = given.dtype
    if dtype.kind == "f":
        pixels = RGB_PIXELS.get(("uint8", channels), "rgb24")
        chosen = choose_encoding(path.suffix, None, pixels, encoding).pixels
        dtype = np.dtype("uint16" if layout_of(planar_name(chosen)).bits > 8 else "uint8")
    alpha = Alpha(channels - 1, premultiplied=False) if channels == 4 else None

    def samples(number: int) -> Samples:
        frame = open_picture(clip.frames[number], layout=clip.layout).frame
        require_same_format(given, frame.format)
        codes = frame.samples if dtype == given.dtype else _codes(frame.samples, number, dtype)
        return codes if channels == given.channels else codes[..., [0, 0, 0, 1]]

    return PicturesInMemory(len(clip), FrameFormat(given.width, given.height, channels, dtype, alpha), samples)


def _codes(samples: Samples, number: int, dtype: np.dtype[Any]) -> Samples:
    """Floats from 0 to 1 as integers.

    Raises:
        UnsupportedFormatError: They are not in this range.
    """
    low, high = float(samples.min()), float(samples.max())
    if not (low >= -OVERSHOOT and high <= 1 + OVERSHOOT):
        raise UnsupportedFormatError(
            f"Floats in videos go from 0 to 1, and those of frame {number} from {low:g} to {high:g}. Scale them first."
        )
    largest = np.iinfo(dtype).max
    codes: Samples = np.rint(np.clip(samples.astype(np.float32), 0, 1) * np.float32(largest)).astype(dtype)
    return codes
