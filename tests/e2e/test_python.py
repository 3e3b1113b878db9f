"""The Python interface and the command line give the same frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.command_line import Midframe, write_png
from tests.support.rows import pan

from midframe import Interpolator, Job, Session, retime
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, FrameFormat


def scenes(dtype: str) -> list[NDArray[Any]]:
    """Two scenes with a cut between them, a static pair, and for 16 bit a fade-in of low values before all of it."""
    first, second = pan(3, seed=1), pan(3, seed=2)
    frames: list[NDArray[Any]] = [*first, first[-1].copy(), *second]
    if dtype == "uint8":
        return frames
    bright = [(frame.astype(np.uint16) * 40) for frame in frames]
    return [bright[0] // 100, bright[0] // 50, *bright]


@pytest.mark.parametrize(
    ("dtype", "option", "value", "cuts"),
    [
        ("uint8", "factor", "2", "hold"),
        ("uint8", "factor", "5/2", "blend"),
        ("uint8", "insert", "3", "off"),
        ("uint16", "factor", "2", "hold"),
        ("uint16", "insert", "3", "blend"),
    ],
)
def test_frames_of_a_list_are_those_of_the_command_line(
    midframe: Midframe, tmp_path: Path, dtype: str, option: str, value: str, cuts: Any
) -> None:
    frames = scenes(dtype)
    (tmp_path / "in").mkdir()
    for number, samples in enumerate(frames):
        height, width, channels = samples.shape
        path = tmp_path / "in" / f"{number:03d}.png"
        codec_for(path).write(path, Frame(samples, FrameFormat(width, height, channels, samples.dtype)))
    midframe("run", "in", "-o", "out", f"--{option}", value, "--cuts", cuts)
    wanted = [codec_for(path).read(path).samples for path in sorted((tmp_path / "out").glob("*.png"))]

    options: dict[str, Any] = {option: int(value) if option == "insert" else value}
    with Interpolator.load() as interpolator:
        made = interpolator.interpolate(frames, cuts=cuts, **options)
        streamed = list(interpolator.stream(iter(frames), cuts=cuts, **options)) if dtype == "uint8" else made

    assert len(made) == len(streamed) == len(wanted)
    for number, (frame, streamed_frame, from_file) in enumerate(zip(made, streamed, wanted, strict=True)):
        np.testing.assert_array_equal(frame, from_file, err_msg=f"frame {number}")
        np.testing.assert_array_equal(streamed_frame, from_file, err_msg=f"frame {number}")


@pytest.mark.parametrize("options", [(), ("--deflicker",)])
def test_retimed_frames_are_those_of_the_command_line(
    midframe: Midframe, tmp_path: Path, options: tuple[str, ...]
) -> None:
    gains = 1 + 0.03 * np.random.default_rng(1).standard_normal(14)
    pictures = [*pan(7, seed=1), *pan(7, seed=2)]
    frames = [np.clip(picture * gain, 0, 255).astype(np.uint8) for picture, gain in zip(pictures, gains, strict=True)]
    (tmp_path / "in").mkdir()
    for number, samples in enumerate(frames):
        write_png(tmp_path / "in" / f"{number:03d}.png", samples)
    midframe("run", "in", "-o", "out", "--source-fps", "16", "--fps", "23.976", "--end", "hold", *options)
    wanted = [codec_for(path).read(path).samples for path in sorted((tmp_path / "out").glob("*.png"))]
    made = retime(np.stack(frames), 16, 24000 / 1001, deflicker=bool(options))
    np.testing.assert_array_equal(made, np.stack(wanted))


@pytest.mark.parametrize("mode", ["direct", "recursive"])
def test_previews_are_the_frames_of_the_job(midframe: Midframe, tmp_path: Path, mode: Any) -> None:
    (tmp_path / "in").mkdir()
    for number, samples in enumerate(scenes("uint8")):
        write_png(tmp_path / "in" / f"{number:03d}.png", samples)
    job = Job(tmp_path / "in", tmp_path / "out", factor=4, mode=mode)
    with Session() as session:
        before = [session.preview(job, pair=pair, time="3/4").image for pair in range(6)]
        session.run(job)
        after = session.preview(job, pair=1, time="3/4").image
    for pair, image in enumerate(before):
        path = tmp_path / "out" / f"{4 * pair + 3:07d}.png"
        np.testing.assert_array_equal(image, codec_for(path).read(path).samples, err_msg=f"pair {pair}")
    np.testing.assert_array_equal(after, before[1])
