"""Before and after, side by side: source frames held on the left, interpolated ones on the right."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from midframe.atomic import atomic_path
from midframe.errors import WriteError

LABELS = ("before", "after")

_MARGIN = 0.02
"""Distance of labels from the edges, as a share of the width of one side."""

_TEXT = 0.035
"""Height of labels, as a share of the width of one side."""


def before_after_frames(frames: Iterator[NDArray[np.uint8]], factor: int) -> Iterator[NDArray[np.uint8]]:
    """Frames of a video that shows both.

    Args:
        frames: All frames, (height, width, 3) uint8 RGB; every `factor`-th one is a source frame, from the first on.
        factor: Output frames per source frame.

    Yields:
        Frames (height, 2 × width, 3): the last source frame, and the frame itself.
    """
    held: NDArray[np.uint8] | None = None
    for number, frame in enumerate(frames):
        if held is None or number % factor == 0:
            held = _labelled(frame, LABELS[0], at_right=False)
        # At the right edge it is seen next to the other one, too, where both sides lie on each other.
        yield np.concatenate((held, _labelled(frame, LABELS[1], at_right=True)), axis=1)


def write_before_after_page(path: Path, video: str) -> None:
    """Write a page that shows both sides of a video of `before_after_frames` under a divider that can be dragged.

    Args:
        path: The page; replaced if it exists.
        video: The name of the video, in the same folder.

    Raises:
        WriteError: The page cannot be written.
    """
    page = files("midframe.visualization").joinpath("page_files/before_after.html").read_text("utf-8")
    try:
        with atomic_path(path) as temporary:
            temporary.write_text(page.replace("VIDEO", video), "utf-8")
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error


def _labelled(frame: NDArray[np.uint8], label: str, *, at_right: bool) -> NDArray[np.uint8]:
    picture = Image.fromarray(frame)
    canvas = ImageDraw.Draw(picture)
    width = picture.width
    font = ImageFont.load_default(max(10, round(_TEXT * width)))
    margin = round(_MARGIN * width)
    place, anchor = ((width - margin, margin), "ra") if at_right else ((margin, margin), "la")
    stroke = max(1, width // 320)
    canvas.text(place, label, fill="white", font=font, anchor=anchor, stroke_width=stroke, stroke_fill="black")
    return np.asarray(picture)
