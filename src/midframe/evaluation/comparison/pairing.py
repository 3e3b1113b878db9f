"""Two inputs that are compared, aligned in time and of one size."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from midframe.errors import OptionError
from midframe.evaluation.comparison.alignment import Alignment, ComparedMoment, align
from midframe.evaluation.comparison.sides import ComparedSide, open_side
from midframe.media.pixels import ViewSamples

STILL_MOMENTS = (ComparedMoment(Fraction(0), 0, 0, coincides=True),)


@dataclass(frozen=True, eq=False)
class ComparedPair:
    """The two inputs of a comparison, A and B.

    Attributes:
        left: A.
        right: B.
        alignment: None for two single pictures.
        notes: Sentences for the user.
    """

    left: ComparedSide
    right: ComparedSide
    alignment: Alignment | None
    notes: tuple[str, ...]
    _last: dict[str, tuple[int, ViewSamples]] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of all views: those of A."""
        return self.left.size

    @property
    def moments(self) -> tuple[ComparedMoment, ...]:
        """When there is something to compare."""
        return STILL_MOMENTS if self.alignment is None else self.alignment.moments

    @property
    def coinciding(self) -> tuple[ComparedMoment, ...]:
        """Moments that can be measured."""
        return tuple(moment for moment in self.moments if moment.coincides)

    def views(self, moment: ComparedMoment) -> tuple[ViewSamples, ViewSamples]:
        """The views of A and B, of one size.

        Raises:
            UnreadableFileError: A frame cannot be decoded.
        """
        return self._view("left", self.left, moment.left), self._view("right", self.right, moment.right)

    def close(self) -> None:
        """Let go of open files."""
        self.left.source.close()
        self.right.source.close()

    def _view(self, key: str, side: ComparedSide, index: int) -> ViewSamples:
        known = self._last.get(key)
        if known is None or known[0] != index:
            known = self._last[key] = index, side.view(index, self.size)
        return known[1]


def open_pair(left: str, right: str, rates: tuple[Fraction | None, Fraction | None] = (None, None)) -> ComparedPair:
    """Open both inputs and align them in time.

    Args:
        left: A: a picture, a sequence or a video.
        right: B.
        rates: Frames per second of A and B where they are image sequences.

    Raises:
        InputError: Of the kind that fits.
    """
    sides: list[ComparedSide] = []
    try:
        for given, rate, option in ((left, rates[0], "fps_a"), (right, rates[1], "fps_b")):
            sides.append(open_side(given, rate, option))
        return _aligned_pair(*sides)
    except BaseException:
        for side in sides:
            side.source.close()
        raise


def _aligned_pair(left: ComparedSide, right: ComparedSide) -> ComparedPair:
    left, right = _in_one_range(left, right)
    if left.name == right.name:
        left, right = replace(left, name=f"A: {left.name}"), replace(right, name=f"B: {right.name}")
    notes = [*left.notes, *right.notes]
    if left.size != right.size:
        sizes = [f"{width}×{height}" for width, height in (left.size, right.size)]
        notes.append(f"{right.name} is {sizes[1]}; it is scaled to {sizes[0]}, and measured like that.")
    if left.clock is None or right.clock is None:
        if left.clock is not right.clock:
            raise OptionError(
                f"{left.name} and {right.name} cannot be compared: one is a single picture, the other is not."
            )
        return ComparedPair(left, right, None, tuple(notes))
    alignment = align(left.clock, right.clock)
    if alignment.longer_by:
        longer = left if alignment.longer_by > 0 else right
        notes.append(
            f"{longer.name} is {float(abs(alignment.longer_by)):.3f} s longer; only what both have is compared, "
            f"{float(alignment.end):.3f} s."
        )
    return ComparedPair(left, right, alignment, tuple(notes))


def _in_one_range(left: ComparedSide, right: ComparedSide) -> tuple[ComparedSide, ComparedSide]:
    """Both seen through one range where their samples are of one kind: a difference in brightness must not vanish."""
    formats = left.source.format, right.source.format
    if any(frame_format.coding is not None for frame_format in formats):
        return left, right
    if (formats[0].dtype, formats[0].transfer) != (formats[1].dtype, formats[1].transfer):
        return left, right
    low = min(left.transform.low, right.transform.low)
    high = max(left.transform.high, right.transform.high)
    return (
        replace(left, transform=replace(left.transform, low=low, high=high)),
        replace(right, transform=replace(right.transform, low=low, high=high)),
    )
