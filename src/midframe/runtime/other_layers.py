"""What moves in layers that the network does not see."""

from __future__ import annotations

import numpy as np

from midframe.detection.static_pairs import static_score
from midframe.media.channels import ChannelUse
from midframe.media.pixels import ViewTransform
from midframe.types import Frame

GROUP = 3
"""Channels that are compared at once: as many as a view has."""


def likeness_of_other_layers(left: Frame, right: Frame, use: ChannelUse, threshold: float) -> float:
    """How little moves in the channels that are blended and not in the view, such as a mask over a picture at rest.

    Args:
        left: Left frame.
        right: Right frame.
        use: What each channel is used for.
        threshold: Below it the exact score does not matter.

    Returns:
        The lowest score of `midframe.detection.static_pairs.static_score`, or an upper bound of it below the threshold;
        1 where there are no such channels.
    """
    alpha = left.format.alpha.channel if left.format.alpha else None
    others = [
        number
        for number in use.blended
        if number not in use.view
        and number != alpha
        and not np.array_equal(left.samples[..., number], right.samples[..., number], equal_nan=True)
    ]
    lowest = 1.0
    for first in range(0, len(others), GROUP):
        group = ChannelUse(tuple(others[first : first + GROUP]), use.rules)
        transform = ViewTransform.fit([left, right], group)
        views = [transform.view(frame.samples) for frame in (left, right)]
        lowest = min(lowest, static_score(views[0], views[1], enough=threshold))
        if lowest < threshold:
            break
    return lowest
