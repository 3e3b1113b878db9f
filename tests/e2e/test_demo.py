"""``midframe demo``: what a newcomer sees first."""

from __future__ import annotations

from pathlib import Path

from tests.support.clips import times
from tests.support.command_line import Midframe


def test_everything_that_is_named_is_there(midframe: Midframe, tmp_path: Path) -> None:
    done = midframe("demo", "-o", "out", "--frames", "4", "--insert", "1")
    assert done.stdout.startswith("bigbuckbunny: 4 frames, 1 new between each two, into out\n")
    for name in ("index.html", "before-after.mp4", "slow-motion.mp4", "contact-sheet.png"):
        assert f"out/{name}" in done.stdout
        assert (tmp_path / "out" / name).is_file()
    assert len(list((tmp_path / "out" / "frames").iterdir())) == 7
    assert len(times(tmp_path / "out" / "before-after.mp4")) == 7
    assert "Next " in done.stdout
