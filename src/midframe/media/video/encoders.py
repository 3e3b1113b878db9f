"""How pictures are compressed: a table of codecs, and what is taken where nothing was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import av
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from midframe.errors import OptionError
from midframe.media.video.planes import layout_of, planar_name


@dataclass(frozen=True)
class EncodingOptions:
    """What a user may say about compression; None for the defaults.

    Attributes:
        codec: A name of `CODECS`, or of an FFmpeg encoder such as "h264_nvenc".
        quality: Constant quality on the codec's own scale; smaller is better, but for WebP, where 100 is lossless.
        preset: Speed against size, in the codec's own words.
        pixels: FFmpeg's name of a pixel format.
    """

    codec: str | None = None
    quality: int | None = None
    preset: str | None = None
    pixels: str | None = None


@dataclass(frozen=True)
class CodecRow:
    """One codec.

    Attributes:
        encoder: FFmpeg's encoder.
        quality: Option that takes the quality; None where there is none.
        default: Its default here: no loss that is seen at normal distance.
        preset: Option that takes the preset; None where there is none.
        options: Always given.
    """

    encoder: str
    quality: str | None = None
    default: int | None = None
    preset: str | None = None
    options: dict[str, str] = field(default_factory=dict)


CODECS = {
    "h264": CodecRow("libx264", "crf", 18, "preset"),
    "h265": CodecRow("libx265", "crf", 20, "preset", {"x265-params": "log-level=error"}),
    "av1": CodecRow("libsvtav1", "crf", 25, "preset"),
    "vp9": CodecRow("libvpx-vp9", "crf", 24, "cpu-used", {"b": "0", "row-mt": "1"}),
    "prores": CodecRow("prores_ks", None, None, None, {"vendor": "apl0"}),
    "ffv1": CodecRow("ffv1", None, None, None, {"level": "3", "slicecrc": "1"}),
    # Writing only what changed goes wrong where palettes differ or pixels become transparent: colours of before stay.
    "gif": CodecRow("gif", options={"gifflags": "-offsetting-transdiff", "global_palette": "0"}),
    "webp": CodecRow("libwebp_anim", "quality", 85, "compression_level"),
    "apng": CodecRow("apng", None, None, "compression_level", {"compression_level": "3"}),
}
"""By the names that users give."""

ANIMATION_PIXELS = {
    "gif": ("pal8",),
    "webp": ("bgra",),
    "apng": ("rgb24", "rgba", "gray", "rgb48be", "rgba64be", "gray16be"),
}
"""What codecs of animations take without being asked; all of it R, G, B or grey in full range."""

FLAT_SOURCES = frozenset({"gif", "apng", "png"})
"""Compression of sources that are without loss, and drawn rather than filmed: WebP stays lossless."""

LOSSLESS_WEBP = 100
"""Quality that stands for no loss at all."""

EVEN_ONLY = frozenset({"libx264", "libx265", "libsvtav1"})
"""Encoders that take no odd sizes where pixels share chroma."""

OTHER_NAMES = {
    **{row.encoder: name for name, row in CODECS.items()},
    "hevc": "h265",
    "x264": "h264",
    "x265": "h265",
    "avc": "h264",
}


@dataclass(frozen=True)
class Container:
    """A file format for video.

    Attributes:
        format: FFmpeg's muxer.
        codecs: Names of `CODECS` that it usually holds, its default for 8 bits first.
        options: For the muxer, to leave a file that plays if the process dies.
        chunk: Option of the muxer that says how much it gathers before it writes, in units of `chunk_unit`; None where
            it writes at once.
        chunk_unit: Seconds.
        tick: Seconds that it counts time in; None where the exact unit fits.
        least: Ticks that players show a frame at least.
        animation: Pictures only, of one codec, in RGB of full range.
    """

    format: str
    codecs: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)
    chunk: str | None = None
    chunk_unit: Fraction = Fraction(1)
    tick: Fraction | None = None
    least: int = 1
    animation: bool = False


# Nothing waits for other streams, as everything is handed over in the order of time; and what is written is flushed.
_AT_ONCE = {"max_interleave_delta": "1", "flush_packets": "1"}
# The file is a chain of fragments while it grows, and an ordinary file with an index once it is closed.
_MP4 = ({"movflags": "hybrid_fragmented+delay_moov+frag_keyframe", **_AT_ONCE}, "frag_duration", Fraction(1, 1_000_000))
_MATROSKA = (_AT_ONCE, "cluster_time_limit", Fraction(1, 1000))

CONTAINERS = {
    ".mp4": Container("mp4", ("h264", "h265", "av1", "vp9"), *_MP4),
    ".m4v": Container("mp4", ("h264", "h265"), *_MP4),
    ".mov": Container("mov", ("h264", "h265", "prores"), *_MP4),
    ".mkv": Container("matroska", ("h264", "h265", "av1", "vp9", "ffv1", "prores"), *_MATROSKA),
    ".webm": Container("webm", ("vp9", "av1"), *_MATROSKA),
    # A frame of less than two hundredths is shown for ten of them.
    ".gif": Container("gif", ("gif",), tick=Fraction(1, 100), least=2, animation=True),
    ".webp": Container("webp", ("webp",), tick=Fraction(1, 1000), animation=True),
    ".apng": Container("apng", ("apng",), animation=True),
}
"""By suffix in lower case."""


@dataclass(frozen=True)
class Encoding:
    """A checked choice.

    Attributes:
        container: The file format.
        encoder: FFmpeg's encoder.
        pixels: FFmpeg's pixel format, planar or what the encoder takes.
        options: For the encoder.
        tag: Four-character code that players expect, or None for the container's own choice.
    """

    container: Container
    encoder: str
    pixels: str
    options: dict[str, str]
    tag: str | None = None


def choose_encoding(suffix: str, source_codec: str | None, source_pixels: str, options: EncodingOptions) -> Encoding:
    """Decide how pictures are compressed.

    Where nothing is asked for: ProRes and FFV1 stay what they are; else H.264, or H.265 where there are more than 8
    bits; VP9 in WebM. GIF, WebP and APNG have one codec each. Depth, chroma resolution and alpha are kept where the
    codec can; RGB becomes 4:2:0, but in FFV1 and in animations.

    Args:
        suffix: Of the file, such as ".mp4".
        source_codec: FFmpeg's name of the source's compression; None for pictures.
        source_pixels: FFmpeg's pixel format of what comes.
        options: What the user asks for.

    Raises:
        OptionError: An unknown codec, pixel format or container, or ones that do not go together.
    """
    container = CONTAINERS.get(suffix.lower())
    if container is None:
        raise OptionError(
            f"{suffix or 'A name without a suffix'} is not a video format that midframe writes. Use one of "
            f"{', '.join(CONTAINERS)}.",
            option="output",
        )
    name = options.codec or _default_codec(container, source_codec, source_pixels)
    name = OTHER_NAMES.get(name.lower(), name.lower())
    if (container.animation or name in ANIMATION_PIXELS) and name not in container.codecs:
        held = " or ".join(container.codecs)
        raise OptionError(f"A file that ends in {suffix} holds {held}, not {name}. Leave `codec` out.", option="codec")
    row = CODECS.get(name) or CodecRow(name, "cq" if name.endswith("_nvenc") else None, None, "preset")
    formats = [
        each
        for each in _pixel_formats(name, row.encoder)
        # VP9 keeps alpha in a second stream of packets, for which only these have a place.
        if name != "vp9" or container.format in ("matroska", "webm") or not each.startswith("yuva")
    ]
    pixels = _choose_pixels(formats, source_pixels, options.pixels, name)
    given = dict(row.options)
    if options.quality is not None and row.quality is None:
        raise OptionError(f"`crf` has no meaning for {name}.", option="crf")
    quality = row.default if options.quality is None else options.quality
    if row.quality is not None and quality is not None:
        given[row.quality] = str(quality)
    if options.preset is not None:
        if row.preset is None:
            raise OptionError(f"`preset` has no meaning for {name}.", option="preset")
        given[row.preset] = options.preset
    if name == "webp" and (quality == LOSSLESS_WEBP or (options.quality is None and source_codec in FLAT_SOURCES)):
        given = given | {"lossless": "1", row.quality or "": "75"}
    if row.encoder == "prores_ks":
        given["profile"] = "4" if "444" in pixels else "3"
    tag = "hvc1" if row.encoder == "libx265" and container.format in ("mp4", "mov") else None
    return Encoding(container, row.encoder, pixels, given, tag)


def encoded_size(encoding: Encoding, width: int, height: int) -> tuple[int, int]:
    """Width and height that an encoder takes for pictures of a size: even ones, where it insists on it."""
    layout = layout_of(planar_name(encoding.pixels))
    if encoding.encoder not in EVEN_ONLY and not encoding.encoder.endswith("_nvenc"):
        return width, height
    return width + -width % layout.across, height + -height % layout.down


def make_encoder(encoding: Encoding, width: int, height: int, unit: Fraction, rate: Fraction) -> VideoCodecContext:
    """An encoder that is ready to open."""
    context = CodecContext.create(encoding.encoder, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = encoding.pixels
    context.time_base = unit
    context.framerate = rate
    context.options = dict(encoding.options)
    return context


def check_encoder(encoding: Encoding, width: int, height: int, unit: Fraction, rate: Fraction) -> None:
    """Open an encoder and let it go again.

    Raises:
        OptionError: It refuses its options or the size of the pictures.
    """
    try:
        make_encoder(encoding, width, height, unit, rate).open()
    except (av.FFmpegError, ValueError) as error:
        chosen = " ".join(f"{key}={value}" for key, value in encoding.options.items())
        raise OptionError(
            f"The encoder {encoding.encoder} does not take {width}×{height} pixels of {encoding.pixels} with "
            f"{chosen or 'its defaults'}: {error}. Choose others with `codec`, `pix_fmt`, `preset` or `crf`.",
            option="codec",
        ) from error


def _default_codec(container: Container, source_codec: str | None, pixels: str) -> str:
    if source_codec in ("prores", "ffv1") and source_codec in container.codecs:
        return source_codec
    layout = layout_of(planar_name(pixels))
    if layout.alpha and not layout.rgb:
        for name in ("vp9",) if container.format == "webm" else ("prores", "ffv1"):
            if name in container.codecs:
                return name
    first = container.codecs[0]
    deeper = {"h264": "h265", "vp9": "av1"}
    return deeper.get(first, first) if layout.bits > 8 else first


def _pixel_formats(name: str, encoder: str) -> list[str]:
    try:
        codec = Codec(encoder, "w")
    except UnknownCodecError as error:
        raise OptionError(
            f"There is no codec {name!r} here. Use one of {', '.join(CODECS)}.", option="codec"
        ) from error
    if codec.type != "video" or not codec.video_formats:
        raise OptionError(
            f"{name!r} is not a video codec that midframe can write with. Use one of {', '.join(CODECS)}.",
            option="codec",
        )
    return [pixel_format.name for pixel_format in codec.video_formats]


def _choose_pixels(formats: list[str], source: str, wanted: str | None, codec: str) -> str:
    # Full range is a tag of its own; the old names for it are left out.
    plain = [name for name in formats if not name.startswith("yuvj")]
    if wanted is not None:
        if wanted not in plain:
            raise OptionError(
                f"{codec} does not take the pixel format {wanted!r}. It takes {', '.join(plain)}.", option="pix_fmt"
            )
        return wanted
    if source in plain and _is_usual(source, codec):
        return source
    given = layout_of(planar_name(source))
    coarse = given.rgb or len(given.planes) < 3

    def loss(name: str) -> tuple[int, ...]:
        # What is lost counts before what is wasted, and alpha before depth before RGB before chroma.
        found = layout_of(planar_name(name))
        # RGB and grey have no chroma planes to keep; 4:2:0 is what players expect.
        down, across = (2, 2) if coarse and not found.rgb else (given.down, given.across)
        return (
            given.alpha and not found.alpha,
            len(found.planes) < 3 <= len(given.planes),
            max(0, given.bits - found.bits),
            given.rgb and not found.rgb,
            max(0, found.down - down) + max(0, found.across - across),
            found.rgb and not given.rgb,
            found.alpha and not given.alpha,
            max(0, down - found.down) + max(0, across - found.across),
            abs(found.bits - given.bits),
        )

    return min((name for name in plain if _is_usual(name, codec)), key=loss)


def _is_usual(name: str, codec: str) -> bool:
    """Whether a pixel format is taken without being asked for: players know it, and the encoder keeps its word."""
    if codec in ANIMATION_PIXELS:
        return name in ANIMATION_PIXELS[codec]
    if name.endswith(("f16le", "f32le")) or name in ("monow", "monob", "cuda", "vaapi", "qsv", "pal8"):
        return False
    layout = layout_of(planar_name(name))
    if layout.alpha:
        return codec in ("prores", "ffv1") or (name == "yuva420p" and codec == "vp9")
    return codec == "ffv1" or not layout.rgb
