"""The filter for VapourSynth, in the real VapourSynth: the frames of the command line, in any order."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import frame_planes, moving, write_clip
from tests.support.command_line import Midframe
from tests.support.vapoursynth_cases import Case
from tests.support.vapoursynth_environment import ROOT, VapourSynth, require_vapoursynth
from midframe.media.video.planes import planar

PROGRAM = ROOT / "tests" / "support" / "vapoursynth_program.py"
FILM = Fraction(24000, 1001)
COUNT = 7

Stored = dict[str, NDArray[Any]]

FORMATS = {
    "YUV420P8": "yuv420p",
    "YUV422P10": "yuv422p10le",
    "YUV444P16": "yuv444p16le",
    "YUV420P12": "yuv420p12le",
    "GRAY8": "gray",
    "RGB24": "gbrp",
    "RGB30": "gbrp10le",
    "RGB48": "gbrp16le",
}
"""Formats of VapourSynth, and FFmpeg's names of the same pixels."""

IN_ANY_ORDER = ("YUV420P8", "RGB48")


@pytest.fixture(scope="module")
def vapoursynth() -> VapourSynth:
    return require_vapoursynth()


def two_scenes(number: int, height: int, width: int) -> NDArray[Any]:
    """Waves, and from frame 4 on something else."""
    if number < 4:
        return moving(number, height, width)
    noise = np.random.default_rng(0).random((9, 14))
    tiled: NDArray[Any] = np.kron(noise, np.ones((height // 6, width // 8)))
    return tiled[:height, 2 * (number - 4) :][:, :width]


def write_source(path: Path, pixels: str) -> Path:
    def pack(stream: Any) -> None:
        # FFV1 has no planes of R, G, B with 8 bit. PyAV converts what it is given.
        stream.pix_fmt = "bgr0" if pixels == "gbrp" else pixels

    return write_clip(
        path, COUNT, FILM, codec="ffv1", options={}, pixels=pixels, paint=two_scenes, stream_set=pack
    )


def run_cases(vapoursynth: VapourSynth, cases: list[Case], folder: Path) -> list[dict[str, Any]]:
    listed = folder / "cases.json"
    listed.write_text(json.dumps(cases), encoding="utf-8")
    done = vapoursynth.run(vapoursynth.python, PROGRAM, listed, cwd=folder)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def stored(path: Path) -> Stored:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def planar_planes(path: Path) -> list[list[NDArray[Any]]]:
    """The planes of all decoded frames, unpacked without loss."""
    with av.open(str(path)) as container:
        return [frame_planes(planar(frame)) for frame in container.decode(video=0)]


def store_planes(path: Path, pictures: list[list[NDArray[Any]]], pixels: str = "") -> Path:
    """Planes of decoded pictures in VapourSynth's order."""
    order = [2, 0, 1] if pixels.startswith("gbr") else range(len(pictures[0]))
    np.savez(path, **{str(n): np.stack([picture[plane] for picture in pictures]) for n, plane in enumerate(order)})
    return path


@pytest.mark.parametrize("timing", [{"factor": 2}, {"fps": "60"}], ids=["twice", "to 60"])
def test_frames_are_those_of_the_command_line_in_any_order(
    vapoursynth: VapourSynth, midframe: Midframe, tmp_path: Path, timing: dict[str, Any]
) -> None:
    cases: list[Case] = []
    expected = {}
    orders: dict[str, list[int]] = {}
    formats = FORMATS if "factor" in timing else {name: FORMATS[name] for name in ("YUV420P8",)}
    for name, pixels in formats.items():
        source = write_source(tmp_path / f"{name}.mkv", pixels)
        made = tmp_path / f"{name}_made.mkv"
        flags = ["--factor", "2"] if "factor" in timing else ["--fps", "60"]
        midframe("run", source, "-o", made, *flags, "--codec", "ffv1", "--quality", "fast")
        expected[name] = stored(store_planes(tmp_path / "x.npz", planar_planes(made), pixels))
        given = store_planes(tmp_path / f"{name}.npz", planar_planes(source), pixels)
        count = len(expected[name]["0"])
        shuffled = list(range(count))
        random.Random(1).shuffle(shuffled)
        ways = {"on": list(range(count)), "back": list(range(count))[::-1], "any": shuffled}
        for way, order in ways.items() if name in IN_ANY_ORDER else [("on", ways["on"])]:
            orders[way] = order
            cases.append(
                {
                    "planes": str(given),
                    "format": name,
                    "fps": [FILM.numerator, FILM.denominator],
                    "options": {**timing, "quality": "fast"},
                    "order": order,
                    "made": str(tmp_path / f"{name}_{way}.npz"),
                }
            )

    answers = run_cases(vapoursynth, cases, tmp_path)

    rate = FILM * 2 if "factor" in timing else Fraction(60)
    for case, answer in zip(cases, answers, strict=True):
        name, way = Path(case["made"]).stem.split("_")
        assert answer["count"] == len(expected[name]["0"])
        assert Fraction(*answer["fps"]) == rate
        assert {(said["_DurationNum"], said["_DurationDen"]) for said in answer["properties"]} == {
            (rate.denominator, rate.numerator)
        }
        for plane, samples in stored(Path(case["made"])).items():
            np.testing.assert_array_equal(samples, expected[name][plane][orders[way]], err_msg=f"{name} {way} {plane}")
    # The pair across the cut is held.
    if "factor" in timing:
        held = expected["RGB24"]["0"]
        np.testing.assert_array_equal(held[7], held[6])
        assert (held[5] != held[4]).any()
