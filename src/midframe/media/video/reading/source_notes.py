"""Sentences about what is unusual in a video, for people who interpolate it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from midframe.media.video.reading.index import VideoIndex
from midframe.media.video.reading.survey import Survey

NAMED_PIECES = 3
"""Times that a sentence names."""


def notes_on_time(name: str, index: VideoIndex) -> Iterator[str]:
    """About time stamps that start again, and what lies after the frames."""
    pieces = index.pieces
    if pieces:
        begins = ", ".join(f"{float(piece.time - index.first_time):.2f}" for piece in pieces[:NAMED_PIECES])
        more = " s and later again" if len(pieces) > NAMED_PIECES else " s"
        yield (
            f"Time stamps of {name} start again at {begins}{more}, as in joined recordings; the parts are read one "
            "after the other."
        )
    if index.followed:
        yield f"Another file follows the frames of {name}; it is not read. Split the file to use both."


def notes_on_sizes(name: str, survey: Survey, found: Iterable[tuple[int, int]], size: tuple[int, int]) -> Iterator[str]:
    """About pictures that are scaled.

    Args:
        name: Of the file.
        survey: What was seen at several places.
        found: Other sizes that were found since.
        size: Width and height of the frames.
    """
    others = dict.fromkeys((*survey.sizes[1:], *found))
    if others:
        shown = ", ".join(f"{width}×{height}" for width, height in others)
        yield f"The size of {name} changes to {shown}; all frames are scaled to {size[0]}×{size[1]}, the first size."


def notes_on_rows(name: str, survey: Survey, *, asked: bool) -> Iterator[str]:
    """About rows of two times.

    Args:
        name: Of the file.
        survey: What was seen at several places.
        asked: Whether frames are to be deinterlaced.
    """
    interlaced = survey.interlaced or survey.looks_interlaced
    if asked:
        if not interlaced:
            yield f"{name} does not look interlaced; `deinterlace` has no effect."
        elif survey.telecined:
            yield f"{name} is film in a video (telecine): pictures repeat in a pattern. `dedup` evens out their motion."
        return
    advice = "frames are not deinterlaced. `deinterlace` makes whole pictures of them."
    if survey.telecined:
        yield f"{name} is film whose pictures were spread over the fields of a video (telecine); {advice}"
    elif survey.interlaced:
        some = f" in {survey.interlaced} of {survey.pictures} frames" if survey.interlaced < survey.pictures else ""
        yield f"{name} is interlaced{some}; its {advice}"
    elif interlaced:
        yield f"{name} looks interlaced, although it is not marked as such; its {advice}"
