"""Analysis of an input without interpolation: cuts, static pairs, repeated frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from midframe.detection.rules import PairRules
from midframe.executors.base import PairDecision
from midframe.media.channels import ChannelUse
from midframe.media.protocols import FrameSource
from midframe.runtime.classification import PairClassifier
from midframe.runtime.decided_pairs import decided_pairs
from midframe.runtime.events import Advanced, PairClassified, Reporter, Started
from midframe.runtime.reader import CountedFrames
from midframe.runtime.view_fitting import fit_view
from midframe.signals import CancelToken


@dataclass(frozen=True, repr=False)
class Analysis:
    """The result of an analysis.

    Attributes:
        pairs: All pairs in order. Repeated frames lie inside pairs if the rules look for them.
        rules: The rules of the classification.
    """

    pairs: tuple[PairClassified, ...]
    rules: PairRules

    def __repr__(self) -> str:
        # A film has more pairs than anybody wants to see.
        return f"<Analysis: {len(self.pairs)} pairs, {len(self.cuts)} cuts, {self.static_pairs} static>"

    @property
    def cuts(self) -> tuple[PairClassified, ...]:
        """Pairs whose frames belong to different scenes."""
        return tuple(pair for pair in self.pairs if pair.verdict == "cut")

    @property
    def static_pairs(self) -> int:
        """Number of static pairs."""
        return sum(pair.verdict == "static" for pair in self.pairs)

    @property
    def repeats(self) -> int:
        """Number of source frames that repeat the previous one and would be replaced."""
        return sum(pair.right - pair.left - 1 for pair in self.pairs)


def analyse(
    source: FrameSource,
    rules: PairRules,
    reporter: Reporter,
    cancel: CancelToken | None = None,
    channels: ChannelUse | None = None,
    decisions: Mapping[int, PairDecision] | None = None,
) -> Analysis:
    """Read all frames of a source and classify its pairs, exactly as a job does.

    Args:
        source: The source; it stays open.
        rules: The rules of the classification.
        reporter: Receives `Started` and `Advanced`.
        cancel: Stops reading.
        channels: What each channel is used for; None for what the format says.
        decisions: What was decided about pairs, by the number of the left frame.

    Raises:
        CancelRequested: `cancel` was cancelled.
        UnreadableFileError: A frame cannot be read.
    """
    reporter(Started({"read": len(source)}))

    def on_read(done: int) -> None:
        if cancel is not None:
            cancel.raise_if_cancelled()
        reporter(Advanced("read", done))

    frames = CountedFrames(source, on_read)
    classifier = PairClassifier(fit_view(source, channels), rules)
    pairs = decided_pairs(classifier.classify(frames), decisions or {})
    return Analysis(tuple(map(PairClassified.of, pairs)), rules)
