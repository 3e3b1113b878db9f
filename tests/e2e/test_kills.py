"""Jobs that are killed: their files play, and hold what an undisturbed run holds, up to a few frames."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.support.command_line import Midframe
from tests.support.kills import allowed_missing, play, run_killed, run_whole, verdict, write_source
from tests.support.partial_files import partial_files


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_file_plays_up_to_there(suffix: str, midframe: Midframe, tmp_path: Path) -> None:
    source = write_source(tmp_path / "source.mp4", 40)
    output = tmp_path / f"out{suffix}"
    seconds = run_whole(source, output)
    whole = play(output)
    output.unlink()
    rng = random.Random(5)

    for share in (rng.uniform(0, 0.3), rng.uniform(0.3, 0.6), rng.uniform(0.6, 0.8)):
        done = run_killed(source, output, share * seconds)
        if not output.exists():
            found = verdict(output, whole, done, allowed_missing(suffix))
            assert found["ok"], found

    # What a killed job has left is not in the way.
    midframe("run", source, "-o", output, "-x", "1", "--overwrite")
    assert not partial_files(output)
    assert len(play(output).pictures) == 40
