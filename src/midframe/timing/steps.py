"""Plans for interpolating several frames of a pair, as data.

A plan is a sequence of steps, which an engine carries out. Times are those of the pair: 0 at its left frame, 1 at its
right one. A step may take frames interpolated by earlier steps as its own left and right frame.

* **direct**: every frame from the pair itself. One network pass a frame.
* **recursive**: from the outside in. The two outermost frames are interpolated first, become the next pair, and so on.
  The estimates of each pass for the remaining frames are stored and averaged in later, with weights that fall with
  their age. n frames need n + (n−2) + (n−4) + … network passes.
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
"""An estimate that is k passes old has the weight exp(−AGE_DECAY · k) before weights are normalised."""


@dataclass(frozen=True)
class PriorEstimate:
    """An earlier estimate of flow and mask at a step's target, to be averaged in.

    Attributes:
        left: Time of the left frame that it was estimated from.
        right: Time of the right frame that it was estimated from.
        weight: Its weight; the weights of a step, its own included, add up to 1.
    """

    left: Fraction
    right: Fraction
    weight: float


@dataclass(frozen=True)
class Step:
    """Estimate flow and mask of the frame at `target`, and interpolate the frame unless only the estimate is needed.

    Attributes:
        target: Time of the frame, strictly between `left` and `right`.
        left: Time of the left frame that it is estimated from.
        right: Time of the right frame that it is estimated from.
        interpolate: Whether the frame is interpolated; False where later steps need the estimate only.
        priors: Earlier estimates at the same target.
    """

    target: Fraction
    left: Fraction = Fraction(0)
    right: Fraction = Fraction(1)
    interpolate: bool = True
    priors: tuple[PriorEstimate, ...] = ()

    @property
    def time(self) -> Fraction:
        """Time of the target relative to `left` and `right`, in (0, 1)."""
        return (self.target - self.left) / (self.right - self.left)

    @property
    def own_weight(self) -> float:
        """The weight of this step's own estimate."""
        return 1.0 - sum(prior.weight for prior in self.priors)

    def left_gain(self, prior: PriorEstimate) -> Fraction:
        """The factor for a prior flow towards the left frame; motion is assumed to be linear over both pairs."""
        return (self.target - self.left) / (self.target - prior.left)

    def right_gain(self, prior: PriorEstimate) -> Fraction:
        """The factor for a prior flow towards the right frame."""
        return (self.right - self.target) / (prior.right - self.target)


def plan_steps(mode: Mode, times: Sequence[Fraction]) -> tuple[Step, ...]:
    """The steps that interpolate frames at `times`, each after the steps whose results it needs.

    Args:
        mode: See the module's docstring.
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
    raise OptionError(f"The mode must be direct, recursive or bisect, not {mode!r}.", option="mode")


class HeldResources(NamedTuple):
    """What the interpolation of a pair holds at once, at most, besides the pair and the results.

    Attributes:
        estimates: Number of estimates (flow and mask at full resolution), that of the current step included.
        frames: Number of interpolated frames that later steps start from.
    """

    estimates: int
    frames: int


def held_resources(mode: Mode, count: int) -> HeldResources:
    """What the steps of `plan_steps` hold at once, without planning them.

    Args:
        mode: See the module's docstring.
        count: Frames to interpolate in a pair.
    """
    if mode == "direct" or count < 2:
        return HeldResources(0, 0)
    if mode == "bisect":
        return HeldResources(1, count.bit_length() - 1)
    # After k passes, each of the n − 2k remaining frames has k estimates: the most after a quarter of the frames. The
    # current step adds its own and the average.
    return HeldResources(count * count // 8 + 2, 5)


def _outside_in(remaining: list[Fraction]) -> list[Step]:
    steps: list[Step] = []
    ends = [(Fraction(0), Fraction(1))]
    while remaining:
        left, right = ends[-1]
        ages = range(len(ends) - 1, 0, -1)
        shares = [*(math.exp(-AGE_DECAY * age) for age in ages), 1.0]
        priors = tuple(
            PriorEstimate(*earlier, share / sum(shares)) for earlier, share in zip(ends[:-1], shares[:-1], strict=True)
        )
        outermost = remaining[:1] if len(remaining) == 1 else [remaining[0], remaining[-1]]
        steps += [Step(target, left, right, priors=priors) for target in outermost]
        remaining = remaining[1:-1]
        steps += [Step(target, left, right, interpolate=False) for target in remaining]
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
