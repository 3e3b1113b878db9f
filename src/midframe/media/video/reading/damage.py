"""What is wrong with a video file as a whole, from what it states and what its packets contain."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from statistics import median

from midframe.media.video.reading.index import VideoIndex
from midframe.wording import counted

SPARE_FRAMES = 2
"""Intervals by which the end may differ from what a container states, as they count the last frame differently."""

REORDERED = 16
"""Frames within which encoders change the order."""

RARE = 50
"""One interval in this many, at most, may be longer than the others to count as a gap; more of them are a way of life,
such as in recordings of screens."""


def signs_of_damage(path: Path, index: VideoIndex) -> tuple[str, ...]:
    """Sentences about frames that the file should have and has not. Decoding may find more."""
    cut_off = _cut_off(path, index)
    found = [cut_off, _gap(path, index, cut_off=cut_off is not None)]
    if index.damaged_packets and cut_off is None:
        found.append(f"Packets of {path.name} are damaged or cut off: {index.damaged_packets}.")
    if index.lost:
        frames = counted(index.lost, "frame")
        found.append(f"Damage in {path.name}: {frames} could not be decoded; the previous frame is held.")
    return tuple(sentence for sentence in found if sentence is not None)


def _cut_off(path: Path, index: VideoIndex) -> str | None:
    read = f"{counted(index.packets, 'frame')} can be read"
    if index.packets + SPARE_FRAMES < index.stated_frames:
        return f"{path.name} was cut off or is damaged: it states {index.stated_frames} frames, and {read}."
    if index.stamps is None or index.stated_end is None or len(index.stamps) < 2:
        return None
    end = (index.stamps[-1] + index.last_duration) * index.time_base
    interval = (index.stamps[-1] - index.stamps[0]) * index.time_base / (len(index.stamps) - 1)
    if end + SPARE_FRAMES * interval >= index.stated_end:
        return None
    return (
        f"{path.name} was cut off or is damaged: it states a length of {float(index.stated_end):.2f} s, and {read}, up "
        f"to {float(end):.2f} s."
    )


def _gap(path: Path, index: VideoIndex, *, cut_off: bool) -> str | None:
    """Long intervals where all the others are alike."""
    if index.stamps is None or len(index.stamps) < 8:
        return None
    steps = [later - earlier for earlier, later in zip(index.stamps, index.stamps[1:], strict=False)]
    usual = median(steps)
    # Matroska's milliseconds make steps of 33 and 34.
    tolerance = max(1.0, usual / 20)
    # Where a file was cut off, frames that come later in it than they are shown are missing among the last ones.
    last = len(steps) - (REORDERED if cut_off else 0)
    long = [number for number, step in enumerate(steps) if step > 1.5 * usual and number < last]
    others_alike = all(abs(step - usual) <= tolerance for step in steps if step <= 1.5 * usual)
    if not long or not others_alike or len(long) * RARE > max(len(steps), RARE):
        return None
    begin, end = (_seconds(index.stamps[long[0] + more], index.time_base) for more in (0, 1))
    others = f" ({len(long) - 1} more such gaps)" if len(long) > 1 else ""
    return (
        f"{path.name} has no frames between {begin:.2f} and {end:.2f} s, while elsewhere one comes every "
        f"{_seconds(usual, index.time_base):.3f} s{others}: it may be damaged there. Times are kept."
    )


def _seconds(stamp: float, time_base: Fraction) -> float:
    return float(stamp * float(time_base))
