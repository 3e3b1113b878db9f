"""What each output frame is: copied, interpolated, held or blended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.detection.rules import CutHandling
from midframe.engines.flow_fields import MotionField
from midframe.executors.base import ClassifiedPair, PairResult
from midframe.media.channels import ChannelUse
from midframe.media.pixels import from_working, to_working
from midframe.media.source_mask import SourceMask
from midframe.runtime.events import FramePlaced, Origin
from midframe.timing.output_slots import OutputSlot
from midframe.types import Frame, FrameFormat


@dataclass(frozen=True, eq=False)
class OutputFrame:
    """A frame of the output that is not made yet.

    Attributes:
        placed: Number, origin, source frames and time.
        make: Makes the frame; may be called from any thread.
        nbytes: Bytes that are held until then.
        motion: The motion of an interpolated frame, where it is requested; else None.
    """

    placed: FramePlaced
    make: Callable[[], Frame]
    nbytes: int
    motion: MotionField | None = None

    @property
    def is_source(self) -> bool:
        """Whether it is a source frame as it was read: number `placed.left`."""
        return self.placed.origin in ("copied", "held_static", "held_cut", "held_choice", "held_end")


def output_frames(
    result: PairResult, cuts: CutHandling, channels: ChannelUse | None = None, mask: SourceMask | None = None
) -> Iterator[OutputFrame]:
    """The output frames from a pair's left frame (included) to its right one (excluded), in order.

    Args:
        result: What an executor has made of the pair.
        cuts: What stands at a cut.
        channels: What each channel is used for; None to blend all of them at cuts.
        mask: What is unchanged in source frames; None for nothing.
    """
    for output in _output_frames(result, cuts, channels):
        yield output if mask is None or output.is_source else _masked(output, mask, result.task.pair, channels)


def _masked(output: OutputFrame, mask: SourceMask, pair: ClassifiedPair, channels: ChannelUse | None) -> OutputFrame:
    left, right = pair.left.frame, pair.right.frame
    blended = pair.transform.format if pair.transform else left.format
    kept = channels.kept if channels is not None else ()

    def make() -> Frame:
        return mask.applied(output.make(), left, right, output.placed.time, blended, kept)

    return replace(output, make=make, nbytes=output.nbytes + left.samples.nbytes)


def _output_frames(result: PairResult, cuts: CutHandling, channels: ChannelUse | None) -> Iterator[OutputFrame]:
    pair = result.task.pair
    interpolated, motions = iter(result.frames), iter(result.motions)
    # Not the pair itself: what waits to be made must not hold its views.
    blended = pair.transform.format if pair.transform else pair.left.frame.format
    for slot in result.task.slots:
        origin = _origin(pair, slot, cuts)
        ends = (pair.left.frame.index, pair.right.frame.index)
        placed = FramePlaced(slot.number, origin, *_sources(ends, origin), slot.time)
        if slot.time in result.task.times:
            samples = next(interpolated)
            like = pair.left.frame.between(pair.right.frame, float(slot.time))
            make: Callable[[NDArray[Any]], Frame]
            make = like.with_samples if result.finished else partial(_finished, like, blended)
            yield OutputFrame(placed, partial(make, samples), samples.nbytes, next(motions, None))
        elif origin in ("blended_cut", "blended_choice"):
            left, right = pair.left.frame, pair.right.frame
            nbytes = left.samples.nbytes + right.samples.nbytes
            yield OutputFrame(placed, partial(cross_fade, left, right, float(slot.time), blended, channels), nbytes)
        else:
            yield _source_frame(placed, pair.left.frame)


def tail_frames(last: Frame, slots: tuple[OutputSlot, ...]) -> Iterator[OutputFrame]:
    """The last source frame, and its repetitions until the input ends."""
    for slot in slots:
        origin: Origin = "copied" if slot.on_source else "held_end"
        yield _source_frame(FramePlaced(slot.number, origin, last.index, last.index, slot.time), last)


def _source_frame(placed: FramePlaced, frame: Frame) -> OutputFrame:
    return OutputFrame(placed, lambda: frame, frame.samples.nbytes)


def _origin(pair: ClassifiedPair, slot: OutputSlot, cuts: CutHandling) -> Origin:
    if slot.time == 0:
        return "copied" if slot.on_source else "held_static"
    handling = pair.decision.handling if pair.decision is not None else None
    if handling == "hold":
        return "held_choice"
    if handling == "blend":
        return "blended_choice"
    if pair.verdict == "static":
        return "held_static"
    if pair.verdict == "cut":
        return "blended_cut" if cuts == "blend" else "held_cut"
    return "replaced" if slot.on_source else "synthesised"


def _sources(numbers: tuple[int, int], origin: Origin) -> tuple[int, int]:
    """The source frames that a frame is made of."""
    left, right = numbers
    return (left, left) if origin in ("copied", "held_static", "held_cut", "held_choice") else (left, right)


def _finished(like: Frame, blended: FrameFormat, samples: NDArray[np.float32]) -> Frame:
    return like.with_samples(from_working(samples, blended))


def cross_fade(left: Frame, right: Frame, time: float, blended: FrameFormat, channels: ChannelUse | None) -> Frame:
    """The mix of two frames, as it stands at cuts where these are blended.

    Args:
        left: Left frame.
        right: Right frame.
        time: In (0, 1): the share of the right one.
        blended: What the frames are blended as; see `midframe.media.pixels.ViewTransform.format`.
        channels: What each channel is used for; None to blend all of them.
    """
    mixed = (1 - time) * to_working(left.samples, blended) + time * to_working(right.samples, blended)
    frame = _finished(left.between(right, time), blended, mixed.astype(np.float32))
    if channels is not None and channels.kept:
        kept = list(channels.kept)
        frame.samples[..., kept] = (left if time <= 0.5 else right).samples[..., kept]
    return frame
