"""Videos that were interrupted and go on: the same frames at the same times as without the interruption."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.support.clips import frame_hashes, packets, presentation_time, times, write_clip
from tests.support.jobs import FakeNetwork, StopError, stopping
from tests.support.partial_files import partial_file, partial_files

from midframe.atomic import temporary_path
from midframe.detection.rules import PairRules
from midframe.errors import ResumeError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.video import read_rgb_frames
from midframe.media.video.codecs import CodecRow, codec_to_write
from midframe.media.video.writing import encoders
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.media.video.writing.recovery import SEGMENT_FRAMES
from midframe.runtime.events import Reporter

FRAMES = 3 * SEGMENT_FRAMES // 2 + 7
"""Of the source: the output has three whole segments and a part of one."""


@pytest.fixture(autouse=True)
def _repeatable_h264(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encode H.264 without assembly: on some virtual machines, x264's AVX-512 code makes other packets of the same
    pictures about once in thirty runs, and two runs could not be compared.
    """

    def without_assembly(name: str) -> CodecRow:
        row = codec_to_write(name)
        if row.encoder != "libx264":
            return row
        return replace(row, options={**row.options, "x264-params": "no-asm=1"})

    monkeypatch.setattr(encoders, "codec_to_write", without_assembly)


def run(source: Path, output: Path, stop_after: int | None = None, **options: object) -> tuple[int, int]:
    """Carry out a job, or let it fail when that many frames are in place; how many were resumed, and all."""
    options.setdefault("rules", PairRules(cuts="off"))
    job = resolve_job(JobOptions(source, output, resume=True, **options))  # type: ignore[arg-type]
    summary = run_job(job, FakeNetwork(), Reporter([stopping(stop_after)]))
    return summary.resumed, summary.outputs


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("source") / "clip.mp4", FRAMES, sound=True)


KINDS = {
    "clip.mp4": EncodingOptions(),
    "clip.mkv": EncodingOptions(),
    "clip.mov": EncodingOptions(codec="prores"),
    "lossless.mkv": EncodingOptions(codec="ffv1"),
    "h265.mp4": EncodingOptions(codec="h265", preset="ultrafast"),
    "clip.webm": EncodingOptions(preset="8"),
    "av1.mkv": EncodingOptions(codec="av1", preset="12"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_video_goes_on_to_the_same_result(source: Path, tmp_path: Path, name: str) -> None:
    whole, output = tmp_path / "whole" / name, tmp_path / "out" / name
    run(source, whole, encoding=KINDS[name])
    with pytest.raises(StopError):
        run(source, output, 2 * SEGMENT_FRAMES + 31, encoding=KINDS[name])
    assert not output.exists()

    assert run(source, output, encoding=KINDS[name]) == (2 * SEGMENT_FRAMES, 2 * FRAMES)

    assert times(output) == times(whole)
    assert frame_hashes(output) == frame_hashes(whole)
    if output.suffix != ".webm":  # which does not take AAC
        assert packets(output, "audio") == packets(whole, "audio")
    assert {path.name for path in output.parent.iterdir()} == {path.name for path in whole.parent.iterdir()}


@pytest.mark.parametrize("stop_after", [0, 1, SEGMENT_FRAMES - 1, SEGMENT_FRAMES, SEGMENT_FRAMES + 1, 2 * FRAMES - 1])
def test_wherever_it_stops(source: Path, tmp_path: Path, stop_after: int) -> None:
    run(source, tmp_path / "whole.mp4")
    with pytest.raises(StopError):
        run(source, tmp_path / "out.mp4", stop_after)
    resumed, _ = run(source, tmp_path / "out.mp4")
    assert resumed == (stop_after + 1) // SEGMENT_FRAMES * SEGMENT_FRAMES
    assert times(tmp_path / "out.mp4") == times(tmp_path / "whole.mp4")
    assert frame_hashes(tmp_path / "out.mp4") == frame_hashes(tmp_path / "whole.mp4")


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov"])
def test_segments_reordered_less_than_the_encoder_may(bikes: Path, tmp_path: Path, name: str) -> None:
    """Decoding times go on where those that were taken over end, and never come after the times of showing.

    From its 120th frame on, the encoder puts packets of this film one place out of order in the first segment and two
    in the next; it delays all by two.
    """
    film = list(read_rgb_frames(bikes))[120:]

    def paint(number: int, height: int, width: int) -> NDArray[Any]:
        small = Image.fromarray(film[number % len(film)]).convert("L").resize((96, 64)).resize((width, height))
        return np.asarray(small, np.float32) / 255

    clip = write_clip(tmp_path / "clip.mp4", SEGMENT_FRAMES + 40, paint=paint)
    run(clip, tmp_path / f"whole{name}")
    with pytest.raises(StopError):
        run(clip, tmp_path / name, SEGMENT_FRAMES + 31)
    assert run(clip, tmp_path / name)[0] == SEGMENT_FRAMES
    assert times(tmp_path / name) == times(tmp_path / f"whole{name}")
    assert frame_hashes(tmp_path / name) == frame_hashes(tmp_path / f"whole{name}")


def test_segments_play_on_as_one(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out.mp4")
    assert times(tmp_path / "out.mp4") == [Fraction(k, 50) for k in range(2 * FRAMES)]
    with av.open(str(tmp_path / "out.mp4")) as container:
        keys = [presentation_time(packet) for packet in container.demux(video=0) if packet.is_keyframe]
    assert set(keys) >= {Fraction(k, 50) for k in range(0, 2 * FRAMES, SEGMENT_FRAMES)}


def test_variable_frame_rate(tmp_path: Path) -> None:
    """Long intervals directly after a segment's end would put its first decoding times before the last ones."""
    ticks = [k if k < SEGMENT_FRAMES // 2 else 40 * k - 39 * SEGMENT_FRAMES // 2 for k in range(SEGMENT_FRAMES)]
    clip = write_clip(tmp_path / "clip.mp4", SEGMENT_FRAMES, ticks=ticks, unit=Fraction(1, 1000))
    run(clip, tmp_path / "whole.mp4")
    with pytest.raises(StopError):
        run(clip, tmp_path / "out.mp4", SEGMENT_FRAMES + 20)
    run(clip, tmp_path / "out.mp4")
    assert times(tmp_path / "out.mp4") == times(tmp_path / "whole.mp4")
    assert times(tmp_path / "out.mp4")[::2] == times(clip)
    assert frame_hashes(tmp_path / "out.mp4") == frame_hashes(tmp_path / "whole.mp4")


def test_a_partial_file_that_lost_its_end(source: Path, tmp_path: Path) -> None:
    """The journal says more than the disk holds, as after a loss of power."""
    run(source, tmp_path / "whole.mkv")
    with pytest.raises(StopError):
        run(source, tmp_path / "out.mkv", 2 * SEGMENT_FRAMES + 5)
    partial = partial_file(tmp_path / "out.mkv")
    content = partial.read_bytes()
    partial.write_bytes(content[: len(content) * 6 // 10])
    resumed, _ = run(source, tmp_path / "out.mkv")
    assert resumed == SEGMENT_FRAMES
    assert frame_hashes(tmp_path / "out.mkv") == frame_hashes(tmp_path / "whole.mkv")


@pytest.mark.parametrize("harm", ["gone", "empty", "noise"])
def test_a_partial_file_that_is_lost_begins_again(source: Path, tmp_path: Path, harm: str) -> None:
    with pytest.raises(StopError):
        run(source, tmp_path / "out.mp4", SEGMENT_FRAMES + 5)
    partial = partial_file(tmp_path / "out.mp4")
    partial.unlink() if harm == "gone" else partial.write_bytes(b"" if harm == "empty" else b"noise" * 999)
    assert run(source, tmp_path / "out.mp4") == (0, 2 * FRAMES)
    assert len(frame_hashes(tmp_path / "out.mp4")) == 2 * FRAMES


def test_other_compression_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(source, tmp_path / "out.mp4", SEGMENT_FRAMES + 5)
    with pytest.raises(ResumeError, match="output options"):
        run(source, tmp_path / "out.mp4", encoding=EncodingOptions(quality=30))
    assert partial_file(tmp_path / "out.mp4").exists()


def test_an_interrupted_take_over_loses_nothing(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "whole.mp4")
    with pytest.raises(StopError):
        run(source, tmp_path / "out.mp4", 2 * SEGMENT_FRAMES + 5)
    # As if the process had died while it copied.
    begun = temporary_path(tmp_path / "out.mp4", hidden=False)
    begun.write_bytes(b"\0\0\0")
    resumed, _ = run(source, tmp_path / "out.mp4")
    assert resumed == 2 * SEGMENT_FRAMES
    assert frame_hashes(tmp_path / "out.mp4") == frame_hashes(tmp_path / "whole.mp4")
    assert not partial_files(tmp_path / "out.mp4")
