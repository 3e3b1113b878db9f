"""The plan of an output as a video; made and checked before any work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from pathlib import Path

from midframe.atomic import special_kind, temporary_path
from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.facts import MediaFacts, Sound
from midframe.media.file_plan import FilePlan
from midframe.media.protocols import NOTHING, EarlierOutput, FrameInput, Redo
from midframe.media.video.animations import FOREVER, times_played
from midframe.media.video.codecs import CONTAINERS, Container, codec_label, codec_of_stream
from midframe.media.video.containers.matroska_aspect import MATROSKA_FORMATS
from midframe.media.video.picture_size import is_usable_size
from midframe.media.video.planes import RGB_PIXELS, layout_of, planar_name
from midframe.media.video.stream_info import BT709, PLAIN_RGB, UNNAMED, ColourTags, VideoStreamInfo
from midframe.media.video.streams.chapters import TimeMap, chapters_note, mapped_chapters
from midframe.media.video.streams.passthrough import PassthroughPlan, plan_passthrough
from midframe.media.video.streams.sound_plan import SoundPlan, plan_sound
from midframe.media.video.streams.tags import FLAGS, KEYED_TAGS
from midframe.media.video.writing.encoders import (
    Encoding,
    EncodingOptions,
    check_encoder,
    choose_encoding,
    encoded_size,
)
from midframe.media.video.writing.file_fit import fitted_file
from midframe.media.video.writing.frame_timing import OutputTimes, left_out, longest_shown
from midframe.media.video.writing.inspection import holds_whole_video
from midframe.media.video.writing.redone import RedoneVideo, examine
from midframe.media.video.writing.sink import VideoSink
from midframe.media.video.writing.timecode import moved_timecode
from midframe.quantities import SLOWEST
from midframe.types import FrameFormat


@dataclass(frozen=True)
class VideoRequest:
    """Requirements of a job on a video output.

    Attributes:
        timing: When each frame is shown.
        encoding: Options of compression.
        copy_streams: Whether sound and so on can be copied: where time runs as it does in the source.
        whole: Whether the output has all of the source's time.
        stretch_sound: How much longer sound gets; None where it is copied or left out.
    """

    timing: OutputTimes
    encoding: EncodingOptions
    copy_streams: bool
    whole: bool
    stretch_sound: Fraction | None = None


CHUNK_FRAMES = 8
"""Frames that a container gathers before it writes them; what is lost of a file whose writer is killed, besides what
the encoder holds back."""

MILLISECOND = Fraction(1, 1000)
"""What Matroska counts time in."""

FAST = 200
"""Frames per second on average up to which none of them are looked at for being closer than that."""

LARGEST_OPTION = (1 << 31) - 1
"""What options of muxers, and durations of frames in MP4, can be."""

FINEST = Fraction(1, 1_000_000)
"""Time unit where the exact one does not fit into the 31 bits that containers have for it."""


@dataclass(frozen=True, kw_only=True)
class VideoPlan(FilePlan):
    """Frames as one video file.

    Attributes:
        format: What the frames are.
        video_info: Stream information of the source where that is a video, else None.
        encoding: How they are compressed.
        timing: When each is shown.
        passthrough: What is copied besides the pictures; None for nothing.
        whole: Whether the output has all of the source's time.
        sound: What is stretched besides the pictures; None for nothing.
        names_colours: Whether it says what its code values mean, besides their range.
        keeps_timecode: Whether the time code of the source is written.
        losses: Sentences about what the container does not hold.
    """

    format: FrameFormat
    video_info: VideoStreamInfo | None
    encoding: Encoding
    timing: OutputTimes
    passthrough: PassthroughPlan | None
    whole: bool
    sound: SoundPlan | None = None
    names_colours: bool = True
    keeps_timecode: bool = True
    losses: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """See `OutputPlan.kind`."""
        return codec_label(self.encoding.codec.name)

    def facts(self, frame_format: FrameFormat) -> MediaFacts:
        """See `OutputPlan.facts`."""
        width, height = self.size
        tracks = self.video_info.sound_tracks if self.video_info is not None else ()
        copied = [side.index for side in self.passthrough.streams if side.index in tracks] if self.passthrough else []
        made = self.sound.streams if self.sound is not None else ()
        sound_is: Sound = "copied"
        if made:
            sound_is = "encoded" if self.timing.stretch == 1 else "stretched"
        return replace(
            super().facts(frame_format),
            width=width,
            height=height,
            depth=f"{layout_of(planar_name(self.encoding.pixels)).bits} bit",
            quality=self.encoding.quality_words,
            sound=len(copied) + len(made),
            sound_is=sound_is,
        )

    @property
    def is_timed(self) -> bool:
        """Always."""
        return True

    @property
    def resumable(self) -> bool:
        """Whether the container takes packets of an earlier file; animations do not."""
        return not self.encoding.container.animation

    def whole_frames(self, earlier: EarlierOutput) -> int:
        """See `OutputPlan.whole_frames`. All or none: what is left of a damaged file is not put together again."""
        if special_kind(self.path) is not None:
            return 0
        whole = holds_whole_video(self.path, earlier.frames, decode=earlier.changed(self.path))
        return earlier.frames if whole else 0

    def open_redo(self, numbers: frozenset[int]) -> Redo:
        """See `OutputPlan.open_redo`."""
        if self.encoding.container.animation:
            return super().open_redo(numbers)
        segments = examine(self, numbers)
        beside = len(segments.needed - numbers)
        note = None
        if beside:
            note = (
                f"{beside} frames around those of the choices are encoded again too, as pictures of this video are "
                "coded by others."
            )
        return Redo(RedoneVideo(self, segments), segments.needed, note)

    def open_sink(self, earlier: EarlierOutput = NOTHING) -> VideoSink:
        """See `OutputPlan.open_sink`."""
        return VideoSink(self, earlier)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        notes = (*self._beside(), *self._losses(), *self._crowding())
        width, height = self.size
        if (width, height) != self._shown_size():
            note = (
                f"The video is {width}×{height}: the last column or row is repeated, because {self.encoding.pixels} "
                "needs even sizes. `pix_fmt=yuv444p` keeps the size."
            )
            return (*notes, note)
        return notes

    def _beside(self) -> tuple[str, ...]:
        """About sound and so on."""
        notes = [note for plan in (self.passthrough, self.sound) if plan is not None for note in plan.notes]
        if self.encoding.container.animation and self.video_info is not None:
            notes += self.video_info.picture_notes
        if self._turns_rarely_known:
            notes.append(
                f"The rotation is kept as a tag that some players of {self.path.suffix} ignore. All players rotate "
                ".mp4."
            )
        if self.video_info is not None and self.video_info.has_captions and self.encoding.codec.with_captions is None:
            notes.append(self.captions_note)
        if self.passthrough is not None and self.passthrough.chapters and self.timing.end is not None:
            times = TimeMap(self.timing.origin, self.timing.end, self.timing.stretch)
            chapters = self.passthrough.chapters
            notes += filter(None, [chapters_note(chapters, mapped_chapters(chapters, times))])
        return (*notes, *self.losses)

    def with_losses(self, *notes: str) -> VideoPlan:
        """The plan with more sentences about what the container does not hold."""
        return replace(self, losses=(*self.losses, *notes))

    def _losses(self) -> tuple[str, ...]:
        """What the output's pixels cannot hold."""
        layout = layout_of(planar_name(self.encoding.pixels))
        source = codec_of_stream(self.video_info.codec if self.video_info else None)
        coding = self.format.coding
        bits = coding.bits if coding else 8 * self.format.dtype.itemsize
        lost = [f"{layout.bits} of {bits} bits are kept"] if layout.bits < bits else []
        if self.format.alpha is not None and not layout.alpha:
            lost.append("alpha is left out")
        elif self.format.alpha is not None and self.encoding.codec.binary_alpha and not source.binary_alpha:
            lost.append("alpha becomes opaque or transparent")
        given = self.video_info.layout if self.video_info else None
        if (
            given
            and not given.rgb
            and len(given.planes) > 2
            and (given.down, given.across) < (layout.down, layout.across)
        ):
            lost.append("chroma resolution is reduced")
        from_rgb = given.rgb if given else self.format.channels > 2
        if from_rgb and not layout.rgb and (layout.down, layout.across) != (1, 1):
            lost.append("the colour resolution of the RGB input is reduced")
        if not lost:
            return ()
        fixed = self.encoding.codec.binary_alpha
        advice = "WebP and APNG keep alpha" if fixed else "Choose others with `codec` and `pix_fmt`"
        return (f"In {self.encoding.pixels}, {' and '.join(lost)}. {advice}.",)

    def _crowding(self) -> tuple[str, ...]:
        """Frames that come faster than the container can represent."""
        container = self.encoding.container
        if container.tick is None:
            return self._sharing()
        lost = left_out(self.timing, self.count, container.tick, container.least)
        if not lost:
            return ()
        most = 1 / (container.tick * container.least)
        note = (
            f"{self.path.suffix[1:].upper()} players show at most {most} frames per second: {lost} of {self.count} "
            f"frames are left out to keep the speed. `fps={most}` gives more even motion."
        )
        return (note,)

    def _sharing(self) -> tuple[str, ...]:
        """Frames that come so fast that several of them begin at the same time in the container."""
        if self.encoding.container.format not in MATROSKA_FORMATS or self.rate <= FAST:
            return ()
        shared = left_out(self.timing, self.count, MILLISECOND, 1)
        if not shared:
            return ()
        note = (
            f"{self.path.suffix[1:].upper()} files count milliseconds: {shared} of {self.count} frames have the same "
            "time as the previous frame, and players may skip them. MP4 and MOV keep all times."
        )
        return (note,)

    @property
    def _turns_rarely_known(self) -> bool:
        """Whether pictures are turned by a mark of Matroska, and were not before."""
        info = self.video_info
        return (
            info is not None
            and info.display_matrix is not None
            and self.encoding.container.format in MATROSKA_FORMATS
            and info.path.suffix.lower() not in (".mkv", ".webm")
        )

    @property
    def captions_note(self) -> str:
        """A sentence about closed captions that the output does not have."""
        return f"Left out the closed captions: {self.encoding.codec.name} cannot store them."

    @property
    def colour(self) -> ColourTags:
        """What the output says about its colours: what the source says; BT.709 where RGB was converted."""
        if self.encoding.container.animation:
            return PLAIN_RGB
        from_rgb = self.video_info is None or self.video_info.layout.rgb
        if not self.names_colours and self.video_info is not None:
            return replace(UNNAMED, range=self.video_info.colour.range)
        return BT709 if self.video_info is None or (from_rgb and not self.keeps_rgb) else self.video_info.colour

    @property
    def keeps_rgb(self) -> bool:
        """Whether the output's pixels are RGB."""
        return self.encoding.pixels.startswith(("gbr", "rgb", "bgr", "argb", "abgr", "pal"))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the encoded pictures."""
        return encoded_size(self.encoding, *self._shown_size())

    def _shown_size(self) -> tuple[int, int]:
        """Width and height of the frames; turned for display in animations, which cannot say how they are turned."""
        orientation = self.video_info.orientation if self.video_info is not None else None
        if orientation is None or not self.encoding.container.animation:
            return self.format.width, self.format.height
        return orientation.size(self.format.width, self.format.height)

    @property
    def unit(self) -> Fraction:
        """What the encoder counts time in."""
        if self.encoding.container.tick is not None:
            return self.encoding.container.tick
        exact = self.timing.unit
        return exact if max(exact.numerator, exact.denominator) < 1 << 31 else FINEST

    @property
    def mux_unit(self) -> Fraction:
        """What the container counts time in, if it can."""
        if self.encoding.container.tick is not None:
            return self.encoding.container.tick
        start = self.timing.time(0)
        both = Fraction(1, lcm(self.unit.denominator, start.denominator))
        return both if both.denominator < 1 << 31 else FINEST

    @property
    def rate(self) -> Fraction:
        """Mean frame rate, in numbers that containers hold."""
        return max(self.timing.mean_rate.limit_denominator(1_000_000), SLOWEST)

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the file is, in types that JSON has."""
        encoding = self.encoding
        return {
            "format": encoding.container.format,
            "encoder": encoding.encoder,
            "pixels": encoding.pixels,
            "options": dict(encoding.options),
            "start": str(self.timing.time(0)),
        }

    @property
    def container_options(self) -> dict[str, str]:
        """Options for the muxer."""
        container = self.encoding.container
        options = dict(container.options)
        if container.chunk is not None:
            options[container.chunk] = str(
                min(max(1, round(CHUNK_FRAMES / self.rate / container.chunk_unit)), LARGEST_OPTION)
            )
        if container.edit_unit is not None and self.mux_unit.denominator <= FINEST.denominator:
            # Edits count in this unit; thousandths, the muxer's own choice, would round them.
            options[container.edit_unit] = str(self.mux_unit.denominator)
        if self.passthrough is not None and self.passthrough.keyed_tags:
            options[FLAGS] = f"{options[FLAGS]}+{KEYED_TAGS}"
        return options

    @property
    def takes_keyed_tags(self) -> bool:
        """Whether the container has a place for tags of any name besides those that it knows."""
        return FLAGS in self.encoding.container.options

    @property
    def timecode(self) -> str | None:
        """The time code of the first frame; None where the source has none, or it cannot be written."""
        info = self.video_info
        if info is None or info.timecode is None or info.rate is None or not self.keeps_timecode:
            return None
        skipped = Fraction(0) if self.whole else max(Fraction(0), self.timing.origin - info.start)
        return moved_timecode(info.timecode, info.rate, self.rate, skipped)


def names_video(path: Path) -> bool:
    """Whether a path has the suffix of a video that can be written, and is not a folder."""
    return path.suffix.lower() in CONTAINERS and not path.is_dir()


def plan_video(
    path: Path, source: FrameInput, count: int | None, request: VideoRequest, overwrite: bool = False
) -> VideoPlan:
    """Choose how frames are compressed, open the encoder for a try, and see what else the container takes.

    Raises:
        OptionError: Codec, pixel format, quality, preset and container do not go together.
        UnsupportedFormatError: Frames that no video holds, such as floating point.
    """
    frame_format = source.format
    video, video_info = source.video_file, source.video_info
    pixels = video_info.layout.name if video_info else RGB_PIXELS.get((frame_format.dtype.name, frame_format.channels))
    if pixels is None:
        raise UnsupportedFormatError(
            f"A video cannot store {frame_format}. Write an image sequence: give a folder as output."
        )
    codec = video_info.codec if video_info else None
    # GIF has no other pixels than those with alpha.
    opaque = video_info is not None and video_info.opaque and codec_of_stream(codec).animation
    encoding = choose_encoding(path.suffix, codec, pixels, request.encoding, opaque=opaque)
    encoding = encoding.flat((request.timing.period or 1) - 1)
    if encoding.container.animation:
        plays = times_played(video) if video and codec_of_stream(codec).animation else source.times_played or FOREVER
        end = request.timing.end
        last = request.timing.unit if count is None or end is None else end - request.timing.time(count - 1)
        encoding = encoding.played(plays, last)
    passthrough, sound = _beside_pictures(video, encoding.container, request) if video else (None, None)
    plan = VideoPlan(
        path=path,
        count=count,
        format=frame_format,
        video_info=video_info,
        encoding=encoding,
        timing=request.timing,
        passthrough=passthrough,
        whole=request.whole,
        sound=sound,
        temporary=temporary_path(path, hidden=False),
        inputs=source.files,
        overwrite=overwrite,
    )
    if not is_usable_size(*plan.size):
        raise UnsupportedFormatError(
            f"A video cannot store frames of {frame_format.width}×{frame_format.height} pixels. Write an image "
            "sequence: give a folder as output."
        )
    _check_longest(plan)
    check_encoder(encoding, *plan.size, plan.unit, plan.rate)
    return _fitting(plan)


def _check_longest(plan: VideoPlan) -> None:
    """Refuse frames that are shown for longer than the container can say; where that is known beforehand.

    Raises:
        OptionError: There are.
    """
    container = plan.encoding.container
    longest = container.longest
    if container.timescale is not None:
        scale = plan.mux_unit.denominator
        while scale < container.timescale:
            scale *= 2
        longest = Fraction(LARGEST_OPTION, scale)
    if longest is None:
        return
    shown = longest_shown(plan.timing, plan.count)
    if shown > longest:
        raise OptionError(
            f"A frame in {plan.path.suffix} is shown for at most {float(longest):g} s, but one of this video for "
            f"{float(shown):g} s. Use an .mkv output, or another rate with `fps` or `source_fps`.",
            option="fps",
        )


def _beside_pictures(
    video: Path, container: Container, request: VideoRequest
) -> tuple[PassthroughPlan, SoundPlan | None]:
    """What is copied, and what sound is stretched; or re-encoded, where the container does not take it as it is."""
    passthrough = plan_passthrough(video, container, timeless=not request.copy_streams)
    if request.stretch_sound is not None:
        return passthrough, plan_sound(video, container.format, request.stretch_sound)
    if not passthrough.refused_sound:
        return passthrough, None
    sound = plan_sound(video, container.format, Fraction(1), passthrough.refused_sound)
    return passthrough.without_notes_on(chosen.index for chosen in sound.streams), sound


def _fitting(plan: VideoPlan) -> VideoPlan:
    """The plan, without what the container does not take together with the pictures.

    Raises:
        OptionError: The container does not hold what the encoder makes.
    """
    if plan.encoding.container.animation:
        # Each has one codec, which it holds, and nothing besides it.
        return plan
    fitting = fitted_file(plan)
    if fitting is not None:
        return fitting
    raise OptionError(
        f"{plan.path.suffix} files cannot store the output of {plan.encoding.encoder}. Use `codec` with one of "
        f"{', '.join(plan.encoding.container.codecs)}, or an .mkv output.",
        option="codec",
    )
