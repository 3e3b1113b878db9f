"""What is said of alpha, and what a look at the frames says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from midframe.errors import InputError, OptionError
from midframe.media.pixels import FrameValues
from midframe.media.protocols import FrameInput
from midframe.types import Alpha, AlphaChoice, FrameFormat

HIDDEN = (
    "Alpha is 0 throughout, but colours are not: alpha is not treated as coverage, and the colours are interpolated "
    "independently. `alpha=straight` would make interpolated frames black."
)
"""The sentence of `alpha_notes`."""


def blended_format(frame_format: FrameFormat, choice: AlphaChoice) -> FrameFormat:
    """A format with what the user says of its alpha.

    Args:
        frame_format: What the files have.
        choice: What was said.

    Raises:
        OptionError: `choice` names an alpha, and the frames can have none.
    """
    if choice == "auto":
        return frame_format
    alpha = frame_format.alpha
    if alpha is None and choice != "none":
        if frame_format.channels not in (2, 4):
            raise OptionError(
                f"`alpha={choice}` needs frames of 2 or 4 channels, and these are {frame_format}.", option="alpha"
            )
        alpha = Alpha(frame_format.channels - 1, premultiplied=choice == "premultiplied")
    return replace(frame_format, alpha=alpha and replace(alpha, blending=choice))


def alpha_notes(source: FrameInput, choice: AlphaChoice) -> tuple[str, ...]:
    """A sentence for the user where alpha is 0 throughout and colours are not, by the first, middle and last frame."""
    frames, alpha = source.seekable, source.format.alpha
    if choice != "auto" or frames is None or alpha is None or not alpha.is_weight:
        return ()

    def looks() -> Iterator[FrameValues]:
        for index in sorted({0, len(frames) // 2, len(frames) - 1}):
            yield FrameValues.of(frames.read(index))

    # A frame that cannot be read is reported when its turn comes.
    with suppress(InputError):
        if all(look.hidden for look in looks()):
            return (HIDDEN,)
    return ()
