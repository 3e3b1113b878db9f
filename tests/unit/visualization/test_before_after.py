"""Before and after, side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midframe.errors import WriteError
from midframe.visualization.before_after import before_after_frames, write_before_after_page


def test_source_frames_are_held_on_the_left() -> None:
    frames = [np.full((90, 160, 3), value, np.uint8) for value in (10, 20, 30, 40, 50)]
    both = list(before_after_frames(iter(frames), 2))
    assert [int(frame[80, 80, 0]) for frame in both] == [10, 10, 30, 30, 50]
    assert [int(frame[80, 240, 0]) for frame in both] == [10, 20, 30, 40, 50]
    assert both[0].shape == (90, 320, 3)
    # Both sides are labelled, in white.
    assert min(both[0][:20, :60].max(), both[0][:20, 260:].max()) > 200


def test_the_page_names_the_video_and_loads_nothing_else(tmp_path: Path) -> None:
    write_before_after_page(tmp_path / "index.html", "both.mp4")
    text = (tmp_path / "index.html").read_text("utf-8")
    assert 'src="both.mp4"' in text
    assert "http" not in text


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        write_before_after_page(tmp_path / "missing" / "index.html", "both.mp4")
