"""Wrong values of every option: one sentence that helps, before a model is fetched, and nothing is written."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip
from tests.support.command_line import Midframe, write_png

import midframe as package
from midframe.errors import InputError

ROWS = {
    "run clip.mp4 -x 0": "-x must be at least 1, not 0.",
    "run clip.mp4 -x -2": "-x must be at least 1, not -2.",
    "run clip.mp4 -x 0.5": "-x must be at least 1, not 0.5. For fewer frames than the input has, use --fps.",
    "run clip.mp4 -x twice": "-x must be a number such as 2, 2.5 or 5/2, not 'twice'.",
    "run clip.mp4 -x 1e9": "-x must be at most 1000000, not 1e9.",
    "run clip.mp4 --insert -1": "--insert must be a whole number from 0 to 999999, not -1.",
    "run clip.mp4 --insert two": "--insert must be a whole number, not 'two'.",
    "run clip.mp4 --fps 0": "--fps must be above 0, not 0.",
    "run clip.mp4 --fps fast": "--fps must be a number such as 60, 59.94 or 60000/1001, not 'fast'.",
    "run clip.mp4 --fps 60 --slowmo": "Give either --fps or --slowmo",
    "run shots --slowmo": "--slowmo is for videos. Leave it out: images have no frame rate",
    "run clip.mp4 --slowmo-audio stretch": "it needs --slowmo",
    "run clip.mp4 --slowmo-audio loud": "--slowmo-audio must be drop or stretch, not 'loud'.",
    "run clip.mp4 --start-time 99": "--start-time is after the end: the input lasts 0.160 s.",
    "run clip.mp4 --start-time later": "--start-time must be seconds or h:m:s",
    "run clip.mp4 --start-time 2 --end-time 1": "--start-time is after the end",
    "run clip.mp4 --start-time 0.1 --end-time 0.05": "--end-time must be after --start-time.",
    "run clip.mp4 --end-time x": "--end-time must be seconds or h:m:s",
    "run clip.mp4 --source-fps 30": "--source-fps is for image sequences",
    "run shots --source-fps 0": "--source-fps must be above 0, not 0.",
    "run clip.mp4 --gaps fill": "--gaps fill cannot determine the missing frames",
    "run shots --gaps skip": "--gaps must be step or fill, not 'skip'.",
    "run clip.mp4 --vfr odd": "--vfr must be keep or even, not 'odd'.",
    "run clip.mp4 --codec h266": "The codec 'h266' is not available. Use one of h264, h265",
    "run clip.mp4 --codec aac": "'aac' is not a video codec that midframe can encode.",
    "run clip.mp4 --codec prores": ".mp4 files cannot store the output of prores_ks. Use --codec with one of h264",
    "run clip.mp4 --codec vp9 -o new.gif": "A .gif file stores gif, not vp9.",
    "run shots --codec h264": "shots_2x is not a video",
    "run clip.mp4 --crf 200": "--crf of h264 goes from 0 (best) to 51 (smallest file); 18 is the default. 200 is not",
    "run clip.mp4 --crf -1": "-1 is not on this scale",
    "run clip.mp4 --crf high": "--crf must be a whole number, not 'high'.",
    "run clip.mp4 --quality 200": "200 is not on this scale",
    "run clip.mp4 --codec h265 --crf 52": "--crf of h265 goes from 0 (best) to 51",
    "run clip.mp4 --codec av1 --crf 64": "--crf of av1 goes from 0 (best) to 63",
    "run clip.mp4 --codec vp9 --crf 64": "--crf of vp9 goes from 0 (best) to 63",
    "run clip.mp4 --crf 101 -o new.webp": "--crf of webp goes from 100 (best) to 0",
    "run clip.mp4 --crf 10 -o new.gif": "--crf has no meaning for gif",
    "run clip.mp4 --codec ffv1 --crf 4 -o new.mkv": "--crf has no meaning for ffv1",
    "run clip.mp4 --preset slowest": "h264 has no preset 'slowest'. Its presets are placebo, veryslow, slower, slow",
    "run clip.mp4 --codec av1 --preset slow": "av1 has no preset 'slow'. Its presets are 0 (slowest",
    "run clip.mp4 --codec vp9 --preset 9": "vp9 has no preset '9'. Its presets are 0 (slowest, smallest file) to 8",
    "run clip.mp4 --preset 9 -o new.webp": "webp has no preset '9'. Its presets are 6",
    "run clip.mp4 --preset 12 -o new.apng": "apng has no preset '12'. Its presets are 9",
    "run clip.mp4 --codec ffv1 --preset slow": "--preset has no meaning for ffv1",
    "run clip.mp4 --pix-fmt yuv999p": "h264 does not take the pixel format 'yuv999p'. It takes yuv420p",
    "run clip.mp4 --on-damage cry": "--on-damage must be conceal or stop, not 'cry'.",
    "run clip.mp4 --field-rate": "it needs --deinterlace",
    "run shots --deinterlace": "shots is not a video file; --deinterlace is for video files.",
    "run clip.mp4 --display-transform x": "--display-transform must be auto, none, srgb, reinhard or range, not 'x'.",
    "run clip.mp4 --raw-input 10x10:yuv420p": "--raw-input is for a pipe as input",
    "run clip.mp4 --raw-output": "--raw-output is for a pipe as output",
    "run - --raw-input wrong": "--raw-input must be like 1280x720:yuv420p:24, not 'wrong'.",
    "run clip.mp4 --cuts blen": "--cuts must be hold, blend or off, not 'blen'. Did you mean blend?",
    "run clip.mp4 --cut-threshold 2": "--cut-threshold must be a number above 0 and at most 1",
    "run clip.mp4 --cut-threshold high": "--cut-threshold must be a number, not 'high'.",
    "run clip.mp4 --static-threshold 2": "--static-threshold must be above 0 and at most 1, or off, not 2.",
    "run shots --alpha curly": "--alpha must be auto, none, straight or premultiplied, not 'curly'.",
    "run shots --channel-rule Z": "A channel rule must be a name and a rule, such as 'Z=nearest', not 'Z'.",
    "run shots --channel-rule Z=nearest": "No channel is called 'Z' (--channel-rule)",
    "run shots --steer diffuse": "No channel is called 'diffuse' (--steer)",
    "run shots --name frame": "needs exactly one place for the frame number",
    "run clip.mp4 --name f_{:04d}.png": "clip_2x.mp4 is one file",
    "run shots --start-number -1": "The start number must be 0 or more, not -1.",
    "run clip.mp4 --keep-free lots": "--keep-free must be an amount such as 800M, 4G or 4GiB, not 'lots'.",
    "run clip.mp4 --keep-free 101%": "--keep-free must be at most 100%, not 101%.",
    "run clip.mp4 --flow-out notes.txt": "--flow-out notes.txt is a file. Give a folder.",
    "run clip.mp4 --flow-out fl --mode bisect": "--flow-out needs --mode direct",
    "run clip.mp4 --flow-out fl --executor processes": "--flow-out works only on one device in one process",
    "run clip.mp4 --flow-out fl --flow-largest -3": "--flow-largest must be above 0, not -3.",
    "run clip.mp4 --model 4.27": "There is no model '4.27' in the catalogue (did you mean 4.26?).",
    "run clip.mp4 --model none.pkl": "The model file none.pkl does not exist.",
    "run clip.mp4 --engine gpu": "--engine must be auto, cpu, torch, ncnn or onnx, not 'gpu'.",
    "run clip.mp4 --scale 3": "--scale must be one of 0.25, 0.5, 1, 2, 4, not 3.",
    "run clip.mp4 --quality great": "--quality must be fast, default or best, not 'great'.",
    "run clip.mp4 --quality 18 --crf 20": "give one of the two",
    "run clip.mp4 --ensemble": "RIFE 4.25 or 4.26 has no ensemble mode",
    "run clip.mp4 --threads 0": "--threads must be a whole number from 1 to 1024, not 0.",
    "run clip.mp4 --memory lots": "--memory must be an amount such as 800M, 4G or 4GiB, not 'lots'.",
    "run clip.mp4 --device gpu": "'gpu' is not a device; use auto, cpu, cuda (NVIDIA, AMD), mps (Apple)",
    "run clip.mp4 --device cpu,auto": "'auto' is not a device; name each one",
    "run clip.mp4 --executor cloud": "--executor must be auto, inline, processes or ray, not 'cloud'.",
    "run clip.mp4 --executor ray --ray-workers 0": "--ray-workers must be at least 1, not 0.",
    "run clip.mp4 --ray-workers 2": "--ray-workers is for clusters: it needs --executor ray.",
    "run clip.mp4 --ray-address here": "--ray-address is for clusters: it needs --executor ray.",
    "run clip.mp4 --adapt-time never": "--adapt-time must be a time such as 60s or 2m, not 'never'.",
    "run clip.mp4 --adapt --adapt-time 0": "--adapt-time must be above 0",
    "run clip.mp4 --progress loud": "--progress must be auto, plain, json or none, not 'loud'.",
    "run clip.mp4 --json shots": "shots is a folder. Name a file.",
    "run clip.mp4 --json clip.mp4": "The report clip.mp4 would replace a file of the job itself.",
    "run clip.mp4 --json notes.txt": "notes.txt exists, and midframe did not make it.",
    "run clip.mp4 -o out.avi": "midframe cannot write .avi files. Name out.mp4 or out.mkv instead",
    "run clip.mp4 -o notes.txt/out.mp4": "The folder notes.txt cannot be created: notes.txt is a file.",
    "run shots -o notes.txt": "notes.txt is a file. Give a folder.",
    "run clip.mp4 -o clip.mp4": "The output clip.mp4 is the input.",
    "run clip.mp4": "clip_2x.mp4 exists. Choose another name, or replace it with --overwrite.",
    "evaluate": "Name an INPUT, or a benchmark with --dataset and --root.",
    "evaluate clip.mp4 --gap 1": "--gap must be 2 or more, not 1",
    "evaluate clip.mp4 --against nothing": "There is no model 'nothing' in the catalogue. See all",
    "evaluate clip.mp4 --model 4.27": "There is no model '4.27' in the catalogue (did you mean 4.26?).",
    "evaluate clip.mp4 --scale 3": "--scale must be one of 0.25, 0.5, 1, 2, 4, not 3.",
    "evaluate clip.mp4 --mode zigzag": "--mode takes direct, recursive, bisect",
    "evaluate clip.mp4 --metrics vmaf": "--metrics takes psnr, ssim",
    "evaluate clip.mp4 --frames 0": "--frames must be 3 or more for --gap 2, not 0.",
    "evaluate clip.mp4 --start-time 99": "--start-time is after the end",
    "evaluate clip.mp4 --device gpu": "'gpu' is not a device",
    "evaluate clip.mp4 --ensemble": "has no ensemble mode",
    "evaluate clip.mp4 -o report.pdf": "its name must end in .html, not 'report.pdf'.",
    "evaluate clip.mp4 -o nowhere/r.html": "for the report does not exist.",
    "evaluate clip.mp4 --root shots": "--root is for benchmarks: it needs --dataset.",
    "evaluate clip.mp4 --limit 4": "--limit is for benchmarks: it needs --dataset.",
    "evaluate clip.mp4 --dataset ucf101": "Give either an INPUT, such as clip.mp4, or --dataset ucf101, not both.",
    "evaluate --dataset davis --root shots": "There is no benchmark 'davis'",
    "evaluate --dataset ucf101": "--dataset ucf101 needs --root",
    "compare clip.mp4 clip.mp4 -o x.avi": "x.avi",
    "compare clip.mp4 clip.mp4 -o nowhere/x.mp4": "for the comparison does not exist.",
    "compare clip.mp4 clip.mp4 -o clip_2x.mp4": "clip_2x.mp4 exists.",
    "compare clip.mp4 clip.mp4 -o x.mp4 --view up": "--view must be side-by-side, split or difference, not 'up'.",
    "compare clip.mp4 clip.mp4 -o x.mp4 --gain 0": "--gain must be above 0, not 0.",
    "compare clip.mp4 clip.mp4 -o x.mp4 --divider 0.5": "--divider needs --view split",
    "compare clip.mp4 clip.mp4 -o x.mp4 --fps-a 0": "--fps-a must be above 0, not 0.",
    "compare clip.mp4 clip.mp4 -o x.html --moments 0": "--moments must be from 1 to 64, not 0.",
    "adapt clip.mp4 -o x.pkl": "Adapted weights are written as .safetensors, not 'x.pkl'.",
    "adapt clip.mp4 -o nowhere/x.safetensors": "for the adapted weights does not exist.",
    "adapt clip.mp4 -o x.safetensors --time 0": "--time must be above 0",
    "adapt clip.mp4 -o x.safetensors --steps 0": "--steps must be at least 1, not 0.",
    "adapt clip.mp4 -o x.safetensors --seed -1": "--seed must be 0 or more, not -1.",
    "adapt clip.mp4 -o x.safetensors --sheet x.bmp": "is written as .png, .jpg, .jpeg, .webp, not 'x.bmp'.",
    "adapt clip.mp4 -o x.safetensors --json shots": "shots is a folder. Name a file.",
    "adapt clip.mp4 -o x.safetensors --model 4.27": "There is no model '4.27' in the catalogue (did you mean 4.26?).",
    "analyze clip.mp4 --cut-threshold 5": "--cut-threshold must be a number above 0 and at most 1",
    "sheet a.png b.png -o x.tif": "is written as .png, .jpg, .jpeg, .webp, not 'x.tif'.",
    "sheet a.png b.png -o a.png": "The output a.png is the input.",
    "sheet a.png b.png -o notes.txt/x.png": "for the contact sheet is a file.",
    "sheet a.png b.png -o x.png --insert 0": "--insert must be from 1 to 998, not 0.",
    "sheet a.png b.png -o x.png --columns 0": "--columns must be at least 1, not 0.",
    "sheet a.png b.png -o x.png --width 3": "needs a --width of at least 192 pixels, not 3.",
    "sheet a.png b.png -o x.png --model 4.27": "There is no model '4.27' in the catalogue (did you mean 4.26?).",
    "flow a.png b.png -o x.tif": "Motion is written as",
    "flow a.png b.png -o x.png --time 2": "--time must lie between 0",
    "flow a.png b.png -o x.png --mask x.png": "--output and --mask are both x.png.",
    "flow a.png b.png -o x.png --device gpu": "'gpu' is not a device",
    "demo -o notes.txt": "notes.txt is a file",
    "demo -o shots": "shots contains files that were not made by this command.",
    "demo --clip nothing": "There is no demo clip 'nothing'",
    "demo --frames 1": "--frames must be at least 2, not 1.",
    "demo --model 4.27": "There is no model '4.27' in the catalogue (did you mean 4.26?).",
    "models pull 4.27": "There is no model '4.27' in the catalogue (did you mean 4.26?).",
    "models pull --to notes.txt": "notes.txt is a file; name a folder to put the model into.",
    "models pull --force": "--force is only for --to",
    "models verify none.pkl": "The model file none.pkl does not exist.",
}
"""What is typed, and what is said about it."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    clip = write_clip(folder / "clip.mp4", 4)
    (folder / "clip_2x.mp4").write_bytes(clip.read_bytes())
    (folder / "notes.txt").write_text("not by midframe")
    (folder / "shots").mkdir()
    for path in (folder / "a.png", folder / "b.png", folder / "shots" / "0.png", folder / "shots" / "1.png"):
        write_png(path, np.zeros((48, 64, 3), np.uint8))
    return folder


@pytest.fixture(autouse=True)
def without_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An attempt to load a model ends with another message than the one that is expected."""
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MIDFRAME_OFFLINE", "1")


@pytest.mark.parametrize("typed", ROWS)
def test_wrong_values_get_a_sentence_and_write_nothing(
    typed: str, inputs: Path, midframe: Midframe, tmp_path: Path
) -> None:
    shutil.copytree(inputs, tmp_path, dirs_exist_ok=True)
    before = set(tmp_path.rglob("*"))

    said = midframe(*shlex.split(typed), code=2).stderr

    assert ROWS[typed] in said
    assert said.count("\n") == 1
    assert "internal error" not in said
    assert set(tmp_path.rglob("*")) == before


def test_more_must_stay_free_than_there_is(inputs: Path, midframe: Midframe) -> None:
    said = midframe("run", inputs / "clip.mp4", "-o", "new.mp4", "--keep-free", "90000T", code=1).stderr
    assert "are free on the disk of new.mp4; --keep-free asks for 90000000.0 GB. Free some space" in said


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"crf": 200}, "crf"),
        ({"codec": "av1", "crf": 64}, "crf"),
        ({"codec": "h265", "preset": "slowest"}, "preset"),
        ({"codec": "prores", "pix_fmt": "yuv420p"}, "pix_fmt"),
        ({"codec": "h266"}, "codec"),
        ({"factor": 0}, "factor"),
        ({"fps": 0}, "fps"),
        ({"keep_free": "lots"}, "keep_free"),
        ({"flow_folder": "flow", "mode": "bisect"}, "flow_folder"),
        ({"start_time": "later"}, "start_time"),
    ],
    ids=str,
)
def test_a_job_names_the_option_when_it_is_made(options: dict[str, object], option: str) -> None:
    with pytest.raises(package.OptionError) as caught:
        package.Job("clip.mp4", "new.mp4", **options)  # type: ignore[arg-type]
    assert caught.value.option == option


@pytest.mark.parametrize(("options", "option"), [({"device": "gpu"}, "device"), ({"flow_scale": 3}, "flow_scale")])
def test_the_engine_names_the_option_when_it_is_asked_for(options: dict[str, object], option: str) -> None:
    with pytest.raises(InputError) as caught:
        package.EngineOptions(**options)  # type: ignore[arg-type]
    assert caught.value.option == option


def test_a_session_looks_for_its_model_before_it_opens_an_input() -> None:
    with (
        package.Session(package.EngineOptions("4.27")) as session,
        pytest.raises(InputError, match=r"no model '4\.27'"),
    ):
        session.run(package.Job("nothing.mp4"))
