"""Decisions about single pairs, in the place of what their class would make of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from midframe.executors.base import ClassifiedPair, PairDecision


def decided_pairs(pairs: Iterable[ClassifiedPair], decisions: Mapping[int, PairDecision]) -> Iterator[ClassifiedPair]:
    """The pairs, with what was decided about them.

    Args:
        pairs: Classified pairs, in order.
        decisions: By the number of a pair's left frame. Where repeats were taken out of a pair, a decision about the
            first of the pairs in it that has one counts.
    """
    for pair in pairs:
        inside = range(pair.left.frame.index, pair.right.frame.index)
        found = next((decisions[index] for index in inside if index in decisions), None) if decisions else None
        if found is None:
            yield pair
        elif found.handling == "interpolate":
            yield replace(pair, verdict="moving", decision=found)
        elif found.handling == "cut":
            yield replace(pair, verdict="cut", decision=found)
        else:
            yield replace(pair, decision=found)
