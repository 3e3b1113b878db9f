"""How pictures are compressed: what was asked for, and what is taken where nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

import av
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from midframe.errors import OptionError
from midframe.media.video.codecs import (
    CONTAINERS,
    VIDEO_CODECS,
    CodecRow,
    Container,
    codec_of_stream,
    codec_to_write,
)
from midframe.media.video.planes import layout_of, planar_name
from midframe.text import quoted

MOST_BETWEEN = 3
"""Pictures between two others that encoders code by both of them, whatever the preset."""


@dataclass(frozen=True)
class EncodingOptions:
    """Options of compression; None for the defaults.

    Attributes:
        codec: A name of `VIDEO_CODECS`, or of an FFmpeg encoder such as "h264_nvenc".
        quality: Constant quality on the codec's own scale; smaller is better, but for WebP, where 100 is lossless.
        preset: Speed against size, in the codec's own words.
        pixels: FFmpeg's name of a pixel format.
    """

    codec: str | None = None
    quality: int | None = None
    preset: str | None = None
    pixels: str | None = None


@dataclass(frozen=True)
class Encoding:
    """A checked choice.

    Attributes:
        container: The file format.
        codec: Its row.
        pixels: FFmpeg's pixel format, planar or what the encoder takes.
        options: Options for the encoder.
        tag: Four-character code that players expect, or None for the container's own choice.
    """

    container: Container
    codec: CodecRow
    pixels: str
    options: Mapping[str, str]
    tag: str | None = None

    @property
    def encoder(self) -> str:
        """FFmpeg's encoder."""
        return self.codec.encoder

    @property
    def looks_ahead(self) -> bool:
        """Whether pictures may be coded by those after them."""
        preset = self.options.get(self.codec.preset or "")
        return self.codec.refers_forward and preset not in self.codec.plain_presets

    def flat(self, between: int) -> Encoding:
        """The encoding of videos with that many pictures between two source frames, none of which others refer to."""
        if not self.looks_ahead or not 1 < between <= MOST_BETWEEN:
            return self
        more = self.codec.flat_options.items()
        given = {name: ":".join(filter(None, [self.options.get(name), option])) for name, option in more}
        return replace(self, options=MappingProxyType({**self.options, **given}))

    @property
    def quality_words(self) -> str:
        """How good the pictures get, such as "CRF 18" or "lossless"; "" where the codec has no such setting."""
        row = self.codec
        if row.lossless or (row.lossless_options and row.lossless_options.items() <= self.options.items()):
            return "lossless"
        if row.quality is None or row.quality not in self.options:
            return ""
        return f"{'quality' if row.quality == 'quality' else row.quality.upper()} {self.options[row.quality]}"

    def played(self, plays: int, last: Fraction) -> Encoding:
        """The encoding of an animation with a container that says how it is played.

        Args:
            plays: How often; 0 for ever.
            last: Seconds that the last frame is shown.
        """
        assert self.container.play_options is not None
        options = MappingProxyType(dict(self.container.play_options(plays, last)))
        return replace(self, container=replace(self.container, options=options))


def check_options(options: EncodingOptions, suffix: str | None = None) -> None:
    """Check options of compression as far as that can be done before there are pictures.

    Args:
        options: What the user asks for.
        suffix: Suffix of the file; None where it is not known.

    Raises:
        OptionError: A codec that does not exist, or options that no codec in question takes.
    """
    if options == EncodingOptions():
        return
    container = CONTAINERS.get((suffix or "").lower())
    if options.codec is not None:
        rows = [codec_to_write(options.codec)]
    else:
        rows = [VIDEO_CODECS[name] for name in (VIDEO_CODECS if container is None else container.codecs)]
    refusals = [_refusal(row, options) for row in rows]
    if refusals[0] is not None and None not in refusals:
        raise refusals[0]


def _refusal(row: CodecRow, options: EncodingOptions) -> OptionError | None:
    """What is wrong with options for a codec; None if it takes them."""
    try:
        _require_fitting(row, options)
    except OptionError as error:
        return error
    return None


def _require_fitting(row: CodecRow, options: EncodingOptions) -> None:
    """Refuse a quality, a preset or pixels that a codec does not have.

    Raises:
        OptionError: One of these, or no such codec.
    """
    formats = _pixel_formats(row)
    if options.quality is not None:
        _require_quality(row, options.quality)
    if options.preset is not None:
        _require_preset(row, options.preset)
    if options.pixels is not None:
        _require_pixels(row, options.pixels, formats)


def _require_quality(row: CodecRow, quality: int) -> None:
    if row.quality is None:
        raise OptionError(f"`crf` has no meaning for {row.name}, which has no scale of quality.", option="crf")
    if row.scale is None or min(row.scale) <= quality <= max(row.scale):
        return
    best, worst = row.scale
    raise OptionError(
        f"`crf` of {row.name} goes from {best} (best) to {worst} (smallest file); {row.default} is the default. "
        f"{quality} is not on this scale.",
        option="crf",
    )


def _require_preset(row: CodecRow, preset: str) -> None:
    if row.preset is None:
        raise OptionError(f"`preset` has no meaning for {row.name}, which has no presets.", option="preset")
    if not row.presets or preset in row.presets:
        return
    if row.presets[0].isdecimal():
        known = f"{row.presets[0]} (slowest, smallest file) to {row.presets[-1]} (fastest)"
    else:
        known = f"{', '.join(row.presets)} (the fastest last)"
    raise OptionError(
        f"{row.name} has no preset {quoted(preset)}. Its presets are {known}. For a preset of midframe, "
        "use `preset_file`.",
        option="preset",
    )


def _require_pixels(row: CodecRow, pixels: str, formats: list[str]) -> None:
    known = _plain(formats)
    if pixels not in known:
        raise OptionError(
            f"{row.name} does not take the pixel format {quoted(pixels)}. It takes {', '.join(known)}.",
            option="pix_fmt",
        )


def choose_encoding(
    suffix: str, source_codec: str | None, source_pixels: str, options: EncodingOptions, *, opaque: bool = False
) -> Encoding:
    """Decide how pictures are compressed.

    Where nothing is asked for: ProRes and FFV1 stay what they are; else H.264, or H.265 where there are more than 8
    bits; VP9 in WebM; where there is alpha, a codec that keeps it. GIF, WebP and APNG have one codec each. Depth,
    chroma resolution and alpha are kept where the codec can; RGB becomes 4:2:0, but in FFV1 and in animations.

    Args:
        suffix: Suffix of the file, such as ".mp4".
        source_codec: FFmpeg's name of the source's compression; None for pictures.
        source_pixels: FFmpeg's pixel format of what comes.
        options: What the user asks for.
        opaque: Whether alpha, if there is any, is not a reason to choose a codec that keeps it.

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
    row = codec_to_write(options.codec or _default_codec(container, source_codec, source_pixels, opaque=opaque))
    name = row.name
    if (container.animation or row.animation) and name not in container.codecs:
        held = " or ".join(container.codecs)
        raise OptionError(f"A {suffix} file stores {held}, not {name}. Leave out `codec`.", option="codec")
    _require_fitting(row, options)
    holds_alpha = row.alpha_containers is None or container.format in row.alpha_containers
    formats = [known for known in _pixel_formats(row) if holds_alpha or not known.startswith("yuva")]
    pixels = _choose_pixels(formats, source_pixels, options.pixels, row)
    given = dict(row.options)
    quality = row.default if options.quality is None else options.quality
    if row.quality is not None and quality is not None:
        given[row.quality] = str(quality)
    if options.preset is not None and row.preset is not None:
        given[row.preset] = options.preset
    synthetic = options.quality is None and codec_of_stream(source_codec).synthetic
    if row.lossless_quality is not None and (synthetic or quality == row.lossless_quality):
        given |= row.lossless_options
    given |= next((more for part, more in row.pixel_options if part in pixels), {})
    return Encoding(container, row, pixels, MappingProxyType(given), row.tags.get(container.format))


def encoded_size(encoding: Encoding, width: int, height: int) -> tuple[int, int]:
    """Width and height that an encoder takes for pictures of a size: even ones, where it insists on it."""
    layout = layout_of(planar_name(encoding.pixels))
    if not encoding.codec.even_sizes:
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
        reason = error.strerror if isinstance(error, av.FFmpegError) else str(error)
        hardware = "" if encoding.codec.name in VIDEO_CODECS else " Encoders of hardware need their device and driver."
        raise OptionError(
            f"The encoder {encoding.encoder} does not take {width}×{height} pixels of {encoding.pixels} with "
            f"{chosen or 'its defaults'} ({reason}).{hardware} Choose others with `codec`, `pix_fmt`, `preset` or "
            "`crf`.",
            option="codec",
        ) from error


def _default_codec(container: Container, source_codec: str | None, pixels: str, *, opaque: bool) -> str:
    given = codec_of_stream(source_codec)
    if given.kept and given.name in container.codecs:
        return given.name
    layout = layout_of(planar_name(pixels))
    if layout.alpha and container.alpha_codecs and not opaque:
        exact = (name for name in container.alpha_codecs if layout.rgb and VIDEO_CODECS[name].takes_rgb)
        return next(exact, container.alpha_codecs[0])
    first = VIDEO_CODECS[container.codecs[0]]
    return first.deeper or first.name if layout.bits > 8 else first.name


def _pixel_formats(row: CodecRow) -> list[str]:
    name = row.name
    try:
        codec = Codec(row.encoder, "w")
    except UnknownCodecError as error:
        raise OptionError(
            f"The codec {quoted(name)} is not available. Use one of {', '.join(VIDEO_CODECS)}.", option="codec"
        ) from error
    if codec.type != "video" or not codec.video_formats:
        raise OptionError(
            f"{quoted(name)} is not a video codec that midframe can encode. Use one of {', '.join(VIDEO_CODECS)}.",
            option="codec",
        )
    return [pixel_format.name for pixel_format in codec.video_formats]


def _plain(formats: list[str]) -> list[str]:
    """Full range is a tag of its own; the old names for it are left out."""
    return [name for name in formats if not name.startswith("yuvj")]


def _choose_pixels(formats: list[str], source: str, wanted: str | None, row: CodecRow) -> str:
    plain = _plain(formats)
    if wanted is not None:
        _require_pixels(row, wanted, formats)
        return wanted
    if source in plain and _is_usual(source, row):
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

    return min((name for name in plain if _is_usual(name, row)), key=loss)


def _is_usual(name: str, row: CodecRow) -> bool:
    """Whether a pixel format is taken without being asked for: players know it, and the encoder keeps its word."""
    if row.usual_pixels is not None:
        return name in row.usual_pixels
    if name.endswith(("f16le", "f32le")) or name in ("monow", "monob", "cuda", "vaapi", "qsv", "pal8"):
        return False
    layout = layout_of(planar_name(name))
    if layout.alpha:
        return row.alpha_pixels is None or name in row.alpha_pixels
    return row.takes_rgb or not layout.rgb
