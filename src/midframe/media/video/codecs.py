"""The table of video codecs and containers: everything that is particular to one of them is a field of its row.

To add a codec, add a row to `VIDEO_CODECS` and its name to the containers that hold it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from midframe.media.video import h264_pictures, h265_pictures
from midframe.media.video.animations import (
    apng_options,
    cleared_gif,
    gif_options,
    timed_webp,
    webp_options,
)
from midframe.media.video.captions import with_av1_captions, with_h264_captions, with_h265_captions
from midframe.media.video.containers.mp4_length import state_length
from midframe.media.video.h264_fields import FieldPairs

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})

_MIRRORED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
"""Bytes with their bits in the opposite order: FFV1's CRC takes the highest bit first, zlib's the lowest."""

_FOOTER = 8
"""Bytes after a slice: its size in three, a status, and its CRC in four (RFC 9043, 4.9)."""


def ffv1_slices_are_whole(packet: bytes) -> bool:
    """Whether the CRC of every slice of an FFV1 frame is right (RFC 9043). False, too, for frames that carry none.

    The decoder conceals a damaged slice without reporting it, so checksums are compared here.
    """
    end = len(packet)
    while end > 0:
        size = int.from_bytes(packet[max(0, end - _FOOTER) : max(0, end - _FOOTER) + 3], "big") + _FOOTER
        if size > end:
            return False
        # With start value and final inversion undone, the CRC over a slice and its own CRC is 0.
        if zlib.crc32(packet[end - size : end].translate(_MIRRORED), 0xFFFFFFFF) != 0xFFFFFFFF:
            return False
        end -= size
    return len(packet) > 0


class SecondFields(Protocol):
    """Recognises the packets of a stream that hold the second field of a picture."""

    def is_second(self, packet: bytes | memoryview) -> bool:
        """Whether a packet, which must come in the file's order, completes the picture of the packet before."""
        ...


class ReplacedPicture(Protocol):
    """Puts a picture in the place of another one, so that all others stay what they are."""

    def __call__(self, head: bytes, old: bytes, new: bytes, *, last: bool) -> bytes | None:
        """A packet with the picture of another one.

        Args:
            head: What the encoder says before its packets; it is the same for both.
            old: The packet that is replaced.
            new: A key frame with the new picture.
            last: Whether all pictures that could refer to the old one are replaced too.

        Returns:
            The packet; None where other pictures refer to the old one, or where that is not known.
        """
        ...


@dataclass(frozen=True)
class CodecRow:
    """One codec.

    Attributes:
        name: Name that users give.
        encoder: FFmpeg's encoder; empty where the codec is only read.
        quality: Option that takes the quality; None if there is none.
        default: Its default here: no loss that is seen at normal distance.
        scale: Best and worst number of the quality; None where they are not known here.
        preset: Option that takes the preset; None if there is none.
        presets: All of them, the fastest last; empty where they are not known here.
        options: Always given.
        aliases: Other names, FFmpeg's name of the compression among them.
        deeper: Codec that is taken instead where there are more than 8 bits; None for this one.
        kept: Whether sources with this compression keep it without being asked.
        even_sizes: Whether the encoder takes no odd sizes where pixels share chroma.
        animation: Whether files with this compression are animations, which say how often they are played.
        usual_pixels: The pixel formats that are taken without being asked; None for those of the fields below.
        alpha_pixels: Pixel formats with alpha that are taken without being asked; None for all.
        takes_rgb: Whether RGB is taken without being asked.
        alpha_containers: Muxers that have a place for the alpha of this codec; None for all.
        binary_alpha: Whether pixels are either opaque or transparent.
        pixel_options: Options by a part of the pixel format's name; the first that fits is given.
        lossless_quality: Quality that stands for no loss at all; None if there is none.
        lossless_options: Given for that quality.
        lossless: Whether nothing is lost at any quality, of the pixels that it is given.
        synthetic: Whether sources with this compression are without loss, and made by programs rather than filmed:
            codecs with a `lossless_quality` then take it.
        tags: By muxer, four-character codes that players expect; elsewhere the container chooses.
        hdr_option: Option that takes mastering display and light level in x265's words; None if there is none.
        hdr_words: How that option calls the two.
        with_captions: Puts closed captions into a packet; None where there is no place for them.
        matroska_name: How Matroska calls the compression.
        packet_filter: FFmpeg's bit stream filter that undoes how containers pack packets; None where they do not.
        packet_check: Whether the checksums of a packet are right; None where the decoder reports damage itself.
        second_fields: From the parameter sets of a stream to what recognises, among its packets in order, those that
            complete the picture of the packet before; None where every packet holds a picture.
        packed: Whether packets may hold two pictures or none, so that only decoding shows which there are.
        parameter_sets: The units in a packet that say what is common to all pictures; None if there are none.
        replaced: Puts a picture in the place of one that no other picture refers to; see `ReplacedPicture`. None where
            pictures can only be replaced by coding those around them again.
        refers_forward: Whether a picture may be coded by those after it, so that no other refers to it.
        flat_options: With these, no other refers to any of several such pictures in a row, either.
        counts_runs: Whether the encoder ends long rows of such pictures without regard to what was wished, so that the
            pictures between rows must be wished to be others.
        plain_presets: Presets with which the encoder does not do that.
        alpha_decoder: Decoder that gives the alpha that WebM keeps next to the pictures; FFmpeg's own leaves it out.
        whole_encoder: Encoder that is taken instead for lossy pictures without alpha; None for the same.
    """

    name: str
    encoder: str = ""
    quality: str | None = None
    default: int | None = None
    scale: tuple[int, int] | None = None
    preset: str | None = None
    presets: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    aliases: tuple[str, ...] = ()
    deeper: str | None = None
    kept: bool = False
    even_sizes: bool = False
    animation: bool = False
    usual_pixels: tuple[str, ...] | None = None
    alpha_pixels: tuple[str, ...] | None = ()
    takes_rgb: bool = False
    alpha_containers: tuple[str, ...] | None = None
    binary_alpha: bool = False
    pixel_options: tuple[tuple[str, Mapping[str, str]], ...] = ()
    lossless_quality: int | None = None
    lossless_options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    lossless: bool = False
    synthetic: bool = False
    tags: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    hdr_option: str | None = None
    hdr_words: tuple[str, str] = ("hdr10=1:master-display", "max-cll")
    with_captions: Callable[[bytes, Sequence[bytes]], bytes] | None = None
    matroska_name: str | None = None
    packet_filter: str | None = None
    packet_check: Callable[[bytes], bool] | None = None
    second_fields: Callable[[bytes], SecondFields] | None = None
    packed: bool = False
    parameter_sets: Callable[[bytes], Sequence[bytes]] | None = None
    replaced: ReplacedPicture | None = None
    refers_forward: bool = False
    flat_options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    counts_runs: bool = False
    plain_presets: tuple[str, ...] = ()
    alpha_decoder: str | None = None
    whole_encoder: str | None = None


def by_itself(head: bytes, old: bytes, new: bytes, *, last: bool) -> bytes | None:  # noqa: ARG001 - of other codecs
    """The `ReplacedPicture` of codecs whose pictures are all coded by themselves."""
    return new


def _fixed(options: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(options))


_X_PRESETS = (
    *("placebo", "veryslow", "slower", "slow", "medium", "fast", "faster", "veryfast", "superfast", "ultrafast"),
)


def _numbers(first: int, last: int) -> tuple[str, ...]:
    step = 1 if first < last else -1
    return tuple(map(str, range(first, last + step, step)))


_ROWS = (
    CodecRow(
        "h264",
        "libx264",
        "crf",
        18,
        (0, 51),
        "preset",
        _X_PRESETS,
        # Captions are put into the packets here, where they can also be those of frames that are left out.
        _fixed({"a53cc": "0"}),
        aliases=("x264", "avc"),
        deeper="h265",
        even_sizes=True,
        hdr_option="x264-params",
        hdr_words=("mastering-display", "cll"),
        packet_filter="h264_mp4toannexb",
        second_fields=FieldPairs,
        with_captions=with_h264_captions,
        matroska_name="V_MPEG4/ISO/AVC",
        parameter_sets=h264_pictures.parameter_sets,
        replaced=h264_pictures.replaced_picture,
        refers_forward=True,
        flat_options=_fixed({"b-pyramid": "none"}),
        plain_presets=("ultrafast",),
    ),
    CodecRow(
        "h265",
        "libx265",
        "crf",
        20,
        (0, 51),
        "preset",
        _X_PRESETS,
        _fixed({"x265-params": "log-level=error", "a53cc": "0"}),
        aliases=("hevc", "x265"),
        even_sizes=True,
        tags=_fixed({"mp4": "hvc1", "mov": "hvc1"}),
        hdr_option="x265-params",
        packet_filter="hevc_mp4toannexb",
        with_captions=with_h265_captions,
        matroska_name="V_MPEGH/ISO/HEVC",
        parameter_sets=h265_pictures.parameter_sets,
        replaced=h265_pictures.replaced_picture,
        refers_forward=True,
        flat_options=_fixed({"x265-params": "b-pyramid=0"}),
        counts_runs=True,
    ),
    CodecRow(
        "av1",
        "libsvtav1",
        "crf",
        25,
        (0, 63),
        "preset",
        _numbers(0, 13),
        even_sizes=True,
        with_captions=with_av1_captions,
        matroska_name="V_AV1",
    ),
    CodecRow(
        "vp9",
        "libvpx-vp9",
        "crf",
        24,
        (0, 63),
        "cpu-used",
        _numbers(0, 8),
        _fixed({"b": "0", "row-mt": "1"}),
        deeper="av1",
        alpha_pixels=("yuva420p",),
        # Alpha is a second stream of packets, for which only these have a place.
        alpha_containers=("matroska", "webm"),
        alpha_decoder="libvpx-vp9",
        matroska_name="V_VP9",
    ),
    CodecRow(
        "prores",
        "prores_ks",
        options=_fixed({"vendor": "apl0"}),
        kept=True,
        alpha_pixels=None,
        pixel_options=(("444", _fixed({"profile": "4"})), ("", _fixed({"profile": "3"}))),
        matroska_name="V_PRORES",
        replaced=by_itself,
    ),
    CodecRow(
        "ffv1",
        "ffv1",
        # Every picture by itself: one that is damaged or replaced concerns no other. It costs 1 to 2% of the size.
        options=_fixed({"level": "3", "slicecrc": "1", "g": "1"}),
        kept=True,
        alpha_pixels=None,
        takes_rgb=True,
        lossless=True,
        packet_check=ffv1_slices_are_whole,
        matroska_name="V_FFV1",
        replaced=by_itself,
    ),
    CodecRow(
        "gif",
        "gif",
        # Writing only what changed goes wrong where palettes differ or pixels become transparent: colours of before
        # stay.
        options=_fixed({"gifflags": "-offsetting-transdiff", "global_palette": "0"}),
        animation=True,
        usual_pixels=("pal8",),
        binary_alpha=True,
        synthetic=True,
    ),
    CodecRow(
        "webp",
        "libwebp_anim",
        # The other one leaves out small changes between frames, which add up: at quality 40, the 91st frame of a clip
        # was 13 dB worse than by itself. This one has no place for what becomes transparent.
        whole_encoder="libwebp",
        quality="quality",
        default=85,
        scale=(100, 0),
        preset="compression_level",
        presets=_numbers(6, 0),
        animation=True,
        usual_pixels=("bgra",),
        lossless_quality=100,
        lossless_options=_fixed({"lossless": "1", "quality": "75"}),
    ),
    CodecRow(
        "apng",
        "apng",
        preset="compression_level",
        presets=_numbers(9, 0),
        options=_fixed({"compression_level": "3"}),
        animation=True,
        usual_pixels=("rgb24", "rgba", "gray", "rgb48be", "rgba64be", "gray16be"),
        lossless=True,
        synthetic=True,
    ),
)

_READ_ONLY = (
    CodecRow("vp8", alpha_decoder="libvpx"),
    CodecRow("png", synthetic=True),
    CodecRow("mpeg4", packed=True),
)
"""Compression of sources that nothing is written with."""

VIDEO_CODECS: Mapping[str, CodecRow] = MappingProxyType({row.name: row for row in _ROWS})
"""Codecs that can be written, by the names that users give. Pixels of animations are R, G, B or grey of full range."""

_BY_ANY_NAME = {
    name: row for row in (*_ROWS, *_READ_ONLY) for name in dict.fromkeys((row.name, row.encoder, *row.aliases)) if name
}


def codec_to_write(name: str) -> CodecRow:
    """The row of a codec, or one made for an FFmpeg encoder of that name, such as "h264_nvenc"."""
    row = _BY_ANY_NAME.get(name.lower())
    if row is not None and row.encoder:
        return row
    nvenc = name.lower().endswith("_nvenc")
    return CodecRow(name.lower(), name.lower(), "cq" if nvenc else None, preset="preset", even_sizes=nvenc)


def codec_of_stream(name: str | None) -> CodecRow:
    """The row of a source's compression by FFmpeg's name; one without capabilities where it is unknown."""
    return _BY_ANY_NAME.get(name or "") or CodecRow(name or "")


_LABELS = _fixed(
    {
        "h264": "H.264",
        "h265": "H.265",
        "av1": "AV1",
        "vp8": "VP8",
        "vp9": "VP9",
        "prores": "ProRes",
        "ffv1": "FFV1",
        "mpeg1video": "MPEG-1",
        "mpeg2video": "MPEG-2",
        "mpeg4": "MPEG-4",
        "mjpeg": "Motion JPEG",
        "dnxhd": "DNxHD",
        "gif": "GIF",
        "webp": "WebP",
        "apng": "APNG",
        "png": "PNG",
        "rawvideo": "uncompressed",
        "qtrle": "QuickTime Animation",
        "dvvideo": "DV",
        "wmv3": "WMV 9",
        "huffyuv": "HuffYUV",
        "utvideo": "Ut Video",
    }
)


def codec_label(name: str | None) -> str:
    """What people call a compression, by FFmpeg's name: "H.265" for "hevc"; the name itself where it is rare."""
    row = codec_of_stream(name)
    return _LABELS.get(row.name, row.name)


@dataclass(frozen=True)
class Container:
    """A file format for video.

    Attributes:
        format: FFmpeg's muxer.
        codecs: Names of `VIDEO_CODECS` that it usually holds, its default for 8 bits first.
        options: Options for the muxer, to leave a file that plays if the process dies.
        chunk: Option of the muxer that says how much it gathers before it writes, in units of `chunk_unit`; None where
            it writes at once.
        chunk_unit: Seconds.
        text: FFmpeg's encoder for subtitles that are text; None where it has none.
        alpha_codecs: Names of codecs for pictures with alpha, the best first.
        tick: Seconds that it counts time in; None where the exact unit fits.
        least: Ticks that players show a frame at least.
        longest: Seconds that a frame can be shown at most; None for no bound.
        timescale: Ticks a second at least that it counts time in, where a frame's must fit into 31 bits; None for no
            such bound.
        animation: Pictures only, of one codec, in RGB of full range.
        label: What people call an animation.
        play_options: For the muxer of an animation, from how often it is played (0 for ever) and the seconds that the
            last frame is shown.
        finish_packet: What an animation's encoder leaves open in a packet: the packet's bytes and the duration of
            everything so far, in ticks, to the complete bytes; None where nothing is left open.
        edit_unit: Option of the muxer that says in how many parts of a second beginnings and lengths of streams count.
        state_length: Lets a complete file state when its pictures end, in seconds; None where the muxer does so.
    """

    format: str
    codecs: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    chunk: str | None = None
    chunk_unit: Fraction = Fraction(1)
    alpha_codecs: tuple[str, ...] = ()
    text: str | None = None
    tick: Fraction | None = None
    least: int = 1
    longest: Fraction | None = None
    timescale: int | None = None
    animation: bool = False
    label: str = ""
    play_options: Callable[[int, Fraction], Mapping[str, str]] | None = None
    finish_packet: Callable[[bytes, int], bytes] | None = None
    edit_unit: str | None = None
    state_length: Callable[[Path, Fraction], None] | None = None


# Nothing waits for other streams, as everything is handed over in the order of time; and what is written is flushed.
_AT_ONCE = _fixed({"max_interleave_delta": "1", "flush_packets": "1"})
# FFmpeg doubles the denominator of the time unit until it is at least this.
_TIMESCALE = 10_000
_MATROSKA = (_AT_ONCE, "cluster_time_limit", Fraction(1, 1000))


def _mp4(muxer: str, codecs: tuple[str, ...], alpha_codecs: tuple[str, ...] = ()) -> Container:
    """A chain of fragments while it grows, and an ordinary file with an index once it is closed."""
    return Container(
        muxer,
        codecs,
        # Marks of 360° and 3D pictures count as unofficial.
        _fixed({"movflags": "hybrid_fragmented+delay_moov+frag_keyframe", "strict": "unofficial", **_AT_ONCE}),
        "frag_duration",
        Fraction(1, 1_000_000),
        alpha_codecs,
        timescale=_TIMESCALE,
        edit_unit="movie_timescale",
        state_length=state_length,
        text="mov_text",
    )


CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {
        ".mp4": _mp4("mp4", ("h264", "h265", "av1", "vp9")),
        ".m4v": _mp4("mp4", ("h264", "h265")),
        ".mov": _mp4("mov", ("h264", "h265", "prores"), ("prores",)),
        ".mkv": Container(
            "matroska",
            ("h264", "h265", "av1", "vp9", "ffv1", "prores"),
            *_MATROSKA,
            alpha_codecs=("prores", "ffv1"),
            text="subrip",
        ),
        ".webm": Container("webm", ("vp9", "av1"), *_MATROSKA, alpha_codecs=("vp9",), text="webvtt"),
        ".gif": Container(
            "gif",
            ("gif",),
            # A frame of less than two hundredths is shown for ten of them.
            tick=Fraction(1, 100),
            least=2,
            longest=Fraction((1 << 16) - 1, 100),
            animation=True,
            label="GIF",
            play_options=gif_options,
            finish_packet=cleared_gif,
        ),
        ".webp": Container(
            "webp",
            ("webp",),
            tick=Fraction(1, 1000),
            longest=Fraction((1 << 24) - 1, 1000),
            animation=True,
            label="WebP",
            play_options=webp_options,
            finish_packet=timed_webp,
        ),
        ".apng": Container(
            "apng",
            ("apng",),
            longest=Fraction((1 << 16) - 1),
            animation=True,
            label="APNG",
            play_options=apng_options,
        ),
    }
)
"""Containers by suffix in lower case."""


def animation_label(muxer: str) -> str | None:
    """What people call the files of FFmpeg's muxer if it writes animations; None if it does not."""
    found = (container for container in CONTAINERS.values() if container.format == muxer and container.animation)
    return next((container.label for container in found), None)
