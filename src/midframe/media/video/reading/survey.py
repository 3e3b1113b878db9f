"""A look at several places of a video: whether packets promise what the decoder gives, and what pictures are like."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

import av

from midframe.media.video.container import main_video, make_decoder, open_input
from midframe.media.video.reading.continuity import Continuity
from midframe.media.video.reading.decoded_pictures import PictureKind, decode_pictures
from midframe.media.video.reading.rows import Rows

PLACES = 6
"""Places that are looked at."""

PICTURES = 10
"""Pictures at each place."""

MISSING = 0.3
"""Share of the pictures at a place that may be missing because of damage; more are missing because packets are counted
that hold no picture of their own."""

LEAST_COMBED = 4
"""Pictures that have to look interlaced."""

ONE_ORDER = 4
"""How much more often the rows of one kind have to be the earlier ones than those of the other."""

COMBED = 0.3
"""Share of the pictures that have to. Of progressive ones in seven clips, at most 0.1 did; of interlaced ones, 0.95 and
more; of telecined ones, 0.5 and more."""

REPEATED = 0.18
"""Share of the pictures that repeat a field of the one before: 0.2 and more after telecine."""


@dataclass(frozen=True)
class Survey:
    """What was seen.

    Attributes:
        pictures: How many pictures were looked at.
        interlaced: How many of them are marked as interlaced.
        sizes: Widths and heights, in the order in which they come.
        agrees: Whether the pictures are those that the packets promise.
        rows: What the rows of the pictures are like.
    """

    pictures: int = 0
    interlaced: int = 0
    sizes: tuple[tuple[int, int], ...] = ()
    agrees: bool = True
    rows: Rows = field(default_factory=Rows)

    @staticmethod
    def of(kinds: Iterable[PictureKind], rows: Rows | None = None, *, agrees: bool = True) -> Survey:
        """What pictures are like, taken together."""
        seen = list(kinds)
        sizes = tuple(dict.fromkeys((kind.width, kind.height) for kind in seen))
        return Survey(len(seen), sum(kind.interlaced for kind in seen), sizes, agrees, rows or Rows())

    @property
    def looks_interlaced(self) -> bool:
        """Whether the rows of pictures belong to two times, whatever the file says."""
        # In noise, either order is seen as often.
        consistent = self.rows.combed >= ONE_ORDER * min(self.rows.top_first, self.rows.bottom_first)
        return consistent and self.rows.combed >= max(LEAST_COMBED, COMBED * self.rows.pictures)

    @property
    def field_order(self) -> str:
        """Which rows are the earlier ones, in bwdif's words: as they look, where they look interlaced."""
        if not self.looks_interlaced:
            return "auto"
        return "tff" if self.rows.top_first > self.rows.bottom_first else "bff"

    @property
    def telecined(self) -> bool:
        """Whether fields are repeated regularly, as where film of 24 pictures became video of 60 fields."""
        repeated = self.rows.repeated_top + self.rows.repeated_bottom
        return self.looks_interlaced and repeated >= max(LEAST_COMBED, REPEATED * self.rows.pictures)


def survey_video(path: Path, stamps: Sequence[int] | None, continuity: Continuity, *, seekable: bool) -> Survey:
    """Look at several places of a video; at all of a short one.

    Args:
        path: The file.
        stamps: Times of its frames by its packets, ascending, in units of the stream; None where they have none.
        continuity: Moves packets onto the time line of `stamps`.
        seekable: Whether other places than the beginning can be reached.

    Raises:
        av.FFmpegError: The file cannot be read.
    """
    kinds: list[PictureKind] = []
    agrees, rows = True, Rows()
    several = seekable and stamps is not None and len(stamps) > PLACES * PICTURES
    places = range(PLACES) if several else range(1)
    with open_input(path) as container:
        stream = main_video(container, path)
        decoder = make_decoder(stream)
        for place in places:
            if place and stamps is not None:
                try:
                    container.seek(stamps[place * len(stamps) // PLACES], stream=stream)
                except av.FFmpegError:
                    break
                decoder.flush_buffers()
            pictures = decode_pictures(container, stream, decoder, continuity)
            found = list(islice(pictures, PICTURES if several else PLACES * PICTURES))
            kinds += map(PictureKind.of, found)
            rows += Rows.of(found)
            agrees = agrees and (stamps is None or _agree(stamps, [picture.pts for picture in found]))
    return Survey.of(kinds, rows, agrees=agrees)


def _agree(stamps: Sequence[int], found: Sequence[int | None]) -> bool:
    """Whether pictures have the times of the packets, in order, and hardly any is missing."""
    known = [stamp for stamp in found if stamp is not None]
    if len(known) < len(found) or any(later <= earlier for earlier, later in pairwise(known)):
        return False
    if len(known) < 2:
        return True
    first, stop = bisect_left(stamps, known[0]), bisect_right(stamps, known[-1])
    promised = stamps[first:stop]
    missing = len(set(promised).difference(known))
    return set(known) <= set(promised) and missing <= MISSING * len(promised)
