from __future__ import annotations

import pytest

from midframe.wording import counted, enumerated


@pytest.mark.parametrize(("count", "text"), [(0, "0 frames"), (1, "1 frame"), (2, "2 frames")])
def test_numbers_of_things(count: int, text: str) -> None:
    assert counted(count, "frame") == text


@pytest.mark.parametrize(("words", "text"), [(["A"], "A"), (["A", "B"], "A and B"), (("A", "B", "C"), "A, B and C")])
def test_lists_of_words(words: list[str], text: str) -> None:
    assert enumerated(words) == text


def test_lists_of_choices() -> None:
    assert enumerated(["hold", "blend", "off"], "or") == "hold, blend or off"
