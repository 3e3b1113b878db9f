"""The result of an analysis."""

from __future__ import annotations

from midframe.detection.rules import PairClass, PairRules
from midframe.runtime.analysis import Analysis
from midframe.runtime.events import PairClassified


def test_it_says_how_many_pairs_there_are_and_not_which() -> None:
    verdicts: tuple[PairClass, ...] = ("moving", "cut", "static", "moving")
    pairs = tuple(PairClassified(index, index + 1, verdict, 0.5, 0.1, index) for index, verdict in enumerate(verdicts))
    assert repr(Analysis(pairs, PairRules())) == "<Analysis: 4 pairs, 1 cuts, 1 static>"
