"""The header of Y4M (YUV4MPEG2): a line of text before the pictures, and a line before each of them.

The format is described in the manual of mjpegtools, yuv4mpeg(5); the names of deeper samples and ``XCOLORRANGE`` are
FFmpeg's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.video.picture_size import is_usable_size
from midframe.quantities import is_usable_rate

MAGIC = b"YUV4MPEG2"
FRAME = b"FRAME"

LONGEST_LINE = 4096
"""Bytes of a line; longer ones are not Y4M."""

PIXELS = {
    "420jpeg": "yuv420p",
    "420mpeg2": "yuv420p",
    "420paldv": "yuv420p",
    "420": "yuv420p",
    "411": "yuv411p",
    "422": "yuv422p",
    "444": "yuv444p",
    "mono": "gray",
    **{f"{kind}p{bits}": f"yuv{kind}p{bits}le" for kind in ("420", "422", "444") for bits in (9, 10, 12, 14, 16)},
    **{f"mono{bits}": f"gray{bits}le" for bits in (9, 10, 12, 14, 16)},
}
"""What a header calls its samples, and FFmpeg's name of these pixels."""

NAMES = {pixels: name for name, pixels in PIXELS.items()} | {"yuv420p": "420mpeg2"}
"""The other way round. Where a source does not say where its chroma lies, MPEG's place is the likeliest."""

RANGES = {"LIMITED": 1, "FULL": 2}
"""Words for ranges, and FFmpeg's codes."""

INTERLACED = "tbm"
"""Letters for rows of two times: top field first, bottom field first, mixed."""

FULLEST_SIDE = 1 << 16
"""Size from which a header is taken for noise."""


@dataclass(frozen=True)
class Y4mHeader:
    """The header of a Y4M stream.

    Attributes:
        width: Pixels in a row.
        height: Rows.
        samples: Name of the kind of samples, a key of `PIXELS`.
        rate: Frames per second; None where it is not said.
        aspect: Sample aspect ratio; None where it is not said.
        interlacing: "p" progressive, "t", "b" or "m" interlaced, "?" unknown.
        range: FFmpeg's code: 0 unknown, 1 limited, 2 full.
    """

    width: int
    height: int
    samples: str = "420mpeg2"
    rate: Fraction | None = None
    aspect: Fraction | None = None
    interlacing: str = "p"
    range: int = 0

    @property
    def pixels(self) -> str:
        """FFmpeg's name of the pixels."""
        return PIXELS[self.samples]

    def line(self) -> bytes:
        """The header as it is written, with the end of its line."""
        rate, aspect = self.rate or Fraction(0), self.aspect or Fraction(0)
        words = [
            f"W{self.width} H{self.height}",
            f"F{rate.numerator}:{rate.denominator if rate else 0}",
            f"I{self.interlacing}",
            f"A{aspect.numerator}:{aspect.denominator if aspect else 0}",
            f"C{self.samples}",
        ]
        if self.pixels.startswith("yuv") and self.pixels.endswith("le"):
            # Older readers know deeper samples by this word only.
            words.append(f"XYSCSS={self.samples.upper()}")
        words += [f"XCOLORRANGE={word}" for word, code in RANGES.items() if code == self.range]
        return MAGIC + b" " + " ".join(words).encode("ascii") + b"\n"


@dataclass(frozen=True)
class PipeFormat:
    """How pictures come through a pipe.

    Attributes:
        pixels: FFmpeg's name of the pixels.
        header: Header of the Y4M stream; None for raw planes.
    """

    pixels: str
    header: Y4mHeader | None


def parse_header(line: bytes) -> Y4mHeader:
    """Read a header.

    Args:
        line: The first line, without its end.

    Raises:
        UnreadableFileError: It is not one.
        UnsupportedFormatError: Samples that midframe does not know.
    """
    magic, *words = line.split(b" ")
    if magic != MAGIC:
        raise UnreadableFileError(
            "The input from the pipe is not Y4M. Use `-f yuv4mpegpipe` with ffmpeg, `-c y4m` with vspipe, or describe "
            "the input with `raw_input=1280x720:yuv420p:24`.",
            option="raw_input",
        )
    # A word may come twice, as comments and extensions (X) do; their meaning follows the X.
    found = {word[:1].decode("latin-1"): word[1:].decode("latin-1") for word in words if word and word[:1] != b"X"}
    extra = dict(word[1:].decode("latin-1").partition("=")[::2] for word in words if word[:1] == b"X")
    width, height = (_size(found.get(letter, "")) for letter in "WH")
    if not is_usable_size(width, height):
        raise UnreadableFileError(f"The pipe announces frames of {width}×{height} pixels, which is not a video.")
    samples = found.get("C", extra.get("YSCSS", "420")).lower()
    if samples not in PIXELS:
        raise UnsupportedFormatError(
            f"The pipe contains Y4M samples of type {samples!r}. Use one of {', '.join(PIXELS)}."
        )
    return Y4mHeader(
        width=width,
        height=height,
        samples=samples,
        rate=_ratio("frame rate", found.get("F", "")),
        aspect=_ratio("sample aspect ratio", found.get("A", "")),
        interlacing=found.get("I", "?")[:1] or "?",
        range=RANGES.get(extra.get("COLORRANGE", "").upper(), 0),
    )


def _size(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not 0 < int(text) < FULLEST_SIDE:
        raise UnreadableFileError(f"The Y4M header in the pipe has no usable size ({text or 'none'!r}).")
    return int(text)


def _ratio(what: str, text: str) -> Fraction | None:
    """A ratio such as "24000:1001"; None for "0:0" and where nothing is said."""
    above, colon, below = text.partition(":")
    if not text:
        return None
    if not (colon and text.isascii() and above.isdecimal() and below.isdecimal() and len(text) < 40):
        raise UnreadableFileError(f"The Y4M header in the pipe has a {what} that cannot be read: {text!r}.")
    if not (int(above) and int(below)):
        return None
    ratio = Fraction(int(above), int(below))
    if not is_usable_rate(ratio):
        raise UnreadableFileError(f"The Y4M header in the pipe has a {what} that is out of range: {text}.")
    return ratio
