"""Every picture that was written is shown, at its time, by another decoder; the length is that of the schedule."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.written_videos import plan_of, shown_by_opencv, write

from midframe.media.video.writing.recovery import SEGMENT_FRAMES

# Matroska rounds to this, and so does FFmpeg when it reads other containers for OpenCV.
MILLISECOND = Fraction(1, 1000)

KINDS = [
    *((suffix, codec) for suffix in (".mp4", ".mov", ".mkv") for codec in ("h264", "h265")),
    (".mov", "prores"),
    (".mkv", "ffv1"),
    (".webm", "vp9"),
]

rates = st.one_of(
    st.sampled_from([Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)]),
    st.fractions(min_value=1, max_value=240, max_denominator=1001),
)


def check(path: Path, count: int, rate: Fraction) -> None:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = stream.time_base or Fraction(0)
        begins = [(frame.pts or 0) * base for frame in container.decode(stream)]
        length = None if stream.duration is None else stream.duration * base
    shown = shown_by_opencv(path)
    assert len(begins) == count
    assert len(shown) == count
    rounded = 0 if path.suffix in (".mp4", ".mov") else MILLISECOND
    assert all(abs(begin - number / rate) <= rounded for number, begin in enumerate(begins))
    assert length is None or abs(length - count / rate) <= 2 * rounded


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(2, 60), rates)
def test_as_many_pictures_are_shown_as_were_written(kind: tuple[str, str], count: int, rate: Fraction) -> None:
    suffix, codec = kind
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        write(plan_of(path, count, rate, codec=codec), count)
        check(path, count, rate)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("count", [SEGMENT_FRAMES + 1, SEGMENT_FRAMES + 9, 2 * SEGMENT_FRAMES + 2])
@pytest.mark.parametrize("stops", [(), (SEGMENT_FRAMES,), (SEGMENT_FRAMES + 1,)], ids=["whole", "between", "inside"])
def test_segments_and_resumed_files_lose_nothing(
    suffix: str, count: int, stops: tuple[int, ...], tmp_path: Path
) -> None:
    rate = Fraction(24000, 1001)
    path = tmp_path / f"a{suffix}"
    write(plan_of(path, count, rate), count, stops)
    check(path, count, rate)


def test_what_is_finished_of_a_stopped_file_is_shown(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "a.mp4", 60, Fraction(25))
    check(write(plan, 33), 33, Fraction(25))
