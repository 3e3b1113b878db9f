"""Sequences of pictures that are named one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from midframe.errors import SequenceError
from midframe.media.images.codecs import codec_for
from midframe.media.images.numbering import counting_numbers, missing_ranges, natural_key, parse_stems
from midframe.media.images.sequence import ImageSequence, require_one_format


def listed_sequence(paths: Sequence[Path]) -> ImageSequence:
    """Make a sequence of pictures that were named one by one; they may lie in several folders.

    The order is that of the list. Three or more names in alphabetical order are put into natural order: that is what a
    shell makes of `*.png`, where 10.png comes before 9.png.

    Raises:
        SequenceError: A picture does not exist, or they are of several formats.
        UnsupportedFormatError: A name that is not that of an image.
    """
    for path in paths:
        codec_for(path)
        if not path.is_file():
            raise SequenceError(f"{path} does not exist. Check the name.", path=path)
    require_one_format(paths, "the list of pictures")
    ordered = list(paths)
    if len(paths) > 2 and ordered == sorted(ordered, key=str):
        ordered.sort(key=lambda path: natural_key(str(path)))
    numbers = _ascending_numbers(ordered)
    return ImageSequence(tuple(ordered), (), missing_ranges(numbers) if numbers else (), numbers, listed=True)


def _ascending_numbers(paths: Sequence[Path]) -> tuple[int, ...] | None:
    """The numbers in the names, where they count these pictures upwards."""
    if len({path.parent for path in paths}) > 1:
        return None
    numbers = counting_numbers(parse_stems([path.stem for path in paths]))
    if numbers is None or any(left >= right for left, right in pairwise(numbers)):
        return None
    return tuple(numbers)
