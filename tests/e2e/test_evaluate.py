"""`midframe evaluate` as its users call it."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import Midframe, run_in_process, write_png
from tests.support.rows import pan


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, picture in enumerate(pan(9)):
        write_png(folder / f"{number:04d}.png", picture)
    return folder


def means(document: dict[str, Any], group: str) -> dict[str, float]:
    return {each["name"]: each["means"][group]["psnr"]["mean"] for each in document["methods"]}


def test_a_real_excerpt(midframe: Midframe, bikes: Path, tmp_path: Path) -> None:
    against = "blend,hold,dis,minterpolate"
    done = midframe(
        "evaluate", bikes, "--frames", 9, "--against", against, "--scale", "1,0.5", "--quality", "fast",
        "-o", "found.html", "--progress", "plain",
    )  # fmt: skip

    lines = done.stdout.splitlines()
    start = f"RIFE 4.25 as published rebuilds the moving frames of {bikes.name} at "
    assert re.fullmatch(re.escape(start) + r"\d\d\.\d dB, \d+\.\d dB better than plain blending\.", lines[0])
    assert [Path(line).name for line in lines[-3:]] == ["found.html", "found.json", "found.csv"]
    assert "read 9/9, interpolate 4/4" in done.stderr
    document = json.loads((tmp_path / "found.json").read_text())
    psnr = means(document, "moving")
    assert list(psnr) == ["4.25 quality=fast", "4.25 scale=0.5 quality=fast", "blend", "hold", "dis", "minterpolate"]
    assert psnr["4.25 quality=fast"] > psnr["dis"] > psnr["blend"] > psnr["hold"]
    for each in document["methods"]:
        label, mean = each["label"], psnr[each["name"]]
        assert any(line.startswith(f"  {label} ") and f" {mean:.2f} " in line for line in lines), label
    assert "LPIPS" not in done.stdout
    assert len(document["methods"][0]["settings"]["model_sha256"]) == 64
    with (tmp_path / "found.csv").open(newline="") as rows:
        assert len(list(csv.DictReader(rows))) == 6 * 4
    page = (tmp_path / "found.html").read_text()
    assert page.count("data:image") > 4
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_sequence_and_a_checkpoint_of_ones_own(
    shots: Path, real_checkpoint_425: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / f"my{real_checkpoint_425.suffix}"
    own.write_bytes(real_checkpoint_425.read_bytes())

    run_in_process(
        "evaluate", shots, "--model", own, "--against", "4.25", "--gap", 4, "--mode", "direct,bisect",
        "--quality", "default", "--metrics", "psnr", "--progress", "none",
    )  # fmt: skip

    document = json.loads((tmp_path / "shots_evaluation.json").read_text())
    psnr = means(document, "moving")
    assert list(psnr) == [own.name, f"{own.name} mode=bisect", "4.25"]
    assert psnr[own.name] == psnr["4.25"]
    assert psnr[own.name] != psnr[f"{own.name} mode=bisect"]
    assert ", as good as midframe." in capsys.readouterr().out


def test_without_a_report_nothing_is_written(shots: Path, tmp_path: Path) -> None:
    run_in_process("evaluate", shots, "--against", "none", "--metrics", "psnr", "--no-report", "--progress", "none")

    assert [path.name for path in tmp_path.iterdir()] == ["shots"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "blend,blend"], "blend is named twice"),
        (["--against", "blnd"], "Besides models, --against takes blend, hold, minterpolate, dis"),
        (["--against", "blend,"], "--against takes one value or several"),
        (["--mode", "direct,bisect"], "With --gap 2 there is one frame to interpolate"),
        (["--mode", "sideways"], "--mode takes direct, recursive, bisect"),
        (["--scale", "1,half"], "--scale takes numbers"),
        (["--scale", "0.3"], "--scale must be one of"),
        (["--precision", "low"], "--precision takes exact, fast"),
        (["--metrics", "psnr,vmaf"], "--metrics takes psnr, ssim"),
        (["--gap", "1"], "--gap must be 2 or more"),
        (["--gap", "20"], "9 frames are too few"),
        (["--frames", "2"], "--frames must be 3 or more"),
        (["--start-time", "9"], "--start-time is after the end"),
        (["--metrics", "psnr,lpips"], "Give a file of them with --lpips-weights; docs/evaluate.md says how"),
        (["--lpips-weights", "none.pth"], "--lpips-weights: there is no file none.pth"),
        (["-o", "found.pdf"], "must end in .html"),
        (["-o", "nowhere/found.html"], "does not exist"),
        (["--progress", "loud"], "--progress must be"),
    ],
)
def test_wrong_arguments_get_one_sentence(
    arguments: list[str], message: str, shots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_process("evaluate", shots, *arguments, code=2)

    said = capsys.readouterr().err.strip()
    assert message in said
    assert len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["shots"]


def test_stopping_leaves_no_report(bikes: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "midframe", "evaluate", str(bikes), "-o", "found.html", "--against", "none"]
    with subprocess.Popen(
        [*command, "--metrics", "psnr", "--progress", "json"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        next(line for line in running.stdout if json.loads(line).get("stage") == "interpolate")
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()

    assert said.strip() == "midframe: Stopped. Nothing was written."
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []


def two_folders(tmp_path: Path) -> list[Path]:
    folders = [tmp_path / name / "shots" for name in ("first", "second")]
    for seed, folder in enumerate(folders):
        folder.mkdir(parents=True)
        for number, picture in enumerate(pan(9, seed=seed)):
            write_png(folder / f"{number:04d}.png", picture)
    return folders


def test_several_inputs_give_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = two_folders(tmp_path)

    run_in_process("evaluate", *folders, "-o", tmp_path / "all.html", "--metrics", "psnr,ssim", "--progress", "none")

    said = capsys.readouterr()
    assert said.err.count("rebuilds the moving frames of shots at") == 2
    lines = said.out.splitlines()
    assert lines[0].startswith("midframe rebuilds the moving frames of 2 clips at ")
    assert lines[1] == "2 clips are too few to say so of others."
    table = [line.split("  ")[0] for line in lines[3:8]]
    assert table == ["PSNR dB", "shots", "shots", "mean", "from midframe"]
    names = ["all.html", "all.json", "all.csv"]
    assert [Path(line).name for line in lines[-3:]] == names
    pages = ["all_shots.html", "all_shots_2.html"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted([*names, *pages])
    document = json.loads((tmp_path / "all.json").read_text())
    assert [clip["page"] for clip in document["clips"]] == pages
    own, *_, blend = document["means"]["psnr"]
    assert (own["label"], blend["label"]) == ("midframe", "plain blending")
    assert blend["difference"]["mean"] == pytest.approx(blend["mean"]["mean"] - own["mean"]["mean"])
    assert own["mean"]["clips"] == 2
    with (tmp_path / "all.csv").open(newline="") as rows:
        assert len(list(csv.DictReader(rows))) == 2 * 3 * 4
    overview = (tmp_path / "all.html").read_text()
    assert all(f'href="{name}"' in overview for name in pages)
    run_in_process("evaluate", *folders, "-o", tmp_path / "all.html", "--metrics", "psnr", "--progress", "none")


def test_all_inputs_are_checked_before_the_first_is_evaluated(
    shots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_process("evaluate", shots, tmp_path / "nothing.mp4", "-o", tmp_path / "all.html", code=2)

    assert "nothing.mp4" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["shots"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ("bikes", {"4.25 quality=fast": 33.69, "blend": 28.60, "minterpolate": 31.00, "dis": 31.77}),
        ("bigbuckbunny", {"4.25 quality=fast": 38.84, "blend": 34.75, "minterpolate": 37.89, "dis": 38.25}),
    ],
)
def test_known_figures(
    clip: str, expected: dict[str, float], request: pytest.FixtureRequest, midframe: Midframe, tmp_path: Path
) -> None:
    video = request.getfixturevalue(clip)

    midframe("evaluate", video, "--against", "blend,minterpolate,dis", "-o", "found.html", "--progress", "none")

    document = json.loads((tmp_path / "found.json").read_text())
    found = means(document, "all" if "all" in document["methods"][0]["means"] else "moving")
    # 0.05 dB: versions of FFmpeg and OpenCV round differently.
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=0.05)
    assert found["4.25"] > found["4.25 quality=fast"]
