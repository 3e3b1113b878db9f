"""Puts copied, interpolated and held frames into the order of the output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from midframe.detection.rules import CutHandling, PairClass
from midframe.executors.base import FlowWriter, PairResult
from midframe.media.channels import ChannelUse
from midframe.media.source_mask import SourceMask
from midframe.runtime.events import Advanced, Origin, PairClassified, Reporter
from midframe.runtime.output_frames import OutputFrame, output_frames, tail_frames
from midframe.runtime.previews import PreviewReporter
from midframe.runtime.writer import OrderedWriter
from midframe.signals import CancelRequested, CancelToken, defer_signals
from midframe.timing.output_slots import OutputSlot
from midframe.types import Frame


class OutputOrder:
    """Hands all output frames to a writer, in order, and keeps count.

    Args:
        writer: Takes the frames.
        cuts: What stands at a cut.
        reporter: Receives an event for every pair and every output frame.
        first: The first output frame that is requested; an earlier run has made those before it.
        between: Output frames between source frames that lie before the first pair.
        motions: Takes the motion of interpolated frames; None where it is not requested.
        previews: Takes interpolated frames to be looked at; None where they are not requested.
        cancel: Ends the waits for the writer.
        channels: What each channel is used for; None for frames of which none is interpolated.
        mask: What is unchanged in source frames; None for nothing.

    Attributes:
        origins: How many output frames are of each origin.
        verdicts: How many pairs are of each verdict.
    """

    def __init__(
        self,
        writer: OrderedWriter,
        cuts: CutHandling,
        reporter: Reporter,
        *,
        first: int = 0,
        between: int = 0,
        motions: FlowWriter | None = None,
        previews: PreviewReporter | None = None,
        cancel: CancelToken | None = None,
        channels: ChannelUse | None = None,
        mask: SourceMask | None = None,
    ) -> None:
        self._mask = mask
        self._channels = channels
        self._writer = writer
        self._cuts = cuts
        self._reporter = reporter
        self._first = first
        self._between = between
        self._motions = motions
        self._previews = previews
        self._cancel = cancel
        self.origins: Counter[Origin] = Counter()
        self.verdicts: Counter[PairClass] = Counter()

    def place(self, result: PairResult) -> None:
        """Everything from a pair's left frame to before its right one."""
        pair = result.task.pair
        self.verdicts[pair.verdict] += 1
        self._reporter(PairClassified.of(pair))
        for output in output_frames(result, self._cuts, self._channels, self._mask):
            self._submit(output)
        between = sum(not slot.on_source and slot.time > 0 for slot in result.task.slots)
        if between:
            self._between += between
            self._reporter(Advanced("interpolate", self._between))

    def place_tail(self, last: Frame, slots: tuple[OutputSlot, ...]) -> None:
        """The last frame, and its repetitions until the input ends."""
        for output in tail_frames(last, slots):
            self._submit(output)

    def _submit(self, output: OutputFrame) -> None:
        placed = output.placed
        if placed.number < self._first:
            return
        make, nbytes = output.make, output.nbytes
        if self._motions is not None and output.motion is not None:
            keep = partial(self._motions.keep, placed.number, placed.time, output.motion)
            make, nbytes = partial(_with_motion, make, keep), nbytes + output.motion.nbytes
        if self._previews is not None and not output.is_source:
            make = partial(_with_preview, make, partial(self._previews.offer, placed))
        # A frame that is handed over is also reported, even where the user stops meanwhile.
        with defer_signals:
            cancelled = None
            try:
                self._writer.submit(make, nbytes, cancel=self._cancel)
            except CancelRequested as request:
                cancelled = request
            self.origins[placed.origin] += 1
            self._reporter(placed)
            if cancelled is not None:
                raise cancelled


def _with_preview(make: Callable[[], Frame], offer: Callable[[Frame], None]) -> Frame:
    frame = make()
    offer(frame)
    return frame


def _with_motion(make: Callable[[], Frame], keep: Callable[[], None]) -> Frame:
    keep()
    return make()
