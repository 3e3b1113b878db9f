"""BMP: read through Pillow; written through Pillow too, but for alpha, which it cannot write."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL.BmpImagePlugin import BmpImageFile

from midframe.media.images.annotations import annotations_from, dpi_for
from midframe.media.images.codec_io import (
    check_content,
    plain_refusal,
    reading_image,
    require_accepted,
    truncated,
    writing,
)
from midframe.media.images.pillow import DAMAGE, EIGHT_BITS, decode, encode, image_format, to_image
from midframe.types import AnnotationKind, Frame, FrameFormat, Samples

MODES = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB", "RGBA": "RGBA"}
FILE_HEADER = struct.Struct("<2sIHHI")
VERSION_4_HEADER = struct.Struct("<IiiHHIIiiII4I4s36s12s")
BIT_FIELDS = 3
METRES_PER_INCH = 0.0254


class BmpCodec:
    """8-bit grey, RGB and RGBA; smaller depths and palettes are expanded."""

    name = "BMP"
    writable = True
    carries = frozenset[AnnotationKind]({"resolution"})
    suffixes: tuple[str, ...] = (".bmp", ".dib")

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        size = check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE), path.open("rb") as stream:
            image = BmpImageFile(stream)
            self._check_complete(path, image, size)
            return image_format(image, MODES[image.mode])

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE):
            data = path.read_bytes()
            image = BmpImageFile(BytesIO(data))
            self._check_complete(path, image, len(data))
            mode = MODES[image.mode]
            annotations = annotations_from(image.info)
            return Frame(decode(image, mode), image_format(image, mode), path=path, annotations=annotations)

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(EIGHT_BITS,),
            layouts=((1, None), (3, None), (4, 3)),
            layout_names="grey, RGB and RGBA",
            longest_side=65535,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        dpi = dpi_for(frame.annotations)
        if frame.format.channels == 4:
            with writing(path, self.name):
                path.write_bytes(_with_alpha(frame.samples, dpi))
        else:
            encode(to_image(frame.samples), path, self.name, dpi=dpi)

    def _check_complete(self, path: Path, image: BmpImageFile, size: int) -> None:
        tile = image.tile[0]
        arguments = tile.args if isinstance(tile.args, tuple) else ()
        needed = tile.offset
        if tile.codec_name == "raw" and len(arguments) > 1:
            needed += int(arguments[1]) * image.height
        if needed > size:
            raise truncated(path, self.name)


def _with_alpha(samples: Samples, dpi: tuple[float, float] | None) -> bytes:
    height, width = samples.shape[:2]
    pixels = np.ascontiguousarray(samples[::-1, :, [2, 1, 0, 3]]).tobytes()
    start = FILE_HEADER.size + VERSION_4_HEADER.size
    across, down = (round(value / METRES_PER_INCH) for value in dpi or (0.0, 0.0))
    masks = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
    file_header = FILE_HEADER.pack(b"BM", start + len(pixels), 0, 0, start)
    image_header = VERSION_4_HEADER.pack(
        VERSION_4_HEADER.size,
        width,
        height,
        1,
        32,
        BIT_FIELDS,
        len(pixels),
        across,
        down,
        0,
        0,
        *masks,
        b"BGRs",
        b"",
        b"",
    )
    return file_header + image_header + pixels
