"""``midframe adapt`` and ``midframe run --adapt`` from the command line to files, with the real network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.command_line import run_in_process, write_png

from midframe.media.video import read_rgb_frames
from midframe.models.checkpoints import load_checkpoint
from midframe.models.clips import fetch_clip


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 frames of a talking man in a moving car, 176×144."""
    folder = tmp_path_factory.mktemp("adapt") / "frames"
    folder.mkdir()
    for number, samples in enumerate(islice(read_rgb_frames(fetch_clip("carphone_pristine")), 48)):
        write_png(folder / f"{number:03d}.png", samples)
    return folder


@pytest.mark.slow
def test_a_real_clip_gains_and_its_weights_serve_everywhere(
    frames: Path, tmp_path: Path, real_checkpoint_425: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, sheet, report = tmp_path / "my.safetensors", tmp_path / "sheet.png", tmp_path / "my.json"
    run_in_process(
        "adapt", frames, "-o", weights, "--steps", 20, "--quality", "fast", "--sheet", sheet, "--json", report,
        "--device", "cpu", "--progress", "plain",
    )  # fmt: skip
    said = capsys.readouterr()
    assert "Held-out frames gained +" in said.out
    assert "best so far" in said.err
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["better"]
    assert found["provenance"]["gains"]["gain"] >= 0.05
    assert sheet.stat().st_size > 10_000

    adapted, base = load_checkpoint(weights), load_checkpoint(real_checkpoint_425)
    assert adapted.provenance is not None
    assert adapted.provenance.base_sha256 == base.sha256
    changed = {
        name for name in base.model.tensors if not np.array_equal(base.model.tensors[name], adapted.model.tensors[name])
    }
    assert changed
    assert all(name.startswith(("block2", "block3", "block4")) for name in changed)

    few = tmp_path / "few"
    few.mkdir()
    for number in range(3):
        (few / f"{number}.png").write_bytes((frames / f"{number:03d}.png").read_bytes())
    outputs = []
    for name, model, devices in (("a", weights, "cpu"), ("b", weights, "cpu,cpu"), ("c", real_checkpoint_425, "cpu")):
        run_in_process("run", few, "-o", tmp_path / name, "-m", model, "--device", devices, "--progress", "none")
        outputs.append([file.read_bytes() for file in sorted((tmp_path / name).glob("*.png"))])
    assert outputs[0] == outputs[1]
    assert outputs[0][1] != outputs[2][1]
    assert outputs[0][0] == outputs[2][0]


def test_ten_frames_end_with_the_base_and_a_reason(
    frames: Path, tmp_path: Path, real_checkpoint_425: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for number in range(10):
        (few / f"{number}.png").write_bytes((frames / f"{number:03d}.png").read_bytes())
    weights = tmp_path / "my.safetensors"
    run_in_process("adapt", few, "-o", weights, "--steps", 20, "--device", "cpu", "--progress", "none", code=1)
    assert capsys.readouterr().err == (
        "Not adapted: 10 frames are too few (moving triplets: 6 of the 8 that training needs, 0 of the 3 that checking "
        "needs). No file was written; use the original model.\n"
    )
    assert not weights.exists()

    arguments = ("run", few, "-o", tmp_path / "out", "--adapt", "--device", "cpu", "--progress", "none", "--overwrite")
    run_in_process(*arguments)
    assert "10 frames are too few" in capsys.readouterr().err
    assert len(list((tmp_path / "out").glob("*.png"))) == 19
    assert not (tmp_path / "out.safetensors").exists()


def still_noise() -> Iterator[NDArray[np.uint8]]:
    """One picture, with the noise of a camera in the dark."""
    random = np.random.default_rng(0)
    picture = np.kron(random.integers(60, 180, (12, 16, 3)), np.ones((8, 8, 1)))
    for _ in range(40):
        yield np.clip(picture + random.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)


def cuts() -> Iterator[NDArray[np.uint8]]:
    """Another scene with every frame."""
    for number in range(40):
        colours = np.random.default_rng(number).integers(0, 256, (6, 8, 3))
        yield np.kron(colours, np.ones((16, 16, 1))).astype(np.uint8)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (still_noise, "36 triplets with differences of noise alone"),
        (cuts, "39 cuts"),
    ],
)
def test_clips_that_teach_nothing_end_with_the_base_and_a_reason(
    make: Callable[[], Iterator[NDArray[np.uint8]]],
    words: str,
    tmp_path: Path,
    real_checkpoint_425: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip, weights = tmp_path / "clip", tmp_path / "my.safetensors"
    clip.mkdir()
    for number, samples in enumerate(make()):
        write_png(clip / f"{number:03d}.png", samples)
    run_in_process("adapt", clip, "-o", weights, "--steps", 20, "--device", "cpu", "--progress", "none", code=1)
    said = capsys.readouterr().err
    assert "Not adapted: too little moves in 40 frames (moving triplets: 0 of the 8 that training needs" in said
    assert f"; {words})" in said
    assert not weights.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("adapt", "-", "-o", "a.safetensors"), "a pipe cannot be adapted to"),
        (("adapt", "{frames}", "-o", "a.pkl"), "written as .safetensors"),
        (("adapt", "{frames}", "-o", "none/a.safetensors"), "does not exist"),
        (("adapt", "{frames}", "-o", "a.safetensors", "--time", "soon"), "--time must be a time"),
        (("adapt", "{frames}", "-o", "a.safetensors", "--time", "0s"), "--time must be above 0"),
        (("adapt", "{frames}", "-o", "a.safetensors", "--steps", "0"), "--steps must be at least 1"),
        (("adapt", "{frames}", "-o", "a.safetensors", "--seed", "-1"), "--seed must be 0 or more"),
        (("adapt", "{frames}", "-o", "a.safetensors", "--sheet", "a.txt"), "A before-and-after sheet is written as"),
        (("adapt", "nowhere", "-o", "a.safetensors"), "nowhere"),
        (("run", "-", "--adapt", "-o", "out"), "a pipe cannot be adapted to"),
        (("run", "{frames}", "--adapt", "--adapt-time", "soon", "-o", "out"), "--adapt-time must be a time"),
    ],
)
def test_what_cannot_be_done_is_told_at_once(
    frames: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    run_in_process(*(argument.format(frames=frames) for argument in arguments), code=2)
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
