"""A source whose frames are converted when they are read, and the choice of what an output needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.display import UPRIGHT, DisplayTransform, FrameConversion
from midframe.media.images.annotations import profile_for
from midframe.media.images.profile_names import profile_name
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameInput, FrameSource, ImageCodec
from midframe.media.wrapped_source import WrappedSource
from midframe.types import AnnotationKind, Frame, FrameFormat
from midframe.wording import enumerated

if TYPE_CHECKING:
    from midframe.media.video.reading.index import VideoIndex

LABELS: dict[AnnotationKind, str] = {
    "icc_profile": "the colour profile",
    "resolution": "the resolution",
    "exif": "Exif data",
    "xmp": "XMP data",
    "text": "descriptions",
}


class ConvertedSource(WrappedSource):
    """The frames of a source, converted.

    Attributes:
        source: The source.
        conversion: What is done to every frame.
    """

    def __init__(self, source: FrameSource, conversion: FrameConversion) -> None:
        super().__init__(source)
        self.conversion = conversion

    @property
    def format(self) -> FrameFormat:
        """What every frame is, after the conversion."""
        return self.conversion.format(self.source.format)

    @property
    def frame_numbers(self) -> tuple[int, ...] | None:
        """See `FrameInput.frame_numbers`."""
        return self.source.frame_numbers

    @property
    def video_index(self) -> VideoIndex | None:
        """See `FrameInput.video_index`."""
        return self.source.video_index

    def __len__(self) -> int:
        return len(self.source)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        return self.conversion.frame(self.source.read(index))


def choose_conversion(
    source: FrameSource,
    codec: ImageCodec | None,
    transform: DisplayTransform,
    view: tuple[int, ...],
    fit: Callable[[FrameSource], ViewTransform],
) -> tuple[FrameConversion, tuple[str, ...]]:
    """What has to be done to frames for an output, and sentences about it.

    Args:
        source: Frames of image files.
        codec: The format of the output's files; None for a video.
        transform: How frames become display values.
        view: Numbers of the channels that hold the picture.
        fit: Finds the range in use.

    Raises:
        OptionError: The transform is not one for such frames.
        UnsupportedFormatError: Scene-linear light for an output that holds none, and no transform is given.
    """
    given = source.format
    same = codec is not None and codec.name == source.codec_name
    upright = given.orientation != UPRIGHT and not same
    notes = ["Pictures are turned upright, according to their orientation."] if upright else []
    linear = given.transfer == "linear"
    light: Literal["srgb", "reinhard"] | None = None
    limits: tuple[float, float] | None = None
    if transform in ("srgb", "reinhard"):
        if not linear:
            raise OptionError(
                f"`display_transform={transform}` is for scene-linear light, and these frames may not be. "
                "`display_transform=range` scales values of any range.",
                option="display_transform",
            )
        light = transform
        detail = "1 is white" if transform == "srgb" else "x/(1+x), then the sRGB curve"
        notes.append(f"Scene-linear light is converted to display values by the transform {transform} ({detail}).")
    elif linear and transform == "range":
        raise OptionError(
            "`display_transform=range` is for data; scene-linear light is converted by `display_transform=srgb` or "
            "`display_transform=reinhard`.",
            option="display_transform",
        )
    elif linear and codec is None:
        raise UnsupportedFormatError(
            "A video cannot store scene-linear light. Convert it with `display_transform=srgb`, or with "
            "`display_transform=reinhard`, which compresses highlights."
        )
    elif transform == "range" or (transform == "auto" and codec is None and _may_be_dark(given)):
        fitted = fit(source)
        limits = (fitted.low, fitted.high)
        if transform == "auto" and given.dtype == np.uint16 and fitted.high - fitted.low >= np.iinfo(np.uint16).max:
            limits = None
        else:
            notes.append(
                f"Values {fitted.low:.6g} … {fitted.high:.6g} are shown as black … white"
                + ("; `display_transform=none` keeps them unchanged." if given.dtype == np.uint16 else ".")
            )
    colours = [number for number in view if given.alpha is None or number != given.alpha.channel]
    shown = tuple(colours[:3] if len(colours) >= 3 else colours[:1])
    conversion = FrameConversion(upright, light, limits, shown)
    if conversion.makes_display_values and conversion.format(given).channels < given.channels:
        names = ", ".join(given.channel_names[number] for number in shown)
        kind = "channels" if given.labels else "channels by number"
        alpha = "" if given.alpha is None else " and alpha"
        notes.append(f"Only the {kind} {names}{alpha} are shown; the others are left out.")
    return replace(conversion, dtype=_display_dtype(given, codec, conversion)), tuple(notes)


def require_stack(frame_format: FrameFormat, is_stack: bool) -> None:
    """Refuse outputs other than stacks for frames that have several depths.

    Raises:
        OptionError: The output is not a stack.
    """
    if frame_format.planes > 1 and not is_stack:
        raise OptionError(
            f"Every frame of the input has {frame_format.planes} depths (Z). Write a stack: give a .tif file as "
            "output.",
            option="output",
        )


def left_out_notes(source: FrameInput, codec: ImageCodec | None, target: str, *, is_stack: bool) -> tuple[str, ...]:
    """What the files say and the output cannot.

    Args:
        source: Gives the frames.
        codec: The format of the output's files; None for a video.
        target: Name of the output's format, for the sentence.
        is_stack: Whether the output is a stack.
    """
    if codec is not None and codec.name == source.codec_name:
        if source.stack is None or is_stack or source.stack.description.label is None:
            return ()
        return (f"Single files do not contain what {source.stack.description.label} states about the stack.",)
    annotations = source.annotations
    carried = frozenset[AnnotationKind]() if codec is None else codec.carries
    lost = [LABELS[kind] for kind in annotations.kinds if kind not in carried and kind != "icc_profile"]
    profile = annotations.icc_profile
    fits = "icc_profile" in carried and profile_for(annotations, source.format) is not None
    if profile is not None and not fits:
        lost.insert(0, f"the colour profile ({profile_name(profile)})")
    lost += annotations.own
    if codec is None:
        # Of these there is no trace in any video.
        lost = [each for each in lost if each not in (LABELS["resolution"], LABELS["text"])]
    if not lost:
        return ()
    return (f"Left out, because {target} cannot store {'it' if len(lost) == 1 else 'them'}: {enumerated(lost)}.",)


def _may_be_dark(given: FrameFormat) -> bool:
    """Whether a video might show frames as black, or cannot hold them: 16-bit and float data."""
    return given.dtype != np.uint8 and given.coding is None


def _display_dtype(given: FrameFormat, codec: ImageCodec | None, conversion: FrameConversion) -> np.dtype[np.generic]:
    """16 bits, or 8 where the output holds no more."""
    wide, narrow = np.dtype("uint16"), np.dtype("uint8")
    if codec is None or conversion.changes_nothing:
        return wide
    made, eight = (replace(conversion, dtype=dtype).format(given) for dtype in (wide, narrow))
    return narrow if codec.refusal(made) is not None and codec.refusal(eight) is None else wide
