"""Samples of interpolated frames that are taken over from the source frames, and not blended.

These are whole channels whose rule is not "blend" (see `midframe.media.channels`), and single pixels of all others
where a source frame holds no data: the mean of a value and a placeholder is neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField
from midframe.media.channels import ChannelUse
from midframe.media.placeholders import no_data_in

UNDECIDED = 0.15
"""Distance of the left frame's share from a half up to which neither frame agrees better. The one that is nearer in
time is taken then: a choice by tiny differences would be noise."""


@dataclass(frozen=True, eq=False)
class KeptSamples:
    """What is kept of a frame next to what an engine has encoded.

    Attributes:
        taken: (height, width, channels) of the file's type: the channels that are not blended; None if there are none.
        blended: (height, width, channels) float32: working samples of the others. None where all of them are data.
        no_data: (height, width, channels) bool: where these hold no data; None where they nowhere do.
        stated: The value that stands for no data, where the file states it.
    """

    taken: NDArray[Any] | None
    blended: NDArray[np.float32] | None = None
    no_data: NDArray[np.bool_] | None = None
    stated: float | None = None


def kept_samples(
    samples: NDArray[Any], blended: NDArray[np.float32], use: ChannelUse, no_data: float | None = None
) -> KeptSamples:
    """What is kept of a frame.

    Args:
        samples: (height, width, channels), as the file has them.
        blended: (height, width, channels) float32: working samples of the channels that are blended.
        use: What each channel is used for.
        no_data: The value that stands for no data, where the file states it.
    """
    taken = np.ascontiguousarray(samples[..., _indices(use.kept)]) if use.kept else None
    if not use.blended or (samples.dtype.kind != "f" and no_data is None):
        return KeptSamples(taken)
    return KeptSamples(taken, blended, no_data_in(blended, no_data), no_data)


class KeptPair:
    """The kept samples of the frames of a pair, and of frames interpolated between them.

    Args:
        use: What each channel is used for.
        left: Of the pair's left frame.
        right: Of the pair's right frame.
        exact: Whether frames hold integers that float32 does not.
    """

    def __init__(self, use: ChannelUse, left: KeptSamples, right: KeptSamples, *, exact: bool) -> None:
        self._use = use
        self._frames = {Fraction(0): left, Fraction(1): right}
        self._dtype = np.float64 if exact else np.float32

    @property
    def needs_motion(self) -> bool:
        """Whether samples are taken along the motion."""
        return "nearest" in self._use.rules or any(kept.no_data is not None for kept in self._frames.values())

    @property
    def is_plain(self) -> bool:
        """Whether nothing is kept: all channels are blended everywhere."""
        return not self._use.kept and not self.needs_motion

    def complete(
        self,
        blended: NDArray[np.float32],
        field: MotionField | None,
        target: Fraction,
        ends: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1)),
        *,
        reused: bool = False,
    ) -> NDArray[Any]:
        """All channels of an interpolated frame.

        Args:
            blended: (height, width, channels): the channels that are blended, as the engine made them.
            field: The motion that it used; None for an engine without one, where the rule "nearest" becomes "copy".
            target: Time of the frame.
            ends: Times of the frames that it was interpolated between: of the pair, or of earlier ones in it.
            reused: Whether later frames are interpolated from this one.

        Returns:
            (height, width, channels) working samples; of kept channels, samples as files have them. float32, or float64
            where frames hold integers that float32 does not.
        """
        left, right = (self._frames[end] for end in ends)
        time = float((target - ends[0]) / (ends[1] - ends[0]))
        places = None if field is None else _Places.of(field, time)
        if places is not None and (left.no_data is not None or right.no_data is not None):
            blended = _without_mixtures(blended, left, right, places)
        taken = self._taken(left, right, places, target)
        if reused:
            no_data = None if left.blended is None else no_data_in(blended, left.stated)
            kept = KeptSamples(taken, None if left.blended is None else blended, no_data, left.stated)
            self._frames[target] = kept
        if taken is None:
            return blended
        complete = np.empty((*taken.shape[:2], len(self._use.rules)), self._dtype)
        complete[..., _indices(self._use.kept)] = taken
        if self._use.blended:
            complete[..., _indices(self._use.blended)] = blended
        return complete

    def blended_at(self, target: Fraction) -> NDArray[np.float32] | None:
        """The blended channels of a frame that `complete` has kept for reuse; None where it changed nothing in them."""
        return self._frames[target].blended

    def _taken(
        self, left: KeptSamples, right: KeptSamples, places: _Places | None, target: Fraction
    ) -> NDArray[Any] | None:
        outer = self._frames[Fraction(0)].taken, self._frames[Fraction(1)].taken
        if left.taken is None or right.taken is None or outer[0] is None or outer[1] is None:
            return None
        rules = [self._use.rules[number] for number in self._use.kept]
        copied = outer[0] if target <= Fraction(1, 2) else outer[1]
        if places is None or "nearest" not in rules:
            return copied
        taken = places.take(left.taken, right.taken)
        for place, rule in enumerate(rules):
            if rule == "copy":
                taken[..., place] = copied[..., place]
        return taken


@dataclass(frozen=True, eq=False)
class _Places:
    """Where each pixel of an interpolated frame comes from: numbers of pixels in both frames, and which one counts."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    from_left: NDArray[np.bool_]

    @staticmethod
    def of(field: MotionField, time: float) -> _Places:
        certain = np.abs(field.left_share - np.float32(0.5)) > UNDECIDED
        from_left = np.where(certain, field.left_share > np.float32(0.5), time <= 0.5)
        return _Places(_pixels(field.to_left), _pixels(field.to_right), from_left)

    def take(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        """The samples of the frame that counts, (height, width, channels)."""
        channels = left.shape[2]
        taken = left.reshape(-1, channels).take(self.left, axis=0)
        from_right = ~self.from_left
        taken[from_right] = right.reshape(-1, channels).take(self.right[from_right], axis=0)
        return taken


def _indices(numbers: Sequence[int]) -> slice | list[int]:
    """Numbers of channels as an index: a slice where they follow one another, which is faster."""
    first, last = numbers[0], numbers[-1]
    return slice(first, last + 1) if last - first + 1 == len(numbers) else list(numbers)


def _pixels(offsets: NDArray[np.float32]) -> NDArray[np.intp]:
    """The numbers of the pixels that offsets point to, row by row; the nearest one inside the frame."""
    height, width = offsets.shape[:2]
    columns = np.rint(offsets[..., 0] + np.arange(width, dtype=np.float32))
    rows = np.rint(offsets[..., 1] + np.arange(height, dtype=np.float32)[:, np.newaxis])
    numbers: NDArray[np.intp] = rows.clip(0, height - 1).astype(np.intp) * width
    numbers += columns.clip(0, width - 1).astype(np.intp)
    return numbers


def _without_mixtures(
    blended: NDArray[np.float32], left: KeptSamples, right: KeptSamples, places: _Places
) -> NDArray[np.float32]:
    """Blended samples, but where no data has a part in them those that are nearest."""
    assert left.blended is not None
    assert right.blended is not None
    mixed = np.zeros(blended.shape, bool)
    for kept, pixels in ((left, places.left), (right, places.right)):
        if kept.no_data is not None:
            mixed |= _widened(kept.no_data).reshape(-1, blended.shape[2])[pixels]
    return np.where(mixed, places.take(left.blended, right.blended), blended)


def _widened(no_data: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels without data and their neighbours, which have a part in samples that are read between pixels."""
    wide = no_data.copy()
    wide[1:] |= no_data[:-1]
    wide[:-1] |= no_data[1:]
    tall = wide.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide
