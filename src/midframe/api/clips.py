"""Clips in memory, and batches of them, in the forms that pipelines of diffusers return them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from midframe.api.arrays import MOST_USUAL_CHANNELS, Layout, is_stack, kind_of, stack_layout
from midframe.api.sequences import describe, require_several
from midframe.errors import UnsupportedFormatError

DIMENSIONS_OF_BATCH = 5
"""Of an array or tensor that holds several clips: batch, frames, and the three of a picture."""


@dataclass(frozen=True)
class Clip:
    """The frames of one clip.

    Attributes:
        frames: A stack, or a list of pictures.
        layout: Where the channels of each picture stand, as far as that is known.
    """

    frames: Any
    layout: Layout

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def pictures(self) -> Iterator[Any]:
        """The pictures, one by one; of a stack without a copy."""
        return iter(self.frames)


@dataclass(frozen=True)
class Clips:
    """One clip, or a batch of them.

    Attributes:
        given: What the caller has.
        clips: Its clips.
        is_batch: Whether it is a batch, perhaps of one clip.
    """

    given: Any
    clips: tuple[Clip, ...]
    is_batch: bool

    def collect(self, count_of: Callable[[Clip], int], made: Callable[[Clip], Iterator[Any]]) -> Any:
        """What becomes of every clip, in the form of what was given.

        A stack is allocated once, and filled picture by picture: there is never a second copy of it.

        Args:
            count_of: How many pictures a clip becomes.
            made: The pictures that a clip becomes, of the kind of its own.
        """
        if not is_array(self.given):
            collected = [_collected(clip, count_of(clip), made(clip)) for clip in self.clips]
            return collected if self.is_batch else collected[0]
        count = count_of(self.clips[0])
        if not self.is_batch:
            return _collected(self.clips[0], count, made(self.clips[0]))
        whole = _empty(self.given, (len(self.clips), count, *self.given.shape[2:]))
        for number, clip in enumerate(self.clips):
            _fill(whole[number], made(clip))
        return whole


def open_clips(frames: Any, layout: Layout = "auto") -> Clips:
    """Find out what a caller's frames are.

    Args:
        frames: Pictures, or a stack of them; or several such, as a list, or as an array or tensor of five dimensions.
        layout: Where channels stand; see `midframe.api.arrays.stack_layout`.

    Raises:
        OptionError: A layout that must be given.
        UnsupportedFormatError: Something else, or no frames.
    """
    if is_array(frames):
        return _open_array(frames, layout)
    given = list(require_several(frames))
    if not given:
        raise UnsupportedFormatError("There are no frames.")
    if isinstance(given[0], (list, tuple)) or (is_array(given[0]) and given[0].ndim > 3):
        opened = [open_clips(each, layout) for each in given]
        if any(each.is_batch for each in opened):
            raise UnsupportedFormatError("A batch is a list of clips, and not of other batches.")
        return Clips(frames, tuple(clip for each in opened for clip in each.clips), is_batch=True)
    return Clips(frames, (Clip(given, layout),), is_batch=False)


def is_array(value: Any) -> bool:
    """Whether something is a numpy array or a torch tensor."""
    return kind_of(value) in ("numpy", "torch")


def _open_array(array: Any, layout: Layout) -> Clips:
    if not len(array) or 0 in array.shape:
        raise UnsupportedFormatError(f"There are no frames: an array of shape {tuple(array.shape)} is empty.")
    if array.ndim == DIMENSIONS_OF_BATCH:
        return Clips(array, tuple(_open_stack(item, array, layout) for item in array), is_batch=True)
    if not is_stack(array):
        raise UnsupportedFormatError(
            f"Frames are a stack such as (frames, height, width, channels) or (frames, channels, height, width), with "
            f"a batch before it or without, not {describe(array)}."
        )
    return Clips(array, (_open_stack(array, array, layout),), is_batch=False)


def _open_stack(stack: Any, given: Any, layout: Layout) -> Clip:
    shape = tuple(stack.shape)
    channels, frames, *sides = shape
    if layout == "auto" and len(sides) == 2 and channels <= MOST_USUAL_CHANNELS < min(frames, *sides):
        raise UnsupportedFormatError(
            f"{describe(given)} looks like channels before frames; frames come first: move the axis, as in "
            f"{'transpose' if kind_of(given) == 'torch' else 'swapaxes'}({given.ndim - 4}, {given.ndim - 3})."
        )
    return Clip(stack, stack_layout(stack, layout))


def _collected(clip: Clip, count: int, made: Iterator[Any]) -> Any:
    if not is_array(clip.frames):
        return list(made)
    stack = _empty(clip.frames, (count, *clip.frames.shape[1:]))
    _fill(stack, made)
    return stack


def _empty(like: Any, shape: Sequence[int]) -> Any:
    """An array or tensor of the kind, type and device of another one, whose values are to be set."""
    if kind_of(like) == "torch":
        return like.detach().new_empty(tuple(shape))
    import numpy as np

    return np.empty(tuple(shape), like.dtype)


def _fill(stack: Any, pictures: Iterator[Any]) -> None:
    for number, picture in enumerate(pictures):
        stack[number] = picture.detach() if kind_of(picture) == "torch" else picture
