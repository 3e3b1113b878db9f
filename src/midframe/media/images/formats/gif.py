"""GIF with one image, through Pillow."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from midframe.media.images.codec_io import (
    animation,
    check_content,
    plain_refusal,
    reading_image,
    require_accepted,
    truncated,
)
from midframe.media.images.pillow import DAMAGE, EIGHT_BITS, decode, encode, image_format, to_image
from midframe.types import AnnotationKind, Frame, FrameFormat, Samples

GIF_COLOURS = 256
TRAILER = b";"
GIF_TAIL = 1024
"""Bytes at the end in which the trailer must lie; some programs fill up with zeros."""

GIF_OPAQUE_FROM = 128
"""GIF pixels are either opaque or transparent; synthesised alpha is cut here."""


class GifCodec:
    """Palette images, seen as RGB, or RGBA where a colour is transparent; written with a palette of their own."""

    name = "GIF"
    writable = True
    carries = frozenset[AnnotationKind]()
    suffixes: tuple[str, ...] = (".gif",)

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        size = check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE), path.open("rb") as stream:
            stream.seek(max(0, size - GIF_TAIL))
            self._check_complete(path, stream.read())
            stream.seek(0)
            return self._format(path, GifImageFile(stream))

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE):
            data = path.read_bytes()
            self._check_complete(path, data[-GIF_TAIL:])
            image = GifImageFile(BytesIO(data))
            frame_format = self._format(path, image)
            samples = decode(image, "RGBA" if frame_format.alpha else "RGB")
            return Frame(samples, frame_format, path=path)

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(EIGHT_BITS,),
            layouts=((3, None), (4, 3)),
            layout_names="RGB and RGBA by palette",
            longest_side=65535,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Exact for up to 256 colours (255 with alpha)."""
        require_accepted(self.name, self.refusal(frame.format))
        if frame.format.alpha is None:
            encode(_with_palette(frame.samples, GIF_COLOURS), path, self.name, optimize=False)
            return
        transparent = GIF_COLOURS - 1
        hidden = frame.samples[..., 3] < GIF_OPAQUE_FROM
        colours = frame.samples[..., :3].copy()
        if hidden.any() and not hidden.all():
            # Invisible colours must not take places in the palette.
            colours[hidden] = colours[~hidden][0]
        image = _with_palette(colours, transparent)
        indexes = np.array(image)
        indexes[hidden] = transparent
        palette = image.getpalette() or []
        image = Image.fromarray(indexes)
        image.putpalette(palette + [0] * (3 * GIF_COLOURS - len(palette)))
        encode(image, path, self.name, transparency=transparent, optimize=False)

    def _check_complete(self, path: Path, tail: bytes) -> None:
        if not tail.rstrip(b"\0").endswith(TRAILER):
            raise truncated(path, self.name)

    def _format(self, path: Path, image: GifImageFile) -> FrameFormat:
        if image.is_animated:
            raise animation(path, self.name)
        return image_format(image, "RGBA" if "transparency" in image.info else "RGB")


def _with_palette(samples: Samples, colours: int) -> Image.Image:
    """A palette image of (height, width, 3) samples: exact where the colours suffice, else a median cut."""
    packed = samples.astype(np.uint32) @ np.array((65536, 256, 1), np.uint32)
    used, indexes = np.unique(packed, return_inverse=True)
    if len(used) > colours:
        return to_image(samples).quantize(colours, dither=Image.Dither.NONE)
    image = Image.fromarray(indexes.reshape(packed.shape).astype(np.uint8))
    image.putpalette(np.stack((used >> 16, used >> 8 & 255, used & 255), axis=-1).astype(np.uint8).tobytes())
    return image
