"""What is put right in a file in its place, because PyAV has no way to let the muxer write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from midframe.media.video.containers.matroska_aspect import MATROSKA_FORMATS, state_aspect
from midframe.media.video.containers.mp4_boxes import hide_empty_pictures
from midframe.media.video.streams.mux_probe import MP4_FORMATS

if TYPE_CHECKING:
    from midframe.media.video.writing.plan import VideoPlan


def finish_beginning(path: Path, plan: VideoPlan) -> None:
    """Put right what the muxer has left at the beginning of a file that may still grow.

    Args:
        path: The file.
        plan: What it is.

    Raises:
        OSError: It cannot be written.
    """
    aspect = plan.video_info.aspect if plan.video_info is not None else None
    if aspect is not None and plan.encoding.container.format in MATROSKA_FORMATS:
        with path.open("r+b") as file:
            state_aspect(file, aspect, ratios=plan.encoding.container.format == MATROSKA_FORMATS[0])


def finish_file(path: Path, plan: VideoPlan) -> None:
    """Put right what the muxer has left in a file that was closed.

    Args:
        path: The file.
        plan: What it is.

    Raises:
        OSError: It cannot be written.
    """
    finish_beginning(path, plan)
    covers = plan.passthrough is not None and any(side.form == "cover" for side in plan.passthrough.streams)
    if covers and plan.encoding.container.format in MP4_FORMATS:
        with path.open("r+b") as file:
            hide_empty_pictures(file)
