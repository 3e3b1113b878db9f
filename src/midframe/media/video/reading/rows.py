"""Whether the rows of pictures belong to one time or to two, by FFmpeg's idet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import av

from midframe.media.video.filtering import filtered

LEAST = 3
"""Pictures in a row that the filter needs."""


LEAST_ROWS = 100
"""Rows of pictures in which the filter sees what is there: patterns of a few rows that move look like fields to it."""


@dataclass(frozen=True)
class Rows:
    """How many pictures are of each kind. Where little moves, a picture is of none.

    Attributes:
        pictures: All of them.
        top_first: Even rows, which begin at the top, show an earlier time than odd ones.
        bottom_first: They show a later time.
        repeated_top: The even rows are those of the picture before.
        repeated_bottom: The odd rows are.
    """

    pictures: int = 0
    top_first: int = 0
    bottom_first: int = 0
    repeated_top: int = 0
    repeated_bottom: int = 0

    @property
    def combed(self) -> int:
        """Even and odd rows show different times, of which the same rows are always the earlier."""
        return max(self.top_first, self.bottom_first)

    def __add__(self, other: Rows) -> Rows:
        return Rows(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))

    @staticmethod
    def of(pictures: Sequence[av.VideoFrame]) -> Rows:
        """Look at pictures that follow each other; none where they are too few, too small, or of several sizes."""
        kinds = {(picture.width, picture.height, picture.format.name) for picture in pictures}
        if len(pictures) < LEAST or len(kinds) > 1 or pictures[0].height < LEAST_ROWS:
            return Rows()
        found: dict[str, str] = {}
        for picture in filtered(pictures, [("idet", "")]):
            found = dict(picture.metadata)

        def count(name: str) -> int:
            return round(float(found.get(f"lavfi.idet.{name}", "0")))

        orders = count("single.tff"), count("single.bff")
        return Rows(
            len(pictures),
            *orders,
            count("repeated.top"),
            count("repeated.bottom"),
        )
