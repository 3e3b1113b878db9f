"""Interpolation of arrays, PIL images and tensors: what comes out is of the kind that went in.

::

    import midframe

    with midframe.Interpolator.load("4.25") as interpolator:
        quarter, half = interpolator.between(left, right, [0.25, 0.5])
        smooth = interpolator.interpolate(frames, factor=2)
        for frame in interpolator.stream(camera(), insert=3):
            ...
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, cast, get_args, overload

from midframe.api.arrays import (
    Array,
    Layout,
    OpenedPicture,
    Stack,
    holds_data_as_alpha,
    is_stack,
    kind_of,
    open_picture,
    require_same_format,
    restack,
    stack_layout,
)
from midframe.api.random_access import PictureOptions, RandomAccess
from midframe.api.retiming import OnProgress, RetimeOptions, Retiming
from midframe.api.sequences import SequenceTreatment, TreatmentOptions, describe, require_several, treat
from midframe.api.signatures import with_types_resolved
from midframe.api.times import Time, exact_time
from midframe.detection.cuts import CONTEXT, DEFAULT_CUT_THRESHOLD
from midframe.detection.rules import CutHandling, PairRules, parse_static_threshold
from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD
from midframe.engines.interpolation import PairInterpolator
from midframe.engines.loading import load_model
from midframe.engines.locked import LockedEngine, locked
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine
from midframe.errors import CancelledError, EngineError, OptionError, UnsupportedFormatError
from midframe.media.channels import ChannelOptions, ChannelRules, channel_use, parse_channel_rules
from midframe.media.pixels import ViewTransform
from midframe.quantities import Number, require_choice, whole_number
from midframe.signals import CancelRequested, CancelToken
from midframe.timing.clock import OpenClock
from midframe.timing.steps import Mode
from midframe.timing.timeline import EndMode, OpenTimeline, factor_of_insert, parse_factor
from midframe.types import AlphaChoice, SampleCoding, Transfer

if TYPE_CHECKING:
    from typing_extensions import Unpack


class SequenceOptions(TreatmentOptions, total=False):
    """The options of `Interpolator.interpolate`, for type checkers."""

    factor: float | str | Fraction | None
    insert: int | None
    end: Literal["drop", "hold"]
    on_progress: OnProgress | None


@with_types_resolved
class Pair(Generic[Array]):
    """Two encoded frames, from `Interpolator.pair`."""

    def __init__(
        self,
        open_engine: Callable[[], LockedEngine],
        left: OpenedPicture,
        encoded: tuple[Any, Any],
        transform: ViewTransform,
    ) -> None:
        self._open_engine = open_engine
        self._left = left
        self._encoded = encoded
        self._transform = transform

    @overload
    def at(self, times: Time, *, mode: Mode = ...) -> Array: ...

    @overload
    def at(self, times: Sequence[Time], *, mode: Mode = ...) -> list[Array]: ...

    def at(self, times: Time | Sequence[Time], *, mode: Mode = "direct") -> Array | list[Array]:
        """Interpolate at a time, or at several.

        Args:
            times: Inside (0, 1): one, or several in any order.
            mode: See `Interpolator.between`.

        Returns:
            For a single time one frame, else a list with a frame for each.

        Raises:
            OptionError: A time outside (0, 1), or an unknown mode.
            EngineError: The interpolator is closed, or the device ran out of memory or failed.
        """
        several = _several_times(times)
        wanted = [exact_time(time) for time in ([times] if several is None else several)]
        interpolator = PairInterpolator(self._open_engine(), self._transform, mode)
        pictures = [self._left.restore(samples) for samples in interpolator.samples(*self._encoded, wanted)]
        return pictures[0] if several is None else pictures

    def __repr__(self) -> str:
        return f"<Pair: {self._left.frame.format}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Refuse: what is encoded lies on the device.

        Raises:
            OptionError: Always.
        """
        raise OptionError("A pair cannot be sent to another process; send its frames, and make it there.")


@with_types_resolved
class Interpolator:
    """A model on a device, for frames in memory. A context manager; leaving it frees the model.

    May be used from several threads: calls take turns on the device. For files and videos see `midframe.Session`.
    """

    def __init__(self, options: EngineOptions | None = None) -> None:
        """Load a model, fetching and verifying its weights first where the cache does not hold them.

        Args:
            options: Model, device and the rest; None for the defaults.

        Raises:
            WeightsError: There is no such model, or the checkpoint cannot be used.
            DownloadError: The weights could not be fetched.
            DeviceError: There is no such device.
            OptionError: An option that this model or device does not have.
        """
        if options is not None and not isinstance(options, EngineOptions):
            raise OptionError("`Interpolator` takes `EngineOptions`; `Interpolator.load` takes a name.", option="model")
        self._options: EngineOptions | None = options or EngineOptions()
        loaded = load_model(self._options)
        self._set_up(loaded.make_engine(), loaded.name)

    @classmethod
    def load(cls, model: str | Path | float = "4.25", device: object = "auto", **options: Any) -> Interpolator:
        """Load a model by name.

        Args:
            model: A version such as "4.25", or a path to a checkpoint file or a folder that holds one.
            device: "auto", "cpu", "cuda", "cuda:1", "mps", "xpu" or "vulkan"; also a ``torch.device``.
            **options: The other fields of `midframe.EngineOptions`: ``quality``, ``precision``, ``flow_scale``,
                ``provider``, ``threads``, ``memory``, ``engine``, ``ensemble``, ``allow_lower_scale``.

        Raises:
            MidframeError: As `Interpolator` itself.
        """
        named = model if isinstance(model, (str, Path)) else str(model)
        return cls(EngineOptions(named, str(device), **options))

    @classmethod
    def from_engine(cls, engine: Engine[Any], model: str = "an engine provided by the caller") -> Interpolator:
        """Use an engine that was made elsewhere; see `midframe.engines.protocols.Engine`.

        Args:
            engine: Belongs to the interpolator from now on.
            model: What it runs, in words.
        """
        interpolator = cls.__new__(cls)
        interpolator._options = None
        interpolator._set_up(engine, model)
        return interpolator

    def _set_up(self, engine: Engine[Any], model: str) -> None:
        self._engine: LockedEngine | None = locked(engine)
        self._model = model
        self._device = engine.device_name
        self._process = os.getpid()

    @property
    def device(self) -> str:
        """The device in words, such as "cpu (2 threads)"."""
        return self._device

    @property
    def model(self) -> str:
        """The model in words."""
        return self._model

    def close(self) -> None:
        """Free the model. Closing twice is allowed; all other calls fail from then on."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.release()

    def __enter__(self) -> Interpolator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._engine is None else ""
        return f"<Interpolator: {self._model} on {self._device}{closed}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process, or copied, an interpolator loads its model again there.

        Raises:
            OptionError: It was made of an engine provided by the caller.
        """
        if self._options is None:
            raise OptionError(
                "An interpolator that was made from an engine cannot be sent to another process; make one there.",
                option="engine",
            )
        return type(self), (self._options,)

    def pair(
        self,
        left: Array,
        right: Array,
        *,
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
    ) -> Pair[Array]:
        """Encode two frames once, to interpolate between them as often as requested.

        Args:
            left: numpy (height, width, channels) or (height, width); a PIL image of mode L, LA, RGB, RGBA, I;16
                or F; or a torch tensor (channels, height, width). uint8, uint16, int16, float16, float32, float64
                (computed in float32), bfloat16; any number of channels. Integers use their whole range; floats may
                have any range, 0 … 1 is usual.
            right: A frame of the same kind, size and type.
            alpha: What the last channel of 2- and 4-channel frames is. "auto": straight alpha.
            layout: Where the channels stand; "auto" as said for `left`, or refused where the shape says otherwise.
            channel_rules: How channels are interpolated, by their numbers from 0: ``{3: "nearest"}``. "blend", which is
                the default, mixes both frames; "nearest" takes a sample of one of them, along the motion, as IDs and
                depth need it; "copy" takes that of the frame that is nearer in time. Also as texts, "3=nearest".
            steer: Numbers of the channels that the motion is seen in, between commas, such as "0,1,2"; None for all but
                alpha.

        Raises:
            UnsupportedFormatError: Frames that differ, or of a kind that cannot be used.
            OptionError: A layout that must be given, or an alpha, layout, rule or channel that does not exist.
            EngineError: The device ran out of memory or failed.
        """
        first, second = (open_picture(picture, alpha, layout) for picture in (left, right))
        require_same_format(first.frame.format, second.frame.format)
        use = channel_use(first.frame.format, ChannelOptions(parse_channel_rules(channel_rules), steer))
        transform = ViewTransform.fit_pair(first.frame, second.frame, use)
        interpolator = PairInterpolator(self._open_engine(), transform)
        encoded = (interpolator.encode(first.frame), interpolator.encode(second.frame))
        return Pair(self._open_engine, first, encoded, transform)

    @overload
    def between(
        self,
        left: Array,
        right: Array,
        times: Time,
        *,
        mode: Mode = ...,
        alpha: AlphaChoice = ...,
        layout: Layout = ...,
        channel_rules: ChannelRules = ...,
        steer: str | None = ...,
    ) -> Array: ...

    @overload
    def between(
        self,
        left: Array,
        right: Array,
        times: Sequence[Time],
        *,
        mode: Mode = ...,
        alpha: AlphaChoice = ...,
        layout: Layout = ...,
        channel_rules: ChannelRules = ...,
        steer: str | None = ...,
    ) -> list[Array]: ...

    def between(
        self,
        left: Array,
        right: Array,
        times: Time | Sequence[Time],
        *,
        mode: Mode = "direct",
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
    ) -> Array | list[Array]:
        """Interpolate between two frames; neither cuts nor static pairs are looked for.

        Args:
            left: See `pair`, also for `right`, `alpha`, `layout`, `channel_rules` and `steer`.
            right: A frame of the same kind, size and type.
            times: A time inside (0, 1), or several in any order.
            mode: How several frames in a pair are made: "direct", "recursive" or "bisect".
            alpha: See `pair`.
            layout: See `pair`.
            channel_rules: See `pair`.
            steer: See `pair`.

        Returns:
            For a single time one frame, else a list with a frame for each; of the kind, size, type and range of `left`.

        Raises:
            OptionError: A time outside (0, 1), or an unknown mode; besides, see `pair`.
            UnsupportedFormatError: See `pair`.
            EngineError: The device ran out of memory or failed.
        """
        pair = self.pair(left, right, alpha=alpha, layout=layout, channel_rules=channel_rules, steer=steer)
        return pair.at(times, mode=mode)

    def batch(
        self,
        left: Stack,
        right: Stack,
        time: Time | Sequence[Time] = 0.5,
        *,
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
    ) -> Stack:
        """Interpolate between the frames of two stacks, one by one.

        Args:
            left: numpy array or torch tensor (B, C, H, W) or (B, H, W, C), of a type that `pair` takes.
            right: A stack of the same kind, shape and type.
            time: Inside (0, 1), for all of them; or B times.
            alpha: See `pair`.
            layout: Where the channels stand; "auto" where one of the two dimensions is a usual number of channels
                (up to 4) and the other is not.
            channel_rules: See `pair`.
            steer: See `pair`.

        Returns:
            A stack of the kind, shape, type and device of `left`.

        Raises:
            UnsupportedFormatError: Not stacks, or stacks that differ.
            OptionError: A layout that must be given, or times that are not B numbers inside (0, 1).
            EngineError: The device ran out of memory or failed.
        """
        for stack in (left, right):
            if not is_stack(stack):
                raise UnsupportedFormatError(
                    "A batch is a numpy array or torch tensor of four dimensions, not "
                    f"{describe(stack)}; single frames go to between()."
                )
        if kind_of(left) != kind_of(right) or left.shape != right.shape or left.dtype != right.dtype:
            raise UnsupportedFormatError(
                f"Both stacks must have the same shape and type, but they are {describe(left)} and {describe(right)}."
            )
        if not len(left):
            raise UnsupportedFormatError("A batch needs at least one frame.")
        order = stack_layout(left, layout)
        given = _several_times(time)
        times = [time] * len(left) if given is None else given
        if len(times) != len(left):
            count = len(left)
            raise OptionError(
                f"A batch of {count} takes one time, or {count} of them, not {len(times)}.", option="time"
            )
        made = [
            self.between(one, other, [when], alpha=alpha, layout=order, channel_rules=channel_rules, steer=steer)[0]
            for one, other, when in zip(left, right, times, strict=True)
        ]
        stacked: Stack = restack(made, left)
        return stacked

    @overload
    def interpolate(self, frames: Stack, **options: Unpack[SequenceOptions]) -> Stack: ...

    @overload
    def interpolate(self, frames: Iterable[Array], **options: Unpack[SequenceOptions]) -> list[Array]: ...

    def interpolate(
        self,
        frames: Any,
        *,
        factor: float | str | Fraction | None = None,
        insert: int | None = None,
        end: Literal["drop", "hold"] = "drop",
        mode: Mode = "direct",
        cuts: CutHandling = "hold",
        cut_threshold: float = DEFAULT_CUT_THRESHOLD,
        static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD,
        dedup: bool = False,
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Any:
        """Interpolate between all neighbours of a sequence, exactly as a job does with image files.

        Args:
            frames: Two or more frames of one kind, size and type (see `pair`), or a stack of them: numpy array or
                torch tensor (F, H, W, C), (F, C, H, W), or (F, H, W) for grey ones.
            factor: Output frames per interval, at least 1, exact for Fractions and strings such as "5/2".
            insert: Frames to insert between each two; the same as factor insert + 1. Give one of the two.
            end: "drop" ends on the last frame, "hold" holds it for as long as every frame is shown.
            mode: See `between`.
            cuts: What stands at scene cuts: "hold" repeats the frame before, "blend" cross-fades, "off" does not look
                for cuts.
            cut_threshold: Pairs that score at least this are cuts.
            static_threshold: Pairs at least this similar are held as static; "off" holds identical frames only.
            dedup: Whether frames that repeat the one before are replaced by interpolated ones.
            alpha: See `pair`.
            layout: See `pair`, and for stacks `batch`.
            channel_rules: See `pair`.
            steer: See `pair`.
            on_progress: Called after each output frame with the number of those that are done, and of all. What it
                raises ends the call.

        Returns:
            A list, or a stack like the one given: (N−1)·factor+1 frames for a whole factor, N·factor with
            ``end="hold"``. Frames that were given are
            in it untouched; in a list, they are the same objects.

        Raises:
            OptionError: Neither or both of `factor` and `insert`, one out of range, or a layout that must be given.
            UnsupportedFormatError: Frames that differ, fewer than two, or of a kind that cannot be used.
            EngineError: The device ran out of memory or failed.
        """
        self._open_engine()
        stack = is_stack(frames)
        if stack:
            layout = stack_layout(frames, layout)
        pictures = list(require_several(frames))
        if alpha == "auto" and holds_data_as_alpha(pictures, layout):
            alpha = "none"
        rules = PairRules(parse_static_threshold(static_threshold), cuts, cut_threshold, dedup)
        timeline = OpenTimeline(_exact_factor(factor, insert), _sequence_end(end))
        channels = ChannelOptions(parse_channel_rules(channel_rules), steer)
        treatment = SequenceTreatment(timeline, OpenClock(Fraction(1)), rules, mode, alpha, layout, channels)
        streamed = treat(pictures, treatment, self._open_engine)
        total = timeline.outputs(len(pictures))
        made = []
        for picture in streamed:
            made.append(picture)
            if on_progress is not None:
                on_progress(len(made), total)
        return restack(made, frames) if stack else made

    def stream(
        self,
        frames: Iterable[Array],
        *,
        factor: float | str | Fraction | None = None,
        insert: int | None = None,
        end: Literal["drop", "hold"] = "drop",
        mode: Mode = "direct",
        cuts: CutHandling = "hold",
        cut_threshold: float = DEFAULT_CUT_THRESHOLD,
        static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD,
        dedup: bool = False,
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
        cancel: CancelToken | None = None,
    ) -> Iterator[Array]:
        """Interpolate between all neighbours of a sequence of any length, holding a few frames at a time.

        Args:
            frames: Two or more frames of one kind, size and type.
            factor: See `interpolate`, also for all others.
            insert: See `interpolate`.
            end: See `interpolate`.
            mode: See `interpolate`.
            cuts: See `interpolate`; with "off", two frames are held, else as many more as cut detection looks ahead.
            cut_threshold: See `interpolate`.
            static_threshold: See `interpolate`.
            dedup: See `interpolate`.
            alpha: See `interpolate`.
            layout: See `interpolate`.
            channel_rules: See `interpolate`.
            steer: See `interpolate`.
            cancel: Ends the work when it is cancelled, after the frame in progress; may be cancelled in any thread.

        Yields:
            Frames in order. Those that were given are passed on untouched.

        Raises:
            MidframeError: See `interpolate`; wrong options at once, wrong frames when they come.
            CancelledError: `cancel` was cancelled.
        """
        self._open_engine()
        require_choice("mode", mode, get_args(Mode))
        require_choice("alpha", alpha, get_args(AlphaChoice))
        require_choice("layout", layout, get_args(Layout))
        rules = PairRules(parse_static_threshold(static_threshold), cuts, cut_threshold, dedup)
        timeline = OpenTimeline(_exact_factor(factor, insert), _sequence_end(end))
        channels = ChannelOptions(parse_channel_rules(channel_rules), steer)
        if is_stack(frames):
            layout = stack_layout(frames, layout)
        treatment = SequenceTreatment(timeline, OpenClock(Fraction(1)), rules, mode, alpha, layout, channels)
        return _until_cancelled(treat(require_several(frames), treatment, self._open_engine, cancel))

    def random_access(
        self,
        *,
        cuts: CutHandling = "hold",
        cut_threshold: float = DEFAULT_CUT_THRESHOLD,
        look_ahead: int = CONTEXT,
        static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD,
        alpha: AlphaChoice = "auto",
        layout: Layout = "auto",
        channel_rules: ChannelRules = (),
        steer: str | None = None,
        coding: SampleCoding | None = None,
        transfer: Transfer = "display",
    ) -> RandomAccess[Any]:
        """Interpolate between the frames of a sequence in any order, as frame servers, players and editors need it.

        Args:
            cuts: See `interpolate`, also for `cut_threshold` and `static_threshold`.
            cut_threshold: See `interpolate`.
            look_ahead: How many frames after a pair are looked at to find cuts, 0 to 3. With fewer than 3, the
                beginning of a flash or of a fade may be taken for a cut.
            static_threshold: See `interpolate`.
            alpha: See `pair`.
            layout: See `pair`.
            channel_rules: See `pair`.
            steer: See `pair`.
            coding: What the samples mean if they are code values of a video: Y, Cb, Cr (chroma repeated to full
                resolution) or R, G, B. None for pictures.
            transfer: "linear" for scene-linear light; "display" for anything else.

        Raises:
            OptionError: An option out of range or that does not exist.
            EngineError: The interpolator is closed.
        """
        self._open_engine()
        require_choice("alpha", alpha, get_args(AlphaChoice))
        require_choice("layout", layout, get_args(Layout))
        require_choice("transfer", transfer, get_args(Transfer))
        if whole_number(look_ahead) not in range(CONTEXT + 1):
            raise OptionError(
                f"`look_ahead` must be a whole number from 0 to {CONTEXT}, not {look_ahead!r}.", option="look_ahead"
            )
        rules = PairRules(parse_static_threshold(static_threshold), cuts, cut_threshold)
        channels = ChannelOptions(parse_channel_rules(channel_rules), steer)
        return RandomAccess(
            self._open_engine, rules, PictureOptions(alpha, layout, channels, coding, transfer), look_ahead
        )

    @overload
    def retime(
        self,
        frames: Stack,
        fps: Number,
        to_fps: Number,
        *,
        on_progress: OnProgress | None = ...,
        **options: Unpack[RetimeOptions],
    ) -> Stack: ...

    @overload
    def retime(
        self,
        frames: Iterable[Array],
        fps: Number,
        to_fps: Number,
        *,
        on_progress: OnProgress | None = ...,
        **options: Unpack[RetimeOptions],
    ) -> list[Array]: ...

    @overload
    def retime(
        self,
        frames: Iterable[Iterable[Array]],
        fps: Number,
        to_fps: Number,
        *,
        on_progress: OnProgress | None = ...,
        **options: Unpack[RetimeOptions],
    ) -> list[list[Array]]: ...

    def retime(
        self, frames: Any, fps: Number, to_fps: Number, *, on_progress: OnProgress | None = None, **options: Any
    ) -> Any:
        """Give a clip in memory, or each clip of a batch, another frame rate.

        Args:
            frames: See `midframe.retime`.
            fps: Frames per second of the clip.
            to_fps: Frames per second of the result.
            on_progress: Called after each output frame with the number of those that are done, and of all.
            **options: The options of `midframe.retime` from ``end`` to ``deflicker``.

        Raises:
            MidframeError: See `midframe.retime`.
        """
        self._open_engine()
        return Retiming.of(fps, to_fps, **options).applied(frames, self._open_engine, on_progress)

    def _open_engine(self) -> LockedEngine:
        """The engine.

        Raises:
            EngineError: The interpolator is closed.
        """
        if self._engine is None:
            raise EngineError("This interpolator is closed. Load another one.")
        if self._process != os.getpid():
            # Threads and devices do not live on in a process that was forked.
            raise EngineError(
                "This interpolator was made before the process was forked. Load one in each process, or spawn "
                "processes instead."
            )
        return self._engine


def _until_cancelled(pictures: Iterator[Array]) -> Iterator[Array]:
    try:
        yield from pictures
    except CancelRequested as cancelled:
        raise CancelledError("Stopped.") from cancelled


def _exact_factor(factor: float | str | Fraction | None, insert: int | None) -> Fraction:
    if (factor is None) == (insert is None):
        raise OptionError("Give either `factor` or `insert`.", option="factor")
    if insert is not None:
        return factor_of_insert(insert)
    # Arrays and tensors that hold a single number.
    given: Any = factor
    return parse_factor(str(given.item() if getattr(given, "shape", None) == () else given))


def _sequence_end(end: str) -> EndMode:
    require_choice("end", end, ("drop", "hold"))
    return cast(EndMode, end)


def _several_times(times: Any) -> list[Any] | None:
    """Times that came as a list, tuple or array; None for a single one, also as a scalar array, or as text."""
    if isinstance(times, str) or not isinstance(times, Iterable) or getattr(times, "ndim", 1) == 0:
        return None
    return list(times)
