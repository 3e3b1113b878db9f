"""Clips in memory at another frame rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from midframe.api.arrays import Array, Layout, Stack, holds_data_as_alpha
from midframe.api.clips import Clip, open_clips
from midframe.api.sequences import SequenceTreatment, TreatmentOptions, treat
from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.detection.rules import CutHandling, PairRules, parse_static_threshold
from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine
from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.channels import ChannelOptions, ChannelRules, parse_channel_rules
from midframe.quantities import Number, parse_rate, require_choice
from midframe.timing.clock import ResampledTimeline, SourceClock
from midframe.timing.steps import Mode
from midframe.timing.timeline import EndMode
from midframe.types import AlphaChoice
from midframe.wording import enumerated

if TYPE_CHECKING:
    from midframe.api.interpolator import Interpolator

OnProgress = Callable[[int, int], object]
"""Called with the number of frames that are done, and of all."""


class RetimeOptions(TreatmentOptions, total=False):
    """The options of `midframe.Interpolator.retime`, for type checkers."""

    end: EndMode
    deflicker: bool


@dataclass(frozen=True)
class Retiming:
    """How clips are retimed; checked when made.

    Attributes:
        rate: Frames per second of the clips.
        to_rate: Frames per second of what they become.
        end: How they end.
        rules: What becomes of static pairs, cuts and repeated frames.
        mode: How several frames in a pair are made.
        alpha: See `AlphaChoice`.
        layout: Where the channels of a picture stand.
        channels: What is said about channels.
        deflicker: Whether global flicker of brightness is taken out of the clips.
    """

    rate: Fraction
    to_rate: Fraction
    end: EndMode
    rules: PairRules
    mode: Mode
    alpha: AlphaChoice
    layout: Layout
    channels: ChannelOptions
    deflicker: bool

    @staticmethod
    def of(
        fps: Number,
        to_fps: Number,
        *,
        end: EndMode = "hold",
        mode: Mode = "direct",
        cuts: CutHandling = "hold",
        cut_threshold: float = DEFAULT_CUT_THRESHOLD,
        static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD,
        dedup: bool = False,
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
        deflicker: bool = False,
    ) -> Retiming:
        """What options say; see `midframe.retime`.

        Raises:
            OptionError: A rate or an option that does not exist or is out of range.
        """
        require_choice("end", end, get_args(EndMode))
        require_choice("mode", mode, get_args(Mode))
        require_choice("alpha", alpha, get_args(AlphaChoice))
        require_choice("layout", layout, get_args(Layout))
        return Retiming(
            parse_rate(fps, "fps"),
            parse_rate(to_fps, "to_fps"),
            end,
            PairRules(parse_static_threshold(static_threshold), cuts, cut_threshold, dedup),
            mode,
            alpha,
            layout,
            ChannelOptions(parse_channel_rules(channel_rules), steer),
            deflicker,
        )

    @property
    def needs_network(self) -> bool:
        """Whether any frame may have to be interpolated."""
        return self.rules.dedup or (self.to_rate / self.rate).numerator != 1

    def applied(
        self, frames: Any, open_engine: Callable[[], Engine[Any]], on_progress: OnProgress | None = None
    ) -> Any:
        """Retime a clip, or each clip of a batch; see `midframe.retime`.

        Args:
            frames: What the caller has.
            open_engine: Gives the engine; not called where nothing is interpolated.
            on_progress: Called after each output frame.
        """
        clips = open_clips(frames, self.layout)
        done, total = 0, sum(self._timeline(clip).count for clip in clips.clips)

        def made(clip: Clip) -> Iterator[Any]:
            nonlocal done
            for picture in treat(self._pictures(clip), self._treatment(clip), open_engine):
                yield picture
                done += 1
                if on_progress is not None:
                    on_progress(done, total)

        return clips.collect(lambda clip: self._timeline(clip).count, made)

    def _timeline(self, clip: Clip) -> ResampledTimeline:
        if len(clip) < 2:
            raise UnsupportedFormatError(f"Interpolation needs at least two frames; the clip has {len(clip)}.")
        clock = SourceClock.steady(len(clip), self.rate)
        return ResampledTimeline(clock.looped() if self.end == "loop" else clock, self.to_rate, self.end)

    def _pictures(self, clip: Clip) -> Iterator[Any]:
        yield from clip.pictures
        if self.end == "loop":
            yield clip.frames[0]

    def _treatment(self, clip: Clip) -> SequenceTreatment:
        timeline, alpha = self._timeline(clip), self.alpha
        if alpha == "auto" and holds_data_as_alpha(clip.frames, clip.layout):
            alpha = "none"
        return SequenceTreatment(
            timeline, timeline.clock, self.rules, self.mode, alpha, clip.layout, self.channels, self.deflicker
        )


@overload
def retime(frames: Stack, fps: Number, to_fps: Number, **options: Any) -> Stack: ...


@overload
def retime(frames: Iterable[Array], fps: Number, to_fps: Number, **options: Any) -> list[Array]: ...


@overload
def retime(frames: Iterable[Iterable[Array]], fps: Number, to_fps: Number, **options: Any) -> list[list[Array]]: ...


def retime(
    frames: Any,
    fps: Number,
    to_fps: Number,
    *,
    interpolator: Interpolator | None = None,
    end: EndMode = "hold",
    mode: Mode = "direct",
    cuts: CutHandling = "hold",
    cut_threshold: float = DEFAULT_CUT_THRESHOLD,
    static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD,
    dedup: bool = False,
    alpha: AlphaChoice = "auto",
    layout: Layout = "auto",
    channel_rules: ChannelRules = (),
    steer: str | None = None,
    deflicker: bool = False,
    on_progress: OnProgress | None = None,
    **engine: Any,
) -> Any:
    """Give a clip in memory another frame rate: ``midframe.retime(frames, fps=16, to_fps=24)``.

    Output frames are those of ``midframe run --fps``: at k/to_fps for k = 0, 1, 2, … as long as the clip lasts. Those
    that fall on a frame of the clip are that frame, bit for bit, unless `deflicker` changes it; the others are
    interpolated.

    Args:
        frames: Any form that pipelines of diffusers return. A list of PIL images, arrays or tensors (see
            `Interpolator.pair`); an array (F, H, W, C) or tensor (F, C, H, W), or (F, H, W) for grey ones; or a batch:
            a list of these, or (B, F, H, W, C) or (B, F, C, H, W). Floats of 16, 32 and 64 bits, bfloat16, or integers
            of 8 and 16 bits; floats may have any range, 0 … 1 is usual.
        fps: Frames per second of the clip: 16, 23.976, "24000/1001" or a Fraction.
        to_fps: Frames per second of the result; may be lower.
        interpolator: A loaded model; None to load one for this call.
        end: "hold" keeps the duration: the last frame is shown for as long as the others, and repeated where that takes
            more frames. "drop" ends on the last frame. "loop" goes back to the first one.
        mode: See `Interpolator.between`.
        cuts: See `Interpolator.interpolate`, as for `cut_threshold`, `static_threshold` and `dedup`.
        cut_threshold: Pairs that score at least this are cuts.
        static_threshold: Pairs at least this similar are held as static.
        dedup: Whether frames that repeat the one before are replaced by interpolated ones.
        alpha: See `Interpolator.pair`.
        layout: Where the channels of a picture stand; see `Interpolator.batch`.
        channel_rules: See `Interpolator.pair`.
        steer: See `Interpolator.pair`.
        deflicker: Take flicker of the brightness of whole frames out of the clip first (docs/generated-video.md). Where
            none is found, nothing is changed.
        on_progress: Called after each output frame with the number of those that are done, and of all in the batch.
        **engine: Fields of `EngineOptions`, such as ``model``, ``device`` and ``quality``; not with an `interpolator`.

    Returns:
        What `frames` is: a list, array or tensor, of the same type, layout and range, on the same device, with
        ceil(F · to_fps / fps) frames for ``end="hold"``. In lists, frames of the clip are the same objects. Besides the
        result, a few frames are held in memory.

    Raises:
        OptionError: A rate or option that does not exist or is out of range, or a layout that must be given.
        UnsupportedFormatError: Frames that differ, fewer than two, or of a form or type that cannot be used.
        MidframeError: The model cannot be loaded, or the device ran out of memory or failed.
    """
    given = RetimeOptions(
        end=end,
        mode=mode,
        cuts=cuts,
        cut_threshold=cut_threshold,
        static_threshold=static_threshold,
        dedup=dedup,
        alpha=alpha,
        layout=layout,
        channel_rules=channel_rules,
        steer=steer,
        deflicker=deflicker,
    )
    _check_engine(interpolator, engine)
    retiming = Retiming.of(fps, to_fps, **given)
    if interpolator is not None:
        return interpolator.retime(frames, fps, to_fps, on_progress=on_progress, **given)
    options = EngineOptions(**engine)
    if not retiming.needs_network:
        return retiming.applied(frames, _no_engine, on_progress)
    from midframe.api.interpolator import Interpolator

    with Interpolator(options) as loaded:
        return loaded.retime(frames, fps, to_fps, on_progress=on_progress, **given)


def _check_engine(interpolator: Interpolator | None, engine: dict[str, Any]) -> None:
    """Refuse options that are not those of an engine, or for an engine that there is already.

    Raises:
        OptionError: There are.
    """
    unknown = [name for name in engine if name not in {field.name for field in fields(EngineOptions)}]
    if unknown:
        raise OptionError(f"retime() has no option {enumerated([f'`{name}`' for name in unknown])}.", option=unknown[0])
    if interpolator is not None and engine:
        names = enumerated([f"`{name}`" for name in engine])
        raise OptionError(f"Give either `interpolator` or {names}: it has its own.", option=next(iter(engine)))


def _no_engine() -> Engine[Any]:
    raise AssertionError("nothing is interpolated")
