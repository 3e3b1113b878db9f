"""Turning frames into pictures for a display: upright, and in its range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from midframe.media.pixels import LARGEST, alpha_share
from midframe.types import Alpha, Frame, FrameFormat, Samples

DisplayTransform = Literal["auto", "none", "srgb", "reinhard", "range"]
"""How frames become display values, where the output shows them.

"srgb" is the curve of IEC 61966-2-1 on scene-linear light, with 1 as white; "reinhard" first compresses highlights to
x/(1+x) (Reinhard et al., Photographic Tone Reproduction, 2002, equation 3). "range" makes black and white of the lowest
and the highest value in use. "auto" is "range" where a video would show 16-bit or float data as black, else "none".
"""

DISPLAY_TRANSFORMS: tuple[DisplayTransform, ...] = get_args(DisplayTransform)
UPRIGHT = 1
SIXTEEN_BITS = np.dtype("uint16")


@dataclass(frozen=True)
class FrameConversion:
    """What is done to every frame when it is read.

    Attributes:
        upright: Whether pictures are turned as they are to be shown.
        light: The curve for scene-linear light; None for none.
        limits: The values that become black and white; None for no scaling.
        shown: Numbers of the channels that hold the picture, without alpha, where light or limits are given.
        dtype: Type of the samples, where light or limits are given.
    """

    upright: bool = False
    light: Literal["srgb", "reinhard"] | None = None
    limits: tuple[float, float] | None = None
    shown: tuple[int, ...] = ()
    dtype: np.dtype[Any] = SIXTEEN_BITS

    @property
    def changes_nothing(self) -> bool:
        """Whether frames are unchanged."""
        return not self.upright and not self.makes_display_values

    @property
    def makes_display_values(self) -> bool:
        """Whether frames get other channels and values."""
        return self.light is not None or self.limits is not None

    @property
    def settings(self) -> dict[str, object]:
        """What decides what frames become, in types that JSON has."""
        return {"upright": self.upright, "light": self.light, "limits": self.limits, "dtype": str(self.dtype)}

    def format(self, given: FrameFormat) -> FrameFormat:
        """What frames of a format become."""
        made = given
        if self.upright and made.orientation > 4:
            made = replace(made, width=made.height, height=made.width)
        if self.upright:
            made = replace(made, orientation=UPRIGHT)
        if self.makes_display_values:
            alpha = None if given.alpha is None else Alpha(len(self.shown), premultiplied=False)
            made = replace(
                made,
                channels=len(self.shown) + (alpha is not None),
                dtype=self.dtype,
                alpha=alpha,
                transfer="display",
                labels=(),
                no_data=None,
            )
        return made

    def frame(self, frame: Frame) -> Frame:
        """What a frame becomes. It has no file and no metadata of its own any more."""
        samples = frame.samples
        if self.makes_display_values:
            samples = self._display_values(samples, frame.format)
        if self.upright:
            samples = turned_upright(samples, frame.format.orientation)
        return Frame(samples, self.format(frame.format), frame.index, annotations=frame.annotations)

    def _display_values(self, samples: Samples, given: FrameFormat) -> Samples:
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            colours = samples[..., list(self.shown)].astype(np.float32)
            share = None if given.alpha is None else np.clip(np.nan_to_num(alpha_share(samples, given)), 0, 1)
            if share is not None and given.alpha is not None and given.alpha.premultiplied:
                colours = np.divide(colours, share, out=np.zeros_like(colours), where=share > 0)
            colours = np.nan_to_num(colours, nan=0.0, posinf=LARGEST)
            if self.light is not None:
                colours = srgb_curve(
                    colours if self.light == "srgb" else np.maximum(colours, 0) / (1 + np.abs(colours))
                )
            elif self.limits is not None:
                low, high = self.limits
                colours = (colours - np.float32(low)) / np.float32(high - low)
        shown = colours if share is None else np.concatenate((colours, share), axis=-1)
        full = np.iinfo(self.dtype).max
        rounded: Samples = np.rint(np.clip(shown, 0, 1) * np.float32(full)).astype(self.dtype)
        return rounded


def srgb_curve(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light in [0, 1] as sRGB's display values (IEC 61966-2-1); what lies outside is clipped."""
    clipped = np.clip(light, 0, 1)
    curved: NDArray[np.float32] = np.where(
        clipped <= 0.0031308, clipped * np.float32(12.92), np.float32(1.055) * clipped ** np.float32(1 / 2.4) - 0.055
    ).astype(np.float32)
    return curved


def turned_upright(samples: Samples, orientation: int) -> Samples:
    """Samples as they are to be shown, of a picture with an orientation of TIFF or Exif."""
    if orientation > 4:
        samples = np.swapaxes(samples, 0, 1)
    # Where the stored first row and first column are shown: 2 top right, 3 bottom right, 4 bottom left; with rows and
    # columns exchanged, 6 right top, 7 right bottom, 8 left bottom.
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)
