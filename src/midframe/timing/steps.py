"""The ways to draw several frames inside a pair, as data.

A plan is a row of steps; an engine only carries them out. Times are those of the pair: 0 its left frame, 1 its
right one. A step may take frames that earlier steps drew as its own left and right.

* **direct**: every frame from the pair itself. One network pass a frame.
* **recursive**: from the outside in. The two outermost frames are drawn first, become the next pair, and so on.
  What each pass estimates for the frames still to come is kept and averaged in when their turn comes, the
  older the less. For n frames there are n + (n−2) + (n−4) + … network passes.
* **bisect**: the middle frame first, then the middles of both halves. One network pass a frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from midframe.errors import OptionError

Mode = Literal["direct", "recursive", "bisect"]

AGE_DECAY = 2.5
"""An estimate that is k passes old counts exp(−AGE_DECAY · k) before weights are normalised."""


@dataclass(frozen=True)
class Kept:
    """An earlier estimate of a step's target, to be averaged in.

    Attributes:
        left: Left end of the pair it was made from.
        right: Right end.
        weight: Its share; all shares of a step, its own included, add up to 1.
    """

    left: Fraction
    right: Fraction
    weight: float


@dataclass(frozen=True)
class Step:
    """Estimate flow and mask of the frame at `target`, and draw it unless it is only to be kept.

    Attributes:
        target: Time of the frame, strictly between `left` and `right`.
        left: Time of the frame it is made from on the left.
        right: Likewise on the right.
        draw: False where only the estimate is wanted, for later steps.
        kept: Earlier estimates of the same target.
    """

    target: Fraction
    left: Fraction = Fraction(0)
    right: Fraction = Fraction(1)
    draw: bool = True
    kept: tuple[Kept, ...] = ()

    @property
    def time(self) -> Fraction:
        """Where the target stands inside (left, right), as the network wants it."""
        return (self.target - self.left) / (self.right - self.left)

    @property
    def own_weight(self) -> float:
        """The share of this step's own estimate."""
        return 1.0 - sum(kept.weight for kept in self.kept)

    def left_gain(self, kept: Kept) -> Fraction:
        """What a kept flow towards the left end is multiplied by: motion is taken as linear over the two pairs."""
        return (self.target - self.left) / (self.target - kept.left)

    def right_gain(self, kept: Kept) -> Fraction:
        """Likewise towards the right end."""
        return (self.right - self.target) / (kept.right - self.target)


def plan_steps(mode: Mode, times: Sequence[Fraction]) -> tuple[Step, ...]:
    """The steps that draw frames at `times`, in an order in which each has what it needs.

    Args:
        mode: See the module's text.
        times: Strictly ascending, inside (0, 1).

    Raises:
        OptionError: An unknown mode.
        ValueError: Times out of order or out of range.
    """
    inside = (Fraction(0), *times, Fraction(1))
    if any(later <= earlier for earlier, later in pairwise(inside)):
        raise ValueError(f"times must ascend strictly inside (0, 1), not {times}")
    if mode == "direct":
        return tuple(Step(time) for time in times)
    if mode == "recursive":
        return tuple(_outside_in(list(times)))
    if mode == "bisect":
        return tuple(_middle_first(times, Fraction(0), Fraction(1)))
    raise OptionError(f"The mode must be direct, recursive or bisect, not {mode!r}.")


class Held(NamedTuple):
    """What drawing the frames of a pair holds at once, at most, besides the pair and what is drawn.

    Attributes:
        estimates: Flow and mask at full resolution, the one in work included.
        frames: Frames in between that later steps start from.
    """

    estimates: int
    frames: int


def held_at_once(mode: Mode, count: int) -> Held:
    """How much `plan_steps` needs to have kept, without making the steps.

    Args:
        mode: See the module's text.
        count: Frames to draw in a pair.
    """
    if mode == "direct" or count < 2:
        return Held(0, 0)
    if mode == "bisect":
        return Held(1, count.bit_length() - 1)
    # After k passes, each of the n − 2k frames still to come has k estimates: most after a quarter of the frames. The
    # step in work adds its own and the average.
    return Held(count * count // 8 + 2, 5)


def _outside_in(remaining: list[Fraction]) -> list[Step]:
    steps: list[Step] = []
    ends = [(Fraction(0), Fraction(1))]
    while remaining:
        left, right = ends[-1]
        ages = range(len(ends) - 1, 0, -1)
        shares = [*(math.exp(-AGE_DECAY * age) for age in ages), 1.0]
        kept = tuple(Kept(*earlier, share / sum(shares)) for earlier, share in zip(ends[:-1], shares[:-1], strict=True))
        outermost = remaining[:1] if len(remaining) == 1 else [remaining[0], remaining[-1]]
        steps += [Step(target, left, right, kept=kept) for target in outermost]
        remaining = remaining[1:-1]
        steps += [Step(target, left, right, draw=False) for target in remaining]
        ends.append((outermost[0], outermost[-1]))
    return steps


def _middle_first(times: Sequence[Fraction], left: Fraction, right: Fraction) -> list[Step]:
    if not times:
        return []
    middle = len(times) // 2
    target = times[middle]
    return [
        Step(target, left, right),
        *_middle_first(times[:middle], left, target),
        *_middle_first(times[middle + 1 :], target, right),
    ]
