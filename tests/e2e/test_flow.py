"""`midframe flow` on real pictures that were moved by a known distance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.command_line import Midframe, run_in_process, write_png
from tests.support.kills import files, kill_after

from midframe.media.flow_files import read_flo, read_npz
from midframe.media.video import read_rgb_frames

RIGHT, DOWN = 8, -4


@pytest.fixture
def moved(bikes: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A part of a real frame, and the part next to it: what is seen moves 8 pixels to the right and 4 up."""
    picture = next(iter(read_rgb_frames(bikes)))
    left, right = tmp_path / "a.png", tmp_path / "b.png"
    write_png(left, np.ascontiguousarray(picture[40:200, 100:356]))
    write_png(right, np.ascontiguousarray(picture[40 - DOWN : 200 - DOWN, 100 - RIGHT : 356 - RIGHT]))
    return left, right


def middle(flow: np.ndarray) -> list[float]:
    return [float(np.median(flow[20:-20, 20:-20, axis])) for axis in (0, 1)]


def test_distance_and_direction(moved: tuple[Path, Path], tmp_path: Path) -> None:
    left, right = moved
    run_in_process("flow", left, right, "--time", "1/4", "-o", tmp_path / "m.flo")
    # A quarter of the way lies after, three quarters are to come. RIFE is less exact here than in the middle.
    assert middle(read_flo(tmp_path / "m_t0.flo")) == pytest.approx([-RIGHT / 4, -DOWN / 4], abs=1)
    assert middle(read_flo(tmp_path / "m_t1.flo")) == pytest.approx([RIGHT * 3 / 4, DOWN * 3 / 4], abs=1)


def test_all_in_one_file_with_a_mask(moved: tuple[Path, Path], tmp_path: Path) -> None:
    left, right = moved
    run_in_process("flow", left, right, "-o", tmp_path / "m.npz", "--mask", tmp_path / "mask.png")
    arrays = read_npz(tmp_path / "m.npz")
    assert arrays["flow_t1"].shape == (160, 256, 2)
    assert middle(arrays["flow_t1"]) == pytest.approx([RIGHT / 2, DOWN / 2], abs=0.3)
    with Image.open(tmp_path / "mask.png") as mask:
        shown = np.asarray(mask.convert("L")) / 255
    assert np.abs(shown - arrays["mask"]).max() <= 0.5 / 255 + 1e-6


def test_a_picture_and_what_is_printed(moved: tuple[Path, Path], midframe: Midframe) -> None:
    done = midframe("flow", *moved, "-o", "m.png", "--flow-largest", "4.5")
    assert done.stdout.startswith("m.png\nfrom t = 1/2 to A: 4.")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--time", "1"), "--time must lie between"),
        (("--time", "x"), "--time must be a number"),
        (("--flow-largest", "0"), "--flow-largest must be above 0"),
        (("--mask", "m.png"), "both"),
        (("-o", "b.png"), "is the input"),
        (("--mask", "b.png", "--overwrite"), "is the input"),
        (("-o", "mine.png"), "exists"),
        (("-o", "mine.flo"), "mine_t1.flo exists"),
        (("--mask", "mine.png"), "exists"),
        (("--mask", "mask.flo"), "A mask is written as"),
        (("-o", "flow.tif"), "Motion is written as"),
    ],
)
def test_options_that_cannot_be(
    options: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.png", "mine.png", "mine_t1.flo"):
        (tmp_path / name).write_bytes(b"mine")
    run_in_process("flow", "a.png", "b.png", "-o", "m.png", *options, code=2)
    assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.png", "mine.png", "mine_t1.flo"]
    assert all(path.read_bytes() == b"mine" for path in tmp_path.iterdir())


def test_two_sizes(clip_frames: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_png(tmp_path / "small.png", np.zeros((40, 40, 3), np.uint8))
    run_in_process("flow", clip_frames(1) / "0000000.png", tmp_path / "small.png", "-o", tmp_path / "m.npz", code=2)
    assert "pictures of one size" in capsys.readouterr().err


def test_flow_out_beside_a_sequence(clip_frames: Callable[[int], Path], tmp_path: Path) -> None:
    words = ("run", clip_frames(3), "-x", "3", "--executor", "inline")
    run_in_process(*words, "-o", tmp_path / "out", "--flow-out", tmp_path / "flow", "--flow-format", "flo")
    run_in_process(*words, "-o", tmp_path / "plain")
    assert sorted(path.name for path in (tmp_path / "flow").iterdir()) == [
        f"{number:07d}_t{end}.flo" for number in (1, 2, 4, 5) for end in (0, 1)
    ]
    height, width, _ = read_flo(tmp_path / "flow" / "0000001_t0.flo").shape
    assert (width, height) == (320, 136)
    for number in range(7):
        # Estimating and drawing apart is what drawing at once does, up to rounding.
        pair = [np.asarray(Image.open(tmp_path / place / f"{number:07d}.png"), np.int16) for place in ("out", "plain")]
        assert np.abs(pair[0] - pair[1]).max() <= 1


def test_flow_out_of_several_inputs(clip_frames: Callable[[int], Path], tmp_path: Path) -> None:
    first = clip_frames(2)
    second = first.rename(tmp_path / "second")
    (tmp_path / "first").mkdir()
    for path in second.iterdir():
        (tmp_path / "first" / path.name).write_bytes(path.read_bytes())
    run_in_process("run", tmp_path / "first", second, "-o", tmp_path / "out", "--flow-out", tmp_path / "flow")
    assert sorted(str(path.relative_to(tmp_path / "flow")) for path in (tmp_path / "flow").rglob("*.png")) == [
        "first_2x/0000001.png",
        "second_2x/0000001.png",
    ]


@pytest.mark.parametrize("how", [("--executor", "ray"), ("--executor", "processes"), ("--device", "cpu,cpu")])
def test_flow_out_needs_this_process(
    how: tuple[str, str], clip_frames: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_process("run", clip_frames(2), "-o", tmp_path / "out", "--flow-out", tmp_path / "flow", *how, code=2)
    assert "--flow-out works " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_killed_job_goes_on_with_its_motion(
    clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path
) -> None:
    words = ["run", clip_frames(6), "-x", "4", "--resume", "--executor", "inline", "--flow-format", "npz"]
    words += ["--threads", "1"]
    midframe(*words, "-o", "whole", "--flow-out", "whole-flow")
    kill_after([*words, "-o", "out", "--flow-out", "flow"], lambda: len(files(tmp_path / "out")) > 9, tmp_path)
    drawn = {name.removesuffix(".png") for name in files(tmp_path / "out") if int(name[:7]) % 4}
    assert drawn <= {name.removesuffix(".npz") for name in files(tmp_path / "flow")}
    midframe(*words, "-o", "out", "--flow-out", "flow")
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    kept = [read_npz(tmp_path / folder / f"{name}.npz") for name in sorted(drawn) for folder in ("flow", "whole-flow")]
    for got, wanted in zip(kept[::2], kept[1::2], strict=True):
        for name, values in wanted.items():
            np.testing.assert_array_equal(got[name], values)
    assert files(tmp_path / "flow").keys() == files(tmp_path / "whole-flow").keys()
