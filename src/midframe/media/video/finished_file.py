"""What is put right in a file in its place, because PyAV has no way to let the muxer write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from midframe.media.video.mp4_boxes import hide_empty_pictures
from midframe.media.video.mux_probe import MP4_FORMATS

if TYPE_CHECKING:
    from midframe.media.video.plan import VideoPlan


def finish_file(path: Path, plan: VideoPlan) -> None:
    """Put right what the muxer has left.

    Args:
        path: A file that was closed.
        plan: What it is.

    Raises:
        OSError: It cannot be written.
    """
    covers = plan.passthrough is not None and any(side.form == "cover" for side in plan.passthrough.streams)
    if covers and plan.encoding.container.format in MP4_FORMATS:
        with path.open("r+b") as file:
            hide_empty_pictures(file)
