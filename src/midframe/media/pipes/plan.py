"""The plan of an output into a pipe; made and checked before any work."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from av.video.format import VideoFormat

from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.pipes.raw import check_raw_pixels
from midframe.media.pipes.sink import PipeSink
from midframe.media.pipes.streams import PIPE
from midframe.media.pipes.y4m import NAMES, PIXELS, Y4mHeader
from midframe.media.protocols import NOTHING, EarlierOutput, FrameInput, OutputPlan
from midframe.media.video.codecs import NO_OPTIONS, CodecRow, Container
from midframe.media.video.container import open_input
from midframe.media.video.planes import FULL_RANGE, RGB_PIXELS, layout_of, planar_name
from midframe.media.video.stream_info import BT709, ColourTags, VideoStreamInfo
from midframe.media.video.writing.encoders import Encoding, EncodingOptions
from midframe.media.ycbcr import MATRICES, default_matrix
from midframe.types import FrameFormat


@dataclass(frozen=True)
class PipeRequest:
    """Requirements of a job on a pipe.

    Attributes:
        stream: Where the bytes go.
        raw: Whether planes go without a header and lines between them.
        rate: Output frames per second; None where that is not constant.
        encoding: Options of compression; only pixels have a meaning.
    """

    stream: BinaryIO
    raw: bool
    rate: Fraction | None
    encoding: EncodingOptions


@dataclass(frozen=True, kw_only=True)
class PipePlan(OutputPlan):
    """Frames through a pipe.

    Attributes:
        stream: Where the bytes go.
        format: What the frames are.
        video_info: Stream information of the source where that is a video, else None.
        pixels: FFmpeg's name of the pixels that go out.
        header: Header of the Y4M stream; None for raw planes.
        remarks: What is lost and not stated; see `notes`.
    """

    stream: BinaryIO = field(compare=False, repr=False)
    format: FrameFormat
    video_info: VideoStreamInfo | None
    pixels: str
    header: Y4mHeader | None
    remarks: tuple[str, ...]
    path: Path = Path(PIPE)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return self.remarks

    @property
    def kind(self) -> str:
        """See `OutputPlan.kind`."""
        return "raw planes" if self.header is None else "Y4M"

    @property
    def is_timed(self) -> bool:
        """Always: programs that take frames play them at a rate."""
        return True

    @property
    def fills_disk(self) -> bool:
        """Never: what the receiving program does with the frames is not known."""
        return False

    @property
    def status_message(self) -> str:
        """See `OutputPlan.status_message`."""
        return "The frames finished so far went through the pipe."

    def open_sink(self, earlier: EarlierOutput = NOTHING) -> PipeSink:
        """See `OutputPlan.open_sink`. A pipe cannot be resumed."""
        assert not earlier.frames
        return PipeSink(self)

    @property
    def settings(self) -> dict[str, object]:
        """What decides what goes out, in types that JSON has."""
        return {"format": "raw" if self.header is None else "Y4M", "pixels": self.pixels}

    @property
    def encoding(self) -> Encoding:
        """None, in the words of the encoders' table."""
        return Encoding(Container("rawvideo", ()), CodecRow("rawvideo", "rawvideo"), self.pixels, NO_OPTIONS)

    @property
    def keeps_rgb(self) -> bool:
        """Whether the output's pixels are RGB."""
        return VideoFormat(self.pixels).is_rgb

    @property
    def colour(self) -> ColourTags:
        """What is known of the output's colours: what the source says; BT.709 where RGB was converted."""
        return _colour(self.format, self.video_info, self.pixels)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return self.format.width, self.format.height

    def planned_names(self) -> tuple[str, str]:
        """What goes out, twice: first and last frame go the same way."""
        name = f"raw {self.pixels}" if self.header is None else f"Y4M {self.header.samples}"
        return name, name


def plan_pipe(source: FrameInput, count: int | None, request: PipeRequest) -> PipePlan:
    """Choose what goes through the pipe.

    Raises:
        OptionError: Options that a pipe cannot follow, pixels that it cannot have, no constant rate.
        UnsupportedFormatError: Frames that programs that play videos cannot show, such as floating point.
    """
    options = request.encoding
    if options != EncodingOptions(pixels=options.pixels):
        raise OptionError(
            "The output of a pipe is not compressed, so `codec`, `crf` and `preset` cannot be used.", option="codec"
        )
    if request.rate is None:
        raise OptionError(
            "The input has a variable frame rate, and a pipe has a single one: give `vfr=even` for the mean rate, or "
            "`fps`.",
            option="vfr",
        )
    video_info, piped = source.video_info, source.pipe_format
    frame_format = source.format
    given = video_info.layout.name if video_info else RGB_PIXELS.get((frame_format.dtype.name, frame_format.channels))
    if given is None:
        raise UnsupportedFormatError(
            f"A pipe cannot transport {frame_format}. Write an image sequence: give a folder as output."
        )
    if request.raw:
        same = piped.pixels if piped is not None and not piped.pixels.startswith("yuvj") else given
        pixels, header = options.pixels or same, None
        check_raw_pixels(pixels)
    else:
        pixels = options.pixels or nearest_y4m(given)
        if pixels not in NAMES:
            raise OptionError(
                f"Y4M cannot store {pixels!r}. It stores {', '.join(NAMES)}; `raw_output` supports others.",
                option="pix_fmt",
            )
        header = _header(source, video_info, pixels, request.rate)
    notes = [*_losses(given, pixels, raw=request.raw), *_unsaid(source, video_info, pixels)]
    if request.raw:
        size = f"{frame_format.width}x{frame_format.height}"
        notes.append(f"Raw planes have no header; they are {size}, {pixels}, {request.rate} frames per second.")
    return PipePlan(
        stream=request.stream,
        count=count,
        format=frame_format,
        video_info=video_info,
        pixels=pixels,
        header=header,
        remarks=tuple(notes),
    )


def nearest_y4m(pixels: str) -> str:
    """The pixels that Y4M has for those of a planar format, or of pictures: the same, or what holds most of them."""
    if pixels in NAMES:
        return pixels
    layout = layout_of(planar_name(pixels))
    depth = next(bits for bits in (8, 9, 10, 12, 14, 16) if layout.bits <= bits)
    ending = "" if depth == 8 else f"{depth}le"
    colours = len(layout.planes) - layout.alpha
    if colours == 1:
        return f"gray{ending}"
    sampling = {(2, 2): "420", (1, 2): "422"}.get((layout.down, layout.across), "444")
    return f"yuv{'444' if layout.rgb else sampling}p{ending}"


def _header(source: FrameInput, video_info: VideoStreamInfo | None, pixels: str, rate: Fraction) -> Y4mHeader:
    came = source.pipe_format.header if source.pipe_format is not None else None
    return Y4mHeader(
        width=source.format.width,
        height=source.format.height,
        samples=came.samples if came and PIXELS[came.samples] == pixels else NAMES[pixels],
        rate=rate,
        aspect=(came.aspect if came else video_info.aspect if video_info else None) or (None if came else Fraction(1)),
        interlacing=came.interlacing if came else "p",
        range=_colour(source.format, video_info, pixels).range,
    )


def _colour(frame_format: FrameFormat, video_info: VideoStreamInfo | None, pixels: str) -> ColourTags:
    if video_info is not None and (not video_info.layout.rgb or VideoFormat(pixels).is_rgb):
        return video_info.colour
    grey_picture = video_info is None and frame_format.channels == 1
    return ColourTags(1, 1, 1, FULL_RANGE) if grey_picture else BT709


def _losses(given: str, pixels: str, *, raw: bool) -> tuple[str, ...]:
    source_layout, output_layout = layout_of(planar_name(given)), layout_of(planar_name(pixels))
    lost = ["alpha is left out"] if source_layout.alpha and not output_layout.alpha else []
    if output_layout.bits < source_layout.bits:
        lost.append(f"{output_layout.bits} of {source_layout.bits} bits are kept")
    if source_layout.rgb and not output_layout.rgb:
        lost.append("RGB becomes BT.709 in limited range")
    if not output_layout.rgb and not source_layout.rgb and len(source_layout.planes) > 2:
        if len(output_layout.planes) < 3:
            lost.append("colours are left out")
        elif (source_layout.down, source_layout.across) < (output_layout.down, output_layout.across):
            lost.append("chroma resolution is reduced")
    if not lost:
        return ()
    way = "Choose other pixels with `pix_fmt`" if raw else "`raw_output` keeps the pixels unchanged"
    return (f"In {pixels}, {' and '.join(lost)}. {way}.",)


def _unsaid(source: FrameInput, video_info: VideoStreamInfo | None, pixels: str) -> tuple[str, ...]:
    """What a pipe has no words for."""
    if source.video_file is None or video_info is None:
        return ()
    lost = []
    with open_input(source.video_file) as container:
        kinds = {stream.type for stream in container.streams} - {"video", "data", "attachment"}
    if kinds:
        lost.append(f"{' and '.join(sorted(kinds))} streams")
    if video_info.display_matrix is not None:
        lost.append("the rotation")
    if video_info.mastering is not None or video_info.light_level is not None:
        lost.append("HDR light levels")
    layout = layout_of(planar_name(pixels))
    named = MATRICES.get(video_info.colour.matrix)
    if not layout.rgb and named not in (None, default_matrix(source.format.width, source.format.height)):
        lost.append(f"the colour matrix ({named.upper()})" if named else "")
    return (f"A pipe transports only pictures; left out: {', '.join(lost)}.",) if lost else ()
