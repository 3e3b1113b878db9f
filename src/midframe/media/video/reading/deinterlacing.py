"""Whole pictures from interlaced ones, whose rows belong to two times, with FFmpeg's bwdif."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import av

from midframe.media.video.container import reading_video
from midframe.media.video.filtering import filtered
from midframe.media.video.reading.decoded_pictures import decode_all
from midframe.media.video.reading.index import VideoIndex
from midframe.media.video.reading.survey import Survey

Pictures = Literal["frame", "field"]
"""How many pictures an interlaced frame becomes: one, or one for each of its two fields."""

CONTEXT = 3
"""Frames before one that its picture depends on, with some to spare: reading has to begin before them."""


class Deinterlacer:
    """Makes whole pictures.

    Args:
        pictures: How many of a frame.
        everything: Whether frames are taken as interlaced that do not say so.
        survey: What the frames are like. In film that was telecined, fields that belong together are looked for first.
    """

    def __init__(self, pictures: Pictures, survey: Survey, *, everything: bool) -> None:
        # In both modes, time stamps come in half units.
        self._half = pictures == "field"
        matched = survey.telecined and not self._half
        chosen = "all" if everything and not matched else "interlaced"
        # What files say about it is wrong now and then, and can be seen.
        order = survey.field_order
        bwdif = ("bwdif", f"mode=send_{pictures}:parity={order}:deint={chosen}")
        self._filters = [("fieldmatch", f"order={order}:combmatch=full"), bwdif] if matched else [bwdif]

    @property
    def parts(self) -> int:
        """In how many parts the unit of time stamps is divided."""
        return 2 if self._half else 1

    def whole(self, frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """The pictures of frames that come in order, without a gap."""
        for picture in filtered(frames, self._filters):
            if picture.pts is not None and not self._half:
                picture.pts //= 2
            yield picture


def index_of_fields(index: VideoIndex, interlaced: Sequence[bool] | None) -> VideoIndex:
    """The index of the pictures that a deinterlacer makes of every field.

    Args:
        index: Of the frames.
        interlaced: Which frames are interlaced; None for all.
    """
    rates = tuple(rate * 2 for rate in index.rates) if interlaced is None or all(interlaced) else ()
    flags = [True] * index.count if interlaced is None else interlaced
    found = replace(index, time_base=index.time_base / 2, rates=rates)
    if index.stamps is None:
        return replace(found, count=index.count + sum(flags))
    following = [*index.stamps[1:], 2 * index.stamps[-1] - index.stamps[-2]]
    stamps: list[int] = []
    for stamp, later, flag in zip(index.stamps, following, flags, strict=True):
        stamps += [2 * stamp, stamp + later] if flag else [2 * stamp]
    return replace(found, stamps=tuple(stamps), count=len(stamps), last_duration=index.last_duration)


def deinterlaced(path: Path, index: VideoIndex, pictures: Pictures) -> tuple[VideoIndex, Deinterlacer | None]:
    """The index of whole pictures, and what makes them; None where nothing is interlaced.

    Args:
        path: The file.
        index: Of its frames.
        pictures: How many of a frame.

    Raises:
        UnreadableFileError: The file cannot be read.
    """
    survey = index.survey
    if not survey.interlaced and not survey.looks_interlaced:
        return index, None
    # Where all frames that were looked at say that they are interlaced, or none says so, flags tell nothing apart.
    everything = survey.interlaced in (0, survey.pictures)
    deinterlacer = Deinterlacer(pictures, survey, everything=everything)
    if pictures == "frame":
        return index, deinterlacer
    flags = None
    if not everything:
        with reading_video(path):
            flags = [kind.interlaced for kind in decode_all(path, index.continuity).kinds]
        if len(flags) != index.count:
            # Damage: which frame is missing is not known.
            flags, deinterlacer = None, Deinterlacer(pictures, survey, everything=True)
    return index_of_fields(index, flags), deinterlacer
