"""Motion and masks as pictures.

The colour wheel is that of the Middlebury benchmark: S. Baker et al., "A Database and Evaluation Methodology for
Optical Flow", International Journal of Computer Vision 92, 2011. Hue is direction, saturation is length. Its 55 hues
stand closer together where people distinguish hues more easily, so it is not the circle of HSV.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from midframe.errors import OptionError
from midframe.media.flow_files import is_known

CORNERS = (
    ((255, 0, 0), 15),
    ((255, 255, 0), 6),
    ((0, 255, 0), 4),
    ((0, 255, 255), 11),
    ((0, 0, 255), 13),
    ((255, 0, 255), 6),
    ((255, 0, 0), 0),
)
"""Red, yellow, green, cyan, blue, magenta and red again, each with the number of hues from it to the next."""

BEYOND = 0.75
"""What colours of motion longer than the largest are multiplied by."""

ROUNDING = 1e-6
"""Offsets are float32: a length of 1 may come as a little more."""


def flow_picture(flow: NDArray[np.float32], largest: float | None = None) -> NDArray[np.uint8]:
    """Motion in the usual colours.

    Args:
        flow: (height, width, 2) offsets in pixels, x to the right and y downwards. What is not finite or larger than
            1e9 counts as unknown.
        largest: Length in pixels that is fully saturated; what is longer is darkened. None for the longest in `flow`.
            Pictures of one sequence compare only if they share it.

    Returns:
        (height, width, 3) RGB. White where nothing moves, red to the right, black where the motion is unknown.
    """
    known = is_known(flow)
    offsets = np.where(known[..., np.newaxis], flow, 0).astype(np.float64)
    across, down = offsets[..., 0], offsets[..., 1]
    length = np.hypot(across, down)
    reach = float(length.max(initial=0.0)) if largest is None else largest
    share = length / reach if reach > 0 else length
    wheel = _wheel()
    # From 0 for motion to the right, clockwise as seen on the screen, to the last hue and not beyond it.
    place = (np.arctan2(-down, -across) / np.pi + 1) / 2 * (len(wheel) - 1)
    lower = np.floor(place).astype(np.intp)
    part = (place - lower)[..., np.newaxis]
    hue = (1 - part) * wheel[lower] + part * wheel[(lower + 1) % len(wheel)]
    share = share[..., np.newaxis]
    colours = np.where(share <= 1 + ROUNDING, 1 - np.minimum(share, 1) * (1 - hue), hue * BEYOND)
    picture: NDArray[np.uint8] = np.floor(255 * colours).astype(np.uint8)
    picture[~known] = 0
    return picture


def longest_motion(flow: NDArray[np.float32]) -> float:
    """Length in pixels of the longest known motion in (height, width, 2) offsets; 0 if none is known."""
    known = np.where(is_known(flow)[..., np.newaxis], flow, 0).astype(np.float64)
    return float(np.hypot(known[..., 0], known[..., 1]).max(initial=0.0))


def mask_picture(weight: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The share of the left frame in each pixel.

    Args:
        weight: (height, width) in [0, 1].

    Returns:
        (height, width, 3) grey: white where the frame is taken from the left one, black where from the right one.
    """
    grey = np.rint(np.clip(weight, 0, 1) * 255).astype(np.uint8)
    return np.repeat(grey[..., np.newaxis], 3, axis=-1)


def _wheel() -> NDArray[np.float64]:
    """(55, 3) in [0, 1]."""
    hues = []
    for (start, count), (end, _) in pairwise(CORNERS):
        difference = np.subtract(end, start)
        # The published table truncates to whole numbers where a channel rises, and hence rounds up where it falls.
        steps = np.sign(difference) * np.floor(np.abs(difference) * np.arange(count)[:, np.newaxis] / count)
        hues.append((np.array(start) + steps) / 255)
    return np.concatenate(hues)


def check_largest(largest: float | None) -> None:
    """Refuse what cannot be the length that gets full colour.

    Raises:
        OptionError: It is not above 0.
    """
    if largest is not None and not largest > 0:
        raise OptionError(f"`flow_largest` must be above 0, not {largest:g}.", option="flow_largest")
