"""The numbers of the rule by which masks are balanced where two warped frames agree.

RIFE's mask says which of the two warped frames to trust. It was trained on clean clips to choose, and chooses where
nothing speaks for either: the mean of two frames that show the same has half the noise of one, and errors of their
flows that point in opposite directions cancel. So where both agree but for noise, the blend goes toward what the time
asks for, 1 − t and t; where they do not (occlusions, flows that failed), the mask stands. It does not stand where
nothing moves, as nothing is hidden there either: what differs is noise or light.

Light may change between two frames: fades, flashes, flicker. Then warped frames differ though both show the same, and
the network, which was not trained on it, finds motion if there is none. So where mean and contrast around a cell
differ by more than noise, in the frames as they are and warped, what is compared is what is left when both have one
mean and the lesser contrast. And where that is far less without motion than with it, or one frame shows nothing at all,
nothing moves.

Agreement is looked for at a quarter of the resolution: there, noise and small misplacements of fine texture average
out, and what remains is one frame showing something else than the other. `midframe.engines.torch.agreement` computes
it with torch, ``cpu/kernels/source/agreement.cpp`` in the CPU kernels. docs/quality.md has what was tried instead, and
what each gives.
"""

from __future__ import annotations

CELL = 4
"""Pixels along each side of what is compared as one."""

TOLERANCE = 6 / 255
"""Disagreement, of the view's [0, 1], at which mask and time have an equal say."""

LIGHT = 17
"""Cells along each side of where light is taken to have changed alike."""

LEAST_CONTRAST = 1 / 255
"""Of the view's [0, 1]: contrast that is less is noise."""

STILL = 3.0
"""Where light changed: flow that leaves that many times as much unexplained as no flow at all is not believed."""

MOVED = 0.1
"""Share of the contrast, squared: where no motion leaves that much unexplained, something does move."""

UNEXPLAINED = 0.02
"""Share of the contrast, squared: what is left unexplained below it makes no difference."""

MOVING = 3.0
"""Pixels between the left and the right frame: with that much motion around, half of the mask's distance is kept."""

AROUND = 5
"""Cells along each side of where motion counts as near."""

SIDES = 48
"""Pixels from the left and right border to where mirrored estimates count in full.

Near the right border the network underestimates motion (docs/quality.md), so a mirrored estimate would do harm at the
left one, and near its own right border it is unknown which is better.
"""

SHARPNESS = 2 / 255
"""Disagreement below which one estimate is as good as another."""


def cell_counts(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of cells that cover a frame."""
    return -(-height // CELL), -(-width // CELL)
