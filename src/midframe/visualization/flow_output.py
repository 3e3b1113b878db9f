"""Motion in files for people and programs: pictures, .flo and .npz."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.engines.flow_fields import MotionField
from midframe.errors import OptionError
from midframe.media.flow_files import write_flo, write_npz
from midframe.visualization.flow_legend import with_legend
from midframe.visualization.flow_picture import flow_picture
from midframe.visualization.image_files import PICTURE_SUFFIXES, require_folder_of, save_picture

MOTION_SUFFIXES = (*PICTURE_SUFFIXES, ".flo", ".npz")


def check_motion_path(path: Path) -> None:
    """Refuse a file name before anything is estimated for it.

    Raises:
        OptionError: A file type that motion is not written as, or no such folder.
    """
    if path.suffix.lower() not in MOTION_SUFFIXES:
        message = f"Motion is written as {', '.join(MOTION_SUFFIXES)}, not {path.name!r}."
        raise OptionError(message, option="output", path=path)
    require_folder_of(path, "motion")


def write_motion(
    path: Path, field: MotionField, time: Fraction, largest: float | None = None, *, legend: bool = False
) -> tuple[Path, ...]:
    """Write motion; the suffix says how. Each file is written to a temporary name and renamed.

    A picture shows the way to the right frame in the colours of `flow_picture`. A .flo file holds one direction, so
    there are two: clip.flo gives clip_t0.flo and clip_t1.flo, to the left and to the right frame. An .npz file holds
    the arrays flow_t0 and flow_t1 (height, width, 2), mask (height, width), the share of the left frame, and time.

    Args:
        path: Names the files.
        field: The motion.
        time: Where between the frames it was estimated.
        largest: Length of full colour in pictures, see `flow_picture`.
        legend: Whether pictures have the wheel of their colours in a corner.

    Returns:
        The files.

    Raises:
        WriteError: A file cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".flo":
        for end, flow in zip(motion_files(path), (field.to_left, field.to_right), strict=True):
            write_flo(end, flow)
        return motion_files(path)
    if kind == ".npz":
        arrays: dict[str, NDArray[Any]] = {
            "flow_t0": field.to_left,
            "flow_t1": field.to_right,
            "mask": field.left_share,
            "time": np.array(float(time)),
        }
        write_npz(path, arrays)
    else:
        picture = flow_picture(field.to_right, largest)
        if legend:
            picture = with_legend(picture, field.to_right, largest)
        save_picture(Image.fromarray(picture), path)
    return motion_files(path)


def motion_files(path: Path) -> tuple[Path, ...]:
    """The files that `write_motion` writes."""
    if path.suffix.lower() == ".flo":
        return path.with_stem(f"{path.stem}_t0"), path.with_stem(f"{path.stem}_t1")
    return (path,)
