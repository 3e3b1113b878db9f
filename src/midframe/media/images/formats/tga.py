"""TGA through Pillow."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL.TgaImagePlugin import TgaImageFile

from midframe.media.images.codec_io import plain_refusal, require_accepted, truncated
from midframe.media.images.pillow import DAMAGE, EIGHT_BITS, decode, encode, to_image
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

SIGNATURE = b"TRUEVISION-XFILE"
FOOTER = SIGNATURE + b".\0"
RUN_LENGTHS = 8
"""In the image type, at offset 2: compressed."""

ALPHA_BITS = 0x0F
"""In the descriptor, at offset 17."""

MODES = {"1": "L", "L": "L", "LA": "LA", "P": "RGB", "RGB": "RGB", "RGBA": "RGBA"}
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True)
class TgaMetadata:
    """Whether the file is compressed by run lengths."""

    compressed: bool


class TgaCodec(WholeFileCodec):
    """8-bit grey, grey+alpha, RGB and RGBA; palettes and smaller depths are expanded."""

    name = "TGA"
    suffixes: tuple[str, ...] = (".tga",)
    writable = True
    carries = frozenset[AnnotationKind]()
    damage = DAMAGE

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        image = TgaImageFile(BytesIO(data))
        mode = MODES[image.mode]
        if mode == "RGBA" and not data[17] & ALPHA_BITS:
            # 32 bits of which 8 have no meaning.
            mode = "RGB"
        compressed = bool(data[2] & RUN_LENGTHS)
        after = self._after_pixels(image)
        tail = data[-len(FOOTER) - 8 :]
        if (after is not None and len(data) < after) or (
            not data.endswith(FOOTER)
            and ((after is not None and len(data) > after and not compressed) or SIGNATURE[:4] in tail)
        ):
            raise truncated(path, self.name)
        samples = decode(image, mode)
        channels = CHANNELS[mode]
        alpha = Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None
        frame_format = FrameFormat(*image.size, channels, EIGHT_BITS, alpha)
        return Frame(samples, frame_format, path=path, metadata=TgaMetadata(compressed))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(EIGHT_BITS,),
            layouts=((1, None), (2, 1), (3, None), (4, 3)),
            layout_names="grey, grey+alpha, RGB and RGBA",
            longest_side=65535,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        compressed = isinstance(frame.metadata, TgaMetadata) and frame.metadata.compressed
        encode(to_image(frame.samples), path, self.name, compression="tga_rle" if compressed else None)

    def _after_pixels(self, image: TgaImageFile) -> int | None:
        """Where the pixels end; None where they are compressed."""
        tile = image.tile[0]
        if tile.codec_name != "raw":
            return None
        bits = {"1": 1, "L": 8, "P": 8, "LA": 16, "RGB": 24, "RGBA": 32}[image.mode]
        if isinstance(tile.args, tuple) and "15" in str(tile.args[0]):
            bits = 16
        return int(tile.offset) + -(-image.width * bits // 8) * image.height
