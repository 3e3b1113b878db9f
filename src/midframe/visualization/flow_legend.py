"""The key to pictures of motion: a wheel of colours in a corner, with the length that its rim stands for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from midframe.visualization.flow_picture import flow_picture, longest_motion

SHARE = 0.2
"""Diameter of the wheel as a share of the picture's shorter side, within the limits below."""

SMALLEST, LARGEST = 48, 160
"""Diameter of the wheel in pixels."""

MOST = 0.5
"""Share of a picture's shorter side that a wheel may take; smaller pictures have none."""

MARGIN = 6


def with_legend(
    picture: NDArray[np.uint8], flow: NDArray[np.float32], largest: float | None = None
) -> NDArray[np.uint8]:
    """A picture of motion with the wheel of its colours in the lower right corner.

    Args:
        picture: (height, width, 3) from `flow_picture` with the same arguments.
        flow: (height, width, 2) offsets in pixels.
        largest: Length in pixels of full colour; None for the longest in `flow`.

    Returns:
        A copy with the wheel; the picture itself where it is too small for one.
    """
    height, width = picture.shape[:2]
    diameter = round(min(max(SHARE * min(height, width), SMALLEST), LARGEST))
    if diameter > MOST * min(height, width):
        return picture
    reach = longest_motion(flow) if largest is None else largest
    text = f"{reach:.3g} px"
    font = ImageFont.load_default(size=max(10, diameter // 7))
    left, top, right, bottom = (round(each) for each in font.getbbox(text))
    label_height = bottom - top + MARGIN
    box = max(diameter, right - left) + 2 * MARGIN, diameter + label_height + 2 * MARGIN
    if box[0] > width or box[1] > height:
        return picture
    # Drawn on white, which is the colour of no motion, so that the wheel's middle goes over into it.
    legend = Image.new("RGB", box, "white")
    legend.paste(Image.fromarray(_wheel(diameter)), ((box[0] - diameter) // 2, MARGIN))
    pen = ImageDraw.Draw(legend)
    pen.text((box[0] / 2, box[1] - MARGIN), text, fill="black", font=font, anchor="mb")
    pen.rectangle((0, 0, box[0] - 1, box[1] - 1), outline=(160, 160, 160))
    marked = picture.copy()
    marked[height - box[1] :, width - box[0] :] = np.asarray(legend)
    return marked


def _wheel(diameter: int) -> NDArray[np.uint8]:
    """The colours of all directions and lengths: (diameter, diameter, 3); white outside the circle."""
    places = (np.arange(diameter, dtype=np.float32) - (diameter - 1) / 2) / (diameter / 2)
    offsets = np.stack(np.meshgrid(places, places), axis=-1)
    wheel = flow_picture(offsets, 1.0)
    wheel[np.hypot(offsets[..., 0], offsets[..., 1]) > 1] = 255
    return wheel
