"""Output names that keep the names of the source frames."""

from __future__ import annotations

from bisect import bisect_right

from midframe.jobs.time import ResolvedTime
from midframe.media.images.folder_sink import SourcePlaces
from midframe.media.protocols import FrameInput
from midframe.timing.timeline import OpenTimeline


def source_places(source: FrameInput, time: ResolvedTime) -> SourcePlaces | None:
    """Where output frames lie among the source frames; None where these have no names of their own.

    Args:
        source: The whole input.
        time: The part of it that is used, and the output frames.
    """
    timeline, stems = time.schedule.timeline, [file.stem for file in source.image_files]
    if isinstance(timeline, OpenTimeline) or len(stems) != source.length or len(set(stems)) < len(stems):
        return None
    pairs = range(timeline.pairs)

    def place(number: int) -> tuple[str, int]:
        tail = timeline.tail
        if number >= tail.first:
            left, slots = timeline.pairs, tail
        else:
            left = bisect_right(pairs, number, key=lambda pair: timeline.pair(pair).first) - 1
            slots = timeline.pair(left)
        return stems[time.used.start + left], number - slots.first + (0 if slots.starts_on_source else 1)

    return place
