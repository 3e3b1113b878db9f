"""Frames as an encoder takes them."""

from __future__ import annotations

import av
import numpy as np

from midframe.media.video.facts import DecodedPicture
from midframe.media.video.plan import VideoPlan
from midframe.media.video.planes import RGB_PIXELS, padded, picture_of
from midframe.types import Frame, Samples

COLOURSPACES = {"bt709": "ITU709", "bt601": "ITU601", "bt2020": "BT2020", "smpte240m": "SMPTE240M", "fcc": "FCC"}
"""Matrices, and PyAV's names of them."""


class PictureMaker:
    """Makes pictures of frames. Originals and drawn frames take the same way, from the source's own planes on."""

    def __init__(self, plan: VideoPlan) -> None:
        self._plan = plan

    @property
    def encoder_options(self) -> dict[str, str]:
        """Those of the plan, and what the source says about high dynamic range, for encoders that can pass it on."""
        options = dict(self._plan.encoding.options)
        facts = self._plan.facts
        if facts is None or self._plan.encoding.encoder != "libx265":
            return options
        words = [options["x265-params"]] if "x265-params" in options else []
        if facts.mastering is not None:
            words += ["hdr10=1", f"master-display={facts.mastering}"]
        if facts.light_level is not None:
            words.append(f"max-cll={facts.light_level}")
        return options | {"x265-params": ":".join(words)}

    def picture(self, frame: Frame) -> av.VideoFrame:
        """The picture of a frame in the encoder's pixel format, with colour tags."""
        picture = padded(self._converted(self._decoded(frame)), *self._plan.size)
        self._plan.colour.put_on(picture)
        return picture

    def _decoded(self, frame: Frame) -> av.VideoFrame:
        kept = frame.metadata
        if isinstance(kept, DecodedPicture) and kept.samples is frame.samples:
            return kept.picture
        if self._plan.facts is not None:
            drawn = picture_of(frame.samples, self._plan.facts.layout)
            self._plan.facts.colour.put_on(drawn)
            return drawn
        return _picture_of_rgb(frame.samples)

    def _converted(self, picture: av.VideoFrame) -> av.VideoFrame:
        pixels = self._plan.encoding.pixels
        if picture.format.name == pixels:
            return picture
        coding = self._plan.format.coding
        if coding is None or coding.matrix == "rgb":
            if self._plan.keeps_rgb:
                return picture.reformat(format=pixels)
            return picture.reformat(
                format=pixels, dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
            )
        space = COLOURSPACES[coding.matrix]
        codes = "JPEG" if coding.full_range else "MPEG"
        return picture.reformat(
            format=pixels, src_colorspace=space, dst_colorspace=space, src_color_range=codes, dst_color_range=codes
        )


def _picture_of_rgb(samples: Samples) -> av.VideoFrame:
    channels = samples.shape[2]
    name = RGB_PIXELS[samples.dtype.name, channels]
    plain = samples[..., 0] if channels == 1 else samples
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(plain), format=name)
