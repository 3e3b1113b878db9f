"""Looking at an input without drawing anything: cuts, still pairs, repeated frames."""

from __future__ import annotations

from dataclasses import dataclass

from midframe.detection.rules import PairRules
from midframe.media.protocols import FrameSource
from midframe.runtime.classification import Judge
from midframe.runtime.events import Advanced, PairClassified, Reporter, Started
from midframe.runtime.reader import CountedFrames
from midframe.runtime.views import fit_view


@dataclass(frozen=True)
class Analysis:
    """What an input is like.

    Attributes:
        pairs: All pairs, in order. Repeated frames lie inside of pairs if they are looked for.
        rules: What they were judged by.
    """

    pairs: tuple[PairClassified, ...]
    rules: PairRules

    @property
    def cuts(self) -> tuple[PairClassified, ...]:
        """Pairs whose frames belong to different scenes."""
        return tuple(pair for pair in self.pairs if pair.verdict == "cut")

    @property
    def static_pairs(self) -> int:
        """How many pairs nothing moves in."""
        return sum(pair.verdict == "static" for pair in self.pairs)

    @property
    def repeats(self) -> int:
        """How many source frames repeat the one before them and would be replaced."""
        return sum(pair.right - pair.left - 1 for pair in self.pairs)


def analyse(source: FrameSource, rules: PairRules, reporter: Reporter) -> Analysis:
    """Read a source from its first frame to its last and judge its pairs, exactly as a job does.

    Args:
        source: Stays open.
        rules: What to look for.
        reporter: Hears how far it is.

    Raises:
        UnreadableFileError: A frame cannot be read.
    """
    reporter(Started({"read": len(source)}))
    frames = CountedFrames(source, lambda done: reporter(Advanced("read", done)))
    return Analysis(tuple(map(PairClassified.of, Judge(fit_view(source), rules).pairs(frames))), rules)
