"""The filter for VapourSynth, in the real VapourSynth: the frames of the command line, in any order."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import frame_planes, moving, write_clip
from tests.support.command_line import Midframe
from tests.support.vapoursynth_cases import Case
from tests.support.vapoursynth_environment import ROOT, VapourSynth, require_vapoursynth
from tests.support.y4m import split_y4m

from midframe import Interpolator
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

    return write_clip(path, COUNT, FILM, codec="ffv1", options={}, pixels=pixels, paint=two_scenes, stream_set=pack)


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
    np.savez(
        path,
        allow_pickle=False,
        **{str(n): np.stack([picture[plane] for picture in pictures]) for n, plane in enumerate(order)},
    )
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


def test_alpha_is_interpolated_as_on_the_command_line(
    vapoursynth: VapourSynth, midframe: Midframe, tmp_path: Path
) -> None:
    source = write_source(tmp_path / "clip.mkv", "yuva444p")
    midframe("run", source, "-o", tmp_path / "made.mkv", "--codec", "ffv1", "--quality", "fast")
    pictures = planar_planes(source)
    arrays = {str(plane): np.stack([picture[plane] for picture in pictures]) for plane in range(3)}
    np.savez(tmp_path / "given.npz", allow_pickle=False, **arrays, alpha=np.stack([picture[3] for picture in pictures]))
    case = a_case(tmp_path, "YUV444P8", planes=str(tmp_path / "given.npz"))

    run_cases(vapoursynth, [case], tmp_path)

    made, expected = stored(Path(case["made"])), planar_planes(tmp_path / "made.mkv")
    for plane in range(4):
        np.testing.assert_array_equal(made[str(plane)], np.stack([picture[plane] for picture in expected]))
    assert (made["3"][1] != made["3"][0]).any()


@pytest.mark.parametrize(("name", "dtype"), [("RGBS", "float32"), ("RGBH", "float16"), ("GRAYS", "float32")])
def test_floats_are_those_of_the_interpolator(vapoursynth: VapourSynth, tmp_path: Path, name: str, dtype: str) -> None:
    """Values beyond 1 too."""
    channels = 1 if name == "GRAYS" else 3
    waves = [np.stack([moving(2 * n + c, 48, 64) for c in range(channels)], axis=-1) for n in range(4)]
    frames = [(1.5 * wave).astype(dtype) for wave in waves]
    stacked = {str(plane): np.stack([frame[..., plane] for frame in frames]) for plane in range(channels)}
    np.savez(tmp_path / "given.npz", allow_pickle=False, **stacked)
    case = a_case(tmp_path, name, planes=str(tmp_path / "given.npz"))

    run_cases(vapoursynth, [case], tmp_path)

    with Interpolator.load("4.25", quality="fast") as interpolator:
        expected = [*interpolator.stream(frames, factor=2), frames[-1]]
    for plane, samples in stored(Path(case["made"])).items():
        wanted = np.stack([frame[..., int(plane)] for frame in expected])
        assert samples.dtype == wanted.dtype
        np.testing.assert_allclose(samples, wanted, rtol=0, atol=1e-6 if dtype == "float32" else 1e-3)


def a_case(folder: Path, name: str, number: int = 0, **given: Any) -> Case:
    """A case whose frames come from `given.npz`, twice as many as there."""
    case = {
        "planes": str(folder / "given.npz"),
        "format": name,
        "fps": [25, 1],
        "options": {"quality": "fast"} | given.pop("options", {}),
        "made": str(folder / f"made_{number}.npz"),
    }
    return cast("Case", case | given)


class TestProperties:
    """What frames say, on grey clips of waves."""

    @pytest.fixture
    def answers(self, vapoursynth: VapourSynth, tmp_path: Path) -> Callable[..., list[tuple[dict[str, Any], Stored]]]:
        """Run cases, and return what came back, with the planes."""
        np.savez(tmp_path / "given.npz", allow_pickle=False, **{"0": np.stack([grey(number) for number in range(5)])})

        def run(*described: dict[str, Any]) -> list[tuple[dict[str, Any], Stored]]:
            cases = [a_case(tmp_path, "GRAY8", number, **each) for number, each in enumerate(described)]
            found = run_cases(vapoursynth, cases, tmp_path)
            assert all("error" not in answer for answer in found), found
            return [(answer, stored(Path(case["made"]))) for answer, case in zip(found, cases, strict=True)]

        return run

    def test_cuts_that_frames_state_are_held(self, answers: Any) -> None:
        none, following, before, refused, blended, ignored = answers(
            {"options": {"factor": 3}},
            {"options": {"factor": 3}, "own_properties": {"1": {"_SceneChangeNext": 1}}},
            {"options": {"factor": 3, "detect_cuts": False}, "own_properties": {"2": {"_SceneChangePrev": 1}}},
            {"options": {"factor": 3, "cut_threshold": 0.001}, "properties": {"_SceneChangeNext": 0}},
            {"options": {"factor": 3, "cuts": "blend"}, "own_properties": {"1": {"_SceneChangeNext": 1}}},
            {"options": {"factor": 3, "cuts": "off"}, "own_properties": {"1": {"_SceneChangeNext": 1}}},
        )
        plain = none[1]["0"]
        for _answer, made in (following, before):
            np.testing.assert_array_equal(made["0"][4], plain[3])
            np.testing.assert_array_equal(made["0"][5], plain[3])
            rest = [number for number in range(15) if number not in (4, 5)]
            np.testing.assert_array_equal(made["0"][rest], plain[rest])
        said = [each.get("_SceneChangeNext", 0) for each in following[0]["properties"]]
        assert said == [number == 5 for number in range(15)], "only the frame before the cut says so"
        said = [each.get("_SceneChangePrev", 0) for each in before[0]["properties"]]
        assert said == [number == 6 for number in range(15)], "only the frame after the cut says so"
        np.testing.assert_array_equal(refused[1]["0"], plain)
        mix = plain[3].astype(float) + (plain[6].astype(float) - plain[3]) / 3
        np.testing.assert_allclose(blended[1]["0"][4], mix, atol=0.51)
        np.testing.assert_array_equal(ignored[1]["0"], plain)

    def test_durations_of_a_clip_without_a_rate_are_divided(self, answers: Any) -> None:
        shown = {str(number): {"_DurationNum": number + 1, "_DurationDen": 100} for number in range(5)}
        times = {str(number): {"_AbsoluteTime": float(number)} for number in range(5)}
        own = {number: shown[number] | times[number] for number in shown}
        twice, more = answers(
            {"fps": [0, 1], "own_properties": own},
            {"fps": [0, 1], "own_properties": own, "options": {"factor": "5/2"}},
        )
        for answer, count in ((twice, 10), (more, 13)):
            said = answer[0]["properties"]
            durations = [Fraction(each["_DurationNum"], each["_DurationDen"]) for each in said]
            assert len(durations) == count
            assert sum(durations) == Fraction(15, 100)
            assert answer[0]["fps"] == [0, 1]
        said = twice[0]["properties"]
        assert [Fraction(each["_DurationNum"], each["_DurationDen"]) for each in said[:4]] == [
            Fraction(1, 200), Fraction(1, 200), Fraction(2, 200), Fraction(2, 200)
        ]  # fmt: skip
        assert [each["_AbsoluteTime"] for each in said[:8]] == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]

    def test_ranges_and_other_properties(self, answers: Any) -> None:
        limited, new, old = answers(
            {"properties": {"_PictType": "I", "_ChromaLocation": 2, "Own": "kept"}},
            {"properties": {"_Range": 1}},
            {"properties": {"_ColorRange": 0}},
        )
        first, between = limited[0]["properties"][:2]
        assert first["_PictType"] == "I"
        assert "_PictType" not in between
        assert (between["_ChromaLocation"], between["Own"]) == (2, "kept")
        np.testing.assert_array_equal(new[1]["0"], old[1]["0"])
        assert (new[1]["0"] != limited[1]["0"]).any(), "the network sees another contrast"

    def test_lower_rates_and_odd_ratios(self, answers: Any) -> None:
        lower, odd = answers({"options": {"fps": 10}}, {"options": {"fps": "59.94"}})
        assert (lower[0]["count"], lower[0]["fps"]) == (2, [10, 1])
        assert (odd[0]["count"], odd[0]["fps"]) == (12, [60000, 1001])


def grey(number: int) -> NDArray[Any]:
    codes: NDArray[Any] = np.rint(16 + 219 * moving(2 * number, 48, 64)).astype(np.uint8)
    return codes


def test_wrong_clips_and_options_are_refused_in_a_sentence(vapoursynth: VapourSynth, tmp_path: Path) -> None:
    script = tmp_path / "wrong.py"
    script.write_text(WRONG, encoding="utf-8")
    done = vapoursynth.run(vapoursynth.python, script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "midframe: `interpolate` takes a clip of video, not int.",
        "midframe: The format or size of the clip varies; make it constant first, for example with resize.Bicubic.",
        "midframe: The format or size of the clip varies; make it constant first, for example with resize.Bicubic.",
        "midframe: YUV444PS is not supported: convert it to RGBS, or to YUV of 8 to 16 bit, with resize.Bicubic.",
        "midframe: Gray32 is not supported: integers have 8 to 16 bit. Convert it with resize.Bicubic.",
        "midframe: Interpolation needs at least two frames, and the clip has one.",
        "midframe: Give either `factor` or `fps`.",
        "midframe: `factor` must be at least 1, not 0.5. For fewer frames than the input has, use `fps`.",
        (
            "midframe: `fps` needs a clip with a frame rate, and this one has none: give `factor`, or the rate with "
            "std.AssumeFPS first."
        ),
        "midframe: `look_ahead` must be a whole number from 0 to 3, not 9.",
        "midframe: `cuts` must be hold, blend or off, not 'never'.",
        "midframe: `interpolate` has no option 'multi': use `factor`.",
        (
            "midframe: There is no model '9.9' in the catalogue (did you mean 4.9?). See all with "
            "`midframe models list`, or give the path of a checkpoint."
        ),
        "midframe: `device` names one device here, such as cuda:1, not 'cpu,cpu': a filter makes one frame at a time.",
        *(
            "midframe: `interpolate` takes a clip, a factor, and all else by name, such as interpolate(clip, fps=60): "
            + problem
            for problem in (
                "missing a required argument: 'clip'.",
                "too many positional arguments.",
                "multiple values for argument 'factor'.",
            )
        ),
        "midframe: `factor` must be at least 1, not 0.",
        "midframe: `detect_cuts` must be True or False, not 'x'.",
        "midframe: A pair of 64×48 frames needs",
        "midframe: `memory` must be a number of bytes above 0, not 1e-07.",
        "midframe: Both frames must have the same shape and type",
    ]
    assert "Frame 0 has fields" in done.stderr
    assert "midframe: 3 of 4 source frames fall between output frames; `fps=50` or 75 keeps all." in done.stderr
    assert done.stderr.count("fall between") == 1
    assert "12 frames, by position" in done.stderr


WRONG = """
import re
import sys

import vapoursynth as vs

from midframe.vapoursynth import interpolate

blank = vs.core.std.BlankClip
plain = blank(format=vs.RGB24, width=64, height=48, length=4)
unsteady = plain[:2] + plain[2:].std.AssumeFPS(fpsnum=7)


def fields(n, f):
    frame = f.copy()
    frame.props["_FieldBased"] = 2
    # Not all frames have alpha.
    if n == 1:
        frame.props["_Alpha"] = blank(format=vs.GRAY8, width=64, height=48, length=1).get_frame(0)
    return frame


vs.core.add_log_handler(lambda kind, text: print(text, file=sys.stderr))
interpolate(plain.std.AssumeFPS(fpsnum=25), fps=60)
assert interpolate(plain, memory=2_000_000_000).get_frame(1).width == 64
print(len(interpolate(plain, 3)), "frames, by position", file=sys.stderr)
mixed = interpolate(plain.std.ModifyFrame(plain, fields))
for make in (
    lambda: interpolate(5),
    lambda: interpolate(blank(varformat=True)),
    lambda: interpolate(blank(varsize=True)),
    lambda: interpolate(blank(format=vs.YUV444PS)),
    lambda: interpolate(blank(format=vs.GRAY32)),
    lambda: interpolate(plain[:1]),
    lambda: interpolate(plain, factor=2, fps=60),
    lambda: interpolate(plain, factor=0.5),
    lambda: interpolate(unsteady, fps=60),
    lambda: interpolate(plain, look_ahead=9),
    lambda: interpolate(plain, cuts="never", detect_cuts=False),
    lambda: interpolate(plain, multi=2),
    lambda: interpolate(plain, model="9.9"),
    lambda: interpolate(plain, device="cpu,cpu"),
    lambda: interpolate(),
    lambda: interpolate(plain, 2, 60),
    lambda: interpolate(plain, 2, factor=2),
    lambda: interpolate(plain, 0),
    lambda: interpolate(plain, detect_cuts="x"),
    lambda: interpolate(plain, memory=2),
    lambda: interpolate(plain, memory=1e-7),
    lambda: mixed.get_frame(1),
):
    try:
        make()
    except vs.Error as error:
        # That of a frame comes with a traceback, which VapourSynth adds.
        sentence = str(error).strip().splitlines()[-1]
        print(re.split(", but they are|(?<=frames needs) ", sentence.removeprefix("vapoursynth.Error: "))[0])
"""


def test_tracebacks_are_short(vapoursynth: VapourSynth, tmp_path: Path) -> None:
    """VapourSynth prints one: nothing comes after the sentence, and one place in midframe before it."""
    script = tmp_path / "script.vpy"
    script.write_text(
        "import vapoursynth as vs\nfrom midframe.vapoursynth import interpolate\n"
        "interpolate(vs.core.std.BlankClip(length=4), factor=0).set_output()\n",
        encoding="utf-8",
    )
    done = vapoursynth.run("vspipe", script, ".", cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    sentence = "midframe: `factor` must be at least 1, not 0."
    assert lines[1] == f"Python exception: {sentence}"
    assert lines[-1] == f"vapoursynth.Error: {sentence}"
    assert "contextlib" not in done.stderr
    assert done.stderr.count("filter.py") == 1


def test_memory_stays_and_threads_encode_each_frame_once(vapoursynth: VapourSynth, tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text(LONG, encoding="utf-8")
    done = vapoursynth.run(vapoursynth.python, script, cwd=tmp_path, seconds=300)
    assert done.returncode == 0, done.stderr
    encoded, grown = map(int, done.stdout.split())
    assert encoded == 251
    assert grown < 30 << 20


LONG = """
import numpy as np
import psutil
import vapoursynth as vs

from midframe.engines.interpolation import PairInterpolator
from midframe.vapoursynth import interpolate

vs.core.max_cache_size = 64  # MB
vs.core.num_threads = 4
encode, encoded = PairInterpolator.encode, []


def counted(self, *arguments):
    encoded.append(1)
    return encode(self, *arguments)


PairInterpolator.encode = counted
blank = vs.core.std.BlankClip(format=vs.YUV420P8, width=320, height=64, length=251, keep=True)
rows = np.mgrid[:64, :1000][1]


def paint(n, f):
    frame = f.copy()
    np.asarray(frame[0])[...] = (128 + 100 * np.sin(rows / 9))[:, 2 * n : 2 * n + 320]
    return frame


used = []
doubled = interpolate(blank.std.ModifyFrame(blank, paint), quality="fast")
for n, frame in enumerate(doubled.frames(close=True, prefetch=8)):
    if n in (100, 501):
        used.append(psutil.Process().memory_info().rss)
print(len(encoded), used[1] - used[0])
"""


def test_vspipe_sends_what_the_command_line_sends(vapoursynth: VapourSynth, tmp_path: Path, midframe: Midframe) -> None:
    source = write_source(tmp_path / "clip.mkv", "yuv420p10le")
    store_planes(tmp_path / "given.npz", planar_planes(source))
    case = a_case(tmp_path, "YUV420P10", fps=[FILM.numerator, FILM.denominator], options={"fps": 60})
    script = tmp_path / "script.vpy"
    script.write_text(SCRIPT.format(case=case), encoding="utf-8")
    done = vapoursynth.run("vspipe", "--container", "y4m", script, "vspipe.y4m", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    midframe("run", source, "-o", "made.mkv", "--fps", "60", "--codec", "ffv1", "--quality", "fast")

    header, pictures = split_y4m((tmp_path / "vspipe.y4m").read_bytes())
    assert b" F60:1 " in header
    expected = planar_planes(tmp_path / "made.mkv")
    assert pictures == [b"".join(plane.tobytes() for plane in picture) for picture in expected]


SCRIPT = """
from midframe.vapoursynth import interpolate
from tests.support.vapoursynth_program import clip_of

case = {case}
interpolate(clip_of(case), **case["options"]).set_output()
"""


def test_the_script_of_the_documentation(vapoursynth: VapourSynth, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "vapoursynth.md").read_text(encoding="utf-8")
    script, after_another_filter = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    compile(after_another_filter, "docs/vapoursynth.md", "exec")
    write_clip(tmp_path / "clip.mkv", 6)
    (tmp_path / "script.vpy").write_text(script, encoding="utf-8")
    done = vapoursynth.run("vspipe", "-c", "y4m", "script.vpy", "smooth.y4m", cwd=tmp_path)
    if "No attribute with the name bs" in done.stderr:
        pytest.skip("the source filter BestSource is not installed")
    assert done.returncode == 0, done.stderr
    header, pictures = split_y4m((tmp_path / "smooth.y4m").read_bytes())
    assert b" F60:1 " in header
    assert len(pictures) == 15
