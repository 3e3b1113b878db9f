"""The filter: a graph of VapourSynth's own filters around one function that interpolates.

No function in here requests frames while a frame is made: all of them come as inputs, as VapourSynth's threads would
otherwise wait for each other. Output frames at the time of a source frame need nothing but that frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, wraps
from inspect import signature
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np
import vapoursynth as vs

from midframe import EngineOptions, Interpolator, MidframeError, OptionError, RandomAccess, SampleCoding
from midframe.detection.cuts import CONTEXT, DEFAULT_CUT_THRESHOLD
from midframe.detection.rules import CutHandling
from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD
from midframe.engines.loading import load_model
from midframe.errors import InputError, SequenceError
from midframe.integrations.vapoursynth.frames import FAMILIES, Pictures, frame_with, require_usable_format
from midframe.integrations.vapoursynth.other_filters import unknown_option
from midframe.integrations.vapoursynth.output_clock import OutputClock
from midframe.integrations.vapoursynth.properties import (
    coding_of,
    cut_between,
    describe_between,
    duration_of,
    has_fields,
    move_cuts,
    set_duration,
    transfer_of,
)
from midframe.jobs.kept_frames import factor_note, rate_note
from midframe.quantities import parse_rate
from midframe.text import quoted
from midframe.timing.timeline import parse_factor
from midframe.types import FrameFormat, Transfer

LOADED_MODELS = 2
"""Models that stay loaded: players evaluate a script again whenever the user seeks."""

MOST_KNOWN = 10_000_000
"""Players do not know the length of a clip, and announce more frames than this."""

FIELDS = (
    "midframe: Frame {number} has fields (_FieldBased or _Field), which are interpolated as if they were frames; "
    "deinterlace the clip first."
)

P = ParamSpec("P")
R = TypeVar("R")


def _errors_of_vapoursynth(function: Callable[P, R]) -> Callable[P, R]:
    """Raise errors of midframe as VapourSynth's own.

    VapourSynth prints the tracebacks of errors, and those of their causes: from here they are as short as they can be.
    """

    @wraps(function)
    def raising(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return function(*arguments, **options)
        except MidframeError as error:
            sentence = f"midframe: {error}"
        raise vs.Error(sentence)

    return raising


def _as_declared(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse arguments that a function does not take in a sentence of midframe."""
    declared = signature(function)

    @wraps(function)
    def checking(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            declared.bind(*arguments, **options)
        except TypeError as error:
            problem = str(error)
        else:
            return function(*arguments, **options)
        raise OptionError(
            f"`interpolate` takes a clip, a factor, and all else by name, such as interpolate(clip, fps=60): {problem}."
        )

    return checking


@_errors_of_vapoursynth
@_as_declared
def interpolate(
    clip: vs.VideoNode,
    factor: float | str | Fraction | None = None,
    *,
    fps: float | str | Fraction | None = None,
    model: str | Path | float = "4.25",
    device: str = "auto",
    cuts: CutHandling = "hold",
    detect_cuts: bool = True,
    cut_threshold: float = DEFAULT_CUT_THRESHOLD,
    look_ahead: int = CONTEXT,
    static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD,
    **engine_options: Any,
) -> vs.VideoNode:
    """Interpolate a clip to a higher frame rate. Source frames at the time of an output frame stay as they are.

    Args:
        clip: RGB or GRAY of 8 to 16 bit, half or float; or YUV of 8 to 16 bit with any subsampling. At least two
            frames of one format and size.
        factor: Output frames per source frame, at least 1; exact for Fractions and strings such as "5/2". The default,
            if `fps` is not given either, is 2.
        fps: Output frames per second instead of a factor: 60, "59.94" (60000/1001) or a Fraction. The clip must have a
            frame rate. May be lower than that.
        model: A version such as "4.25", or a path to a checkpoint.
        device: "auto", "cpu", "cuda", "cuda:1", "mps", "xpu", "vulkan" or "dml"; one, as a filter makes one frame at a
            time. "auto" is the first GPU, else the CPU.
        cuts: What stands at scene cuts: "hold" repeats the frame before, "blend" cross-fades, "off" interpolates.
        detect_cuts: Whether to look for cuts where frames have no property ``_SceneChangeNext`` or
            ``_SceneChangePrev``; otherwise only these say where cuts are.
        cut_threshold: Pairs that score at least this are cuts.
        look_ahead: Frames after a pair that are requested to find cuts, 0 to 3.
        static_threshold: Pairs at least this similar are held as static; "off" holds identical frames only.
        **engine_options: The other fields of `midframe.EngineOptions`: ``quality``, ``precision``, ``flow_scale``,
            ``threads``, ``memory``, ``engine``, ``ensemble``, ``allow_lower_scale``.

    Returns:
        A clip of the same format and size. Its frame rate is exactly ``factor`` times that of `clip`; if that has none,
        the duration of each frame is divided instead. It has ``factor`` times as many frames, rounded up to a whole
        number.

    Raises:
        vs.Error: A clip or an option that cannot be used, in one sentence.
    """
    if not isinstance(clip, vs.VideoNode):
        raise InputError(f"`interpolate` takes a clip of video, not {type(clip).__name__}.")
    require_usable_format(clip)
    if clip.num_frames < 2:
        raise SequenceError("Interpolation needs at least two frames, and the clip has one.")
    unknown = [name for name in engine_options if name not in EngineOptions.__dataclass_fields__]
    if unknown:
        raise OptionError(unknown_option(unknown[0]), option=unknown[0])
    if detect_cuts not in (True, False):
        raise OptionError(f"`detect_cuts` must be True or False, not {quoted(detect_cuts)}.", option="detect_cuts")
    clock = OutputClock(clip.num_frames, _exact_factor(clip, factor, fps))
    named = model if isinstance(model, (str, Path)) else str(model)
    _require_one_device(device)
    interpolator = _loaded_for(clip, EngineOptions(named, device, **engine_options))
    detect = detect_cuts and cuts != "off"

    def access(coding: SampleCoding | None, transfer: Transfer) -> RandomAccess[Any]:
        return interpolator.random_access(
            cuts=cuts,
            cut_threshold=cut_threshold,
            look_ahead=look_ahead,
            static_threshold=static_threshold,
            coding=coding,
            transfer=transfer,
        )

    neighbours = access(None, "display").neighbours(CONTEXT)
    offsets = [0, 1]
    if detect:
        offsets += [number - CONTEXT for number in neighbours if number not in (CONTEXT, CONTEXT + 1)]
    _log_frames_between(clip, clock.factor, by_rate=fps is not None)
    frames = FrameMaker(clip, clock, access, offsets, detect_cuts=detect, honour_cuts=cuts != "off")
    return frames.graph()


class FrameMaker:
    """Makes the output frames of one clip.

    Args:
        clip: The source.
        clock: Its output frames.
        access: Gives what interpolates frames, by what their samples mean.
        offsets: Which source frames come for an output frame, counted from its left one: 0 and 1, and the others that
            show whether a cut lies there.
        detect_cuts: Whether cuts are looked for.
        honour_cuts: Whether cuts that properties state are cuts.
    """

    def __init__(
        self,
        clip: vs.VideoNode,
        clock: OutputClock,
        access: Callable[[SampleCoding | None, Transfer], RandomAccess[Any]],
        offsets: Sequence[int],
        *,
        detect_cuts: bool,
        honour_cuts: bool,
    ) -> None:
        self._clip = clip[: clock.used]
        self._clock = clock
        self._access = lru_cache(maxsize=None)(access)
        self._offsets = offsets
        self._detect_cuts = detect_cuts
        self._honour_cuts = honour_cuts
        self._family = FAMILIES[clip.format.color_family]
        self._rate = clip.fps * clock.factor
        self._warned = False

    def graph(self) -> vs.VideoNode:
        """The output clip."""
        cycle, pattern = self._clock.pattern()
        near = [
            _shifted(self._clip, offset).std.SelectEvery(cycle=cycle, offsets=pattern, modify_duration=False)
            for offset in self._offsets
        ]
        sources = near[0].std.ModifyFrame(near[0], self._source_frame)
        between = near[0].std.ModifyFrame(near, self._frame_between)

        def choose(n: int) -> vs.VideoNode:
            return between if self._clock.place(n)[1] else sources

        made = near[0].std.FrameEval(choose, clip_src=[sources, between])
        if not self._rate:
            return made
        return made.std.AssumeFPS(fpsnum=self._rate.numerator, fpsden=self._rate.denominator)

    def _source_frame(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """An output frame that is a source frame."""
        copy = f.copy()
        self._describe(copy, n, [f])
        return copy

    @_errors_of_vapoursynth
    def _frame_between(self, n: int, f: list[vs.VideoFrame]) -> vs.VideoFrame:
        """An output frame between two source frames."""
        number, time = self._clock.place(n)
        left, right = f[0], f[1]
        self._warn_of_fields(number, left)
        near = {
            number + offset: frame
            for offset, frame in zip(self._offsets, f, strict=True)
            if 0 <= number + offset < self._clock.used
        }
        cut = cut_between(left.props, right.props) if self._honour_cuts else False
        if cut is None and not self._detect_cuts:
            cut = False
        pictures = Pictures(near)
        made = self._access(*self._meaning(left)).at(number, time, pictures, cut=cut)
        held = made is pictures[number]
        copy = left.copy() if held else frame_with(left, made)
        describe_between(copy.props, left.props, right.props, time, interpolated=not held)
        self._describe(copy, n, [left, right])
        return copy

    def _meaning(self, frame: vs.VideoFrame) -> tuple[SampleCoding | None, Transfer]:
        if frame.format.sample_type == vs.FLOAT:
            return None, transfer_of(frame.props)
        bits = frame.format.bits_per_sample
        return coding_of(frame.props, self._family, bits, frame.width, frame.height), "display"

    def _describe(self, made: vs.VideoFrame, n: int, sources: Sequence[vs.VideoFrame]) -> None:
        """Set what an output frame says of its duration, and of cuts."""
        number, _ = self._clock.place(n)
        first = n == 0 or self._clock.place(n - 1)[0] < number
        last = n + 1 >= self._clock.count or self._clock.place(n + 1)[0] > number
        move_cuts(made.props, first=first, last=last)
        durations = [duration_of(source.props) for source in sources]
        # A clip with a frame rate has that in the end.
        if not self._rate and None not in durations:
            shown = dict(enumerate((each for each in durations if each is not None), number))
            set_duration(made.props, self._clock.duration(n, shown))

    def _warn_of_fields(self, number: int, frame: vs.VideoFrame) -> None:
        if not self._warned and has_fields(frame.props):
            self._warned = True
            vs.core.log_message(vs.MESSAGE_TYPE_WARNING, FIELDS.format(number=number))


def _loaded_for(clip: vs.VideoNode, options: EngineOptions) -> Interpolator:
    if options.memory is None and not options.allow_lower_scale:
        return _loaded(options)
    # As in a job, what these allow depends on the frames.
    channels = 1 if clip.format.color_family == vs.GRAY else 3
    dtype = np.dtype(f"{'f' if clip.format.sample_type == vs.FLOAT else 'u'}{clip.format.bytes_per_sample}")
    return _loaded(options, FrameFormat(clip.width, clip.height, channels, dtype))


@lru_cache(maxsize=LOADED_MODELS)
def _loaded(options: EngineOptions, frames: FrameFormat | None = None) -> Interpolator:
    if frames is None:
        return Interpolator(options)
    model = load_model(options).fitted(frames, 1, "direct")
    for note in model.notes:
        vs.core.log_message(vs.MESSAGE_TYPE_INFORMATION, f"midframe: {note}")
    return Interpolator.from_engine(model.make_engine(), model.name)


def _require_one_device(device: object) -> None:
    # EngineOptions says what else is wrong with it.
    if device == "all" or (isinstance(device, str) and "," in device):
        raise OptionError(
            f"`device` names one device here, such as cuda:1, not {device!r}: a filter makes one frame at a time.",
            option="device",
        )


def _log_frames_between(clip: vs.VideoNode, factor: Fraction, *, by_rate: bool) -> None:
    """Log which source frames fall between output frames, in the words of the command line."""
    # Of a length that nobody knows, the sentence is about as many frames as the pattern has.
    sources = clip.num_frames if clip.num_frames <= MOST_KNOWN else max(2, factor.denominator)
    if by_rate:
        note = rate_note(sources, Fraction(clip.fps), factor * Fraction(clip.fps))
    else:
        note = factor_note(sources, factor)
    if note is not None:
        vs.core.log_message(vs.MESSAGE_TYPE_INFORMATION, f"midframe: {note}")


def _exact_factor(clip: vs.VideoNode, factor: Any, fps: Any) -> Fraction:
    if factor is not None and fps is not None:
        raise OptionError("Give either `factor` or `fps`.", option="factor")
    if fps is None:
        return parse_factor("2" if factor is None else str(factor))
    if not clip.fps:
        raise OptionError(
            "`fps` needs a clip with a frame rate, and this one has none: give `factor`, or the rate with "
            "std.AssumeFPS first.",
            option="fps",
        )
    return parse_rate(fps, "fps") / Fraction(clip.fps)


def _shifted(clip: vs.VideoNode, by: int) -> vs.VideoNode:
    """A clip of the same length whose frame n is frame n + `by`; beyond the ends, the first and last are repeated."""
    if by == 0:
        return clip
    if abs(by) >= clip.num_frames:
        return clip[-1 if by > 0 else 0].std.Loop(clip.num_frames)
    if by > 0:
        return clip[by:] + clip[-1].std.Loop(by)
    return clip[0].std.Loop(-by) + clip[:by]
