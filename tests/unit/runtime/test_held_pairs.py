"""What is said where little or nothing is interpolated."""

from __future__ import annotations

import pytest

from midframe.detection.rules import PairClass
from midframe.runtime.held_pairs import held_note


@pytest.mark.parametrize(
    ("pairs", "start"),
    [
        ({"cut": 1}, "The only pair counts as a cut and is not"),
        ({"cut": 2, "moving": 1}, "2 of 3 pairs count as a cut and are not"),
        ({"cut": 2, "moving": 2}, "2 of 4 pairs"),
        ({"static": 3}, "Nothing is interpolated, because nothing moves"),
        ({"static": 3, "cut": 1}, "Nothing is interpolated, because nothing moves"),
    ],
)
def test_what_is_said(pairs: dict[PairClass, int], start: str) -> None:
    note = held_note(pairs)
    assert note is not None
    assert note.startswith(start)
    assert ("`cuts=off`" in note) != ("`static_threshold=off`" in note)


@pytest.mark.parametrize("pairs", [{}, {"moving": 1}, {"moving": 3, "cut": 2}, {"static": 9, "moving": 1}])
def test_nothing_is_said(pairs: dict[PairClass, int]) -> None:
    assert held_note(pairs) is None
