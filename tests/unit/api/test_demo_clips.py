from __future__ import annotations

from pathlib import Path

import pytest

import midframe


def test_it_is_the_file_in_the_cache(bigbuckbunny: Path) -> None:
    assert midframe.demo_clip() == bigbuckbunny


def test_a_clip_that_does_not_exist() -> None:
    with pytest.raises(midframe.InputError, match="waterfall"):
        midframe.demo_clip("waterfall")
