from __future__ import annotations

import pytest

from midframe.cli.engine_options import qualities
from midframe.errors import OptionError


@pytest.mark.parametrize("word", ["fast", "default", "best"])
def test_words_say_how_frames_are_drawn(word: str) -> None:
    assert qualities(word, None) == (word, None)
    assert qualities(word, 20) == (word, 20)


def test_a_number_is_the_codecs() -> None:
    """What --quality meant before there was --crf."""
    assert qualities("18", None) == ("default", 18)


def test_a_number_twice() -> None:
    with pytest.raises(OptionError, match="--quality 18 is the same as --crf 18: give one"):
        qualities("18", 20)


@pytest.mark.parametrize("word", ["good", "", "Best", "1.5"])
def test_other_words(word: str) -> None:
    with pytest.raises(OptionError, match="must be fast, default or best"):
        qualities(word, None)
