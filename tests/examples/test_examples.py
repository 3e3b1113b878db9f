"""The examples run as they are, with the real network, and use public names alone."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.support.clips import write_clip
from tests.support.rows import pan

import midframe

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

LONGEST = 110
"""Lines of a script: an example is read as a whole."""


def need(example: str) -> None:
    """Leave a test out where its example only says what to install."""
    if example == "stack_figure.py":
        pytest.importorskip("matplotlib")


def start(example: str, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    script = FOLDER / example
    return subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def run(example: str, *arguments: object, folder: Path) -> str:
    done = start(example, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def notebook_code(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.mark.parametrize("path", [*EXAMPLES, *NOTEBOOKS], ids=lambda path: path.name)
def test_only_public_names_are_used(path: Path) -> None:
    code = notebook_code(path) if path in NOTEBOOKS else path.read_text(encoding="utf-8")
    tree = ast.parse(code)
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [module for module in imported if module and module.startswith("midframe")]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "midframe"
    }
    assert used <= set(midframe.__all__)


@pytest.mark.parametrize("path", [*EXAMPLES, *NOTEBOOKS], ids=lambda path: path.name)
def test_the_list_names_each(path: Path) -> None:
    assert f"]({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_it_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


LIGHT = ["animation.py", "frame_stream.py", "stack_figure.py", "video_job.py"]
"""Examples that do not load PyTorch before they read their arguments. The others read theirs alike."""


@pytest.mark.parametrize("example", LIGHT)
def test_a_wrong_argument_gives_a_sentence(example: str, tmp_path: Path) -> None:
    need(example)
    done = start(example, "--colour", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith(f"{example}: error: unrecognized arguments: --colour\n")


@pytest.mark.parametrize("example", LIGHT)
def test_an_input_that_is_not_there_gives_a_sentence(example: str, tmp_path: Path) -> None:
    need(example)
    done = start(example, "missing.tif", folder=tmp_path)
    assert done.returncode == 1
    assert "missing.tif" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("example", "library"), [("stack_figure.py", "matplotlib"), ("torch_batch.py", "torch")])
def test_a_library_that_is_missing_is_named(example: str, library: str, tmp_path: Path) -> None:
    program = f"import runpy, sys; sys.modules[{library!r}] = None; runpy.run_path({str(FOLDER / example)!r})"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(rf"This example needs \w+: pip install {library}\n", done.stderr)


class TestVideoJob:
    def test_it_plans_previews_and_runs(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "in.mkv", 12, codec="ffv1", options={})
        printed = run("video_job.py", clip, "-o", "out.mkv", folder=tmp_path)
        assert re.match(r"12 frames become 24, in about \d+ s on cpu", printed)
        assert re.search(r"^frame \d+ to look at, \(48, 64, 3\)$", printed, re.MULTILINE)
        assert "24 frames written\n" in printed
        assert printed.endswith("11 of the 24 frames in out.mkv are new\n")
        assert (tmp_path / "out.mkv").stat().st_size > 0

    def test_it_cancels_from_another_thread(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "in.mkv", 150, codec="ffv1", options={}, size=(320, 240))
        done = start("video_job.py", clip, "-o", "out.mkv", "--cancel-after", 0.2, folder=tmp_path)
        assert done.returncode == 130
        assert re.search(r"^Stopped\. ", done.stdout, re.MULTILINE)
        assert not (tmp_path / "out.mkv").exists()


class TestFrameStream:
    def test_it_writes_each_frame(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "in.mkv", 12, codec="ffv1", options={})
        printed = run("frame_stream.py", clip, "-o", "made/frames", "--frames", 11, folder=tmp_path)
        assert re.fullmatch(
            r"(frame (0|20): \d+ MiB in use\n){2}26 frames in made.frames\n", printed.replace("\\", "/")
        )
        names = sorted(path.name for path in (tmp_path / "made" / "frames").iterdir())
        assert names == [f"{number:05d}.png" for number in range(26)]
        with Image.open(tmp_path / "made" / "frames" / "00025.png") as last:
            assert last.size == (64, 48)

    def test_a_folder_that_is_there(self, tmp_path: Path) -> None:
        done = start("frame_stream.py", "-o", ".", folder=tmp_path)
        assert (done.returncode, done.stderr) == (1, ". is already there: name another folder with --output.\n")


def test_animation(tmp_path: Path) -> None:
    first, *others = (Image.fromarray(picture) for picture in pan(4))
    first.save(tmp_path / "in.gif", save_all=True, append_images=others, duration=[80, 120, 80, 80], loop=0)
    printed = run("animation.py", "in.gif", "-o", "out.webp", folder=tmp_path)
    assert printed == "4 frames, now 8, in out.webp\n"
    with Image.open(tmp_path / "out.webp") as written:
        assert getattr(written, "n_frames", 1) == 8
        assert written.size == first.size
        durations = []
        for number in range(8):
            written.seek(number)
            written.load()
            durations.append(written.info["duration"])
    assert durations == [40, 40, 60, 60, 40, 40, 40, 40]


def test_torch_batch(tmp_path: Path) -> None:
    printed = run("torch_batch.py", "--frames", 5, folder=tmp_path)
    found = re.fullmatch(
        r"torch\.float32 \(3, 3, 272, 640\) on (?:cpu|cuda:0)\n"
        r"interpolated: ([\d.]+) dB\nmean of both: ([\d.]+) dB\n"
        r"times from 0\.25 to 0\.75: \(3, 3, 272, 640\)\n",
        printed,
    )
    assert found is not None, printed
    assert float(found[1]) > float(found[2]) + 3


class TestStackFigure:
    @pytest.fixture(autouse=True)
    def _needed(self) -> None:
        for library in ("matplotlib", "jinja2", "skimage"):
            pytest.importorskip(library)

    def test_of_a_simulated_stack(self, tmp_path: Path) -> None:
        printed = run("stack_figure.py", folder=tmp_path)
        assert printed.startswith("15 recorded pages and 14 new ones in stack_2x.ome.tif, with all metadata\n")
        assert "better than plain blending" in printed
        recorded = tifffile.imread(tmp_path / "stack.ome.tif")
        with tifffile.TiffFile(tmp_path / "stack_2x.ome.tif") as written:
            assert 'PhysicalSizeX="0.5"' in (written.ome_metadata or "")
            np.testing.assert_array_equal(written.asarray()[::2], recorded)
        with Image.open(tmp_path / "stack_figure.png") as figure:
            assert figure.size == (1350, 810)
            assert len(np.unique(np.asarray(figure.convert("RGB")).reshape(-1, 3), axis=0)) > 200

    def test_two_pages_are_too_few(self, tmp_path: Path) -> None:
        pages = np.stack(list(pan(2)))[..., 0]
        tifffile.imwrite(tmp_path / "two.tif", pages, photometric="minisblack")
        done = start("stack_figure.py", "two.tif", folder=tmp_path)
        assert done.returncode == 1
        assert done.stderr.endswith("two.tif has 2 pages; none can be left out of fewer than three.\n")
        assert "Traceback" not in done.stderr


needs_diffusers = pytest.mark.skipif(
    find_spec("diffusers") is None, reason="diffusers needs Python 3.11; the extra dev has it there"
)


@needs_diffusers
def test_diffusers_clip(tmp_path: Path) -> None:
    printed = run("diffusers_clip.py", folder=tmp_path)
    assert printed.splitlines() == [
        "pil: list of 9 frames, now 14",
        "np: ndarray of 9 frames, now 14",
        "pt: Tensor of 9 frames, now 14",
        "14 frames in boat.mp4",
    ]
    frames = list(midframe.read_frames(tmp_path / "boat.mp4"))
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 14


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
class TestNotebooks:
    def test_it_is_stored_without_results(self, path: Path) -> None:
        """Nor with what changes from run to run, so that differences show what somebody wrote."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
        assert stored["metadata"].keys() == {"kernelspec", "language_info"}
        assert stored["metadata"]["kernelspec"]["name"] == "python3"
        assert stored["metadata"]["language_info"] == {"name": "python"}
        for cell in stored["cells"]:
            assert cell["metadata"] == {}
            if cell["cell_type"] == "code":
                assert (cell["outputs"], cell["execution_count"]) == ([], None)

    def test_it_is_short(self, path: Path) -> None:
        assert len(notebook_code(path).splitlines()) <= LONGEST

    def test_it_runs(self, path: Path, tmp_path: Path) -> None:
        for library in ("ipykernel", "matplotlib", "nbclient"):
            pytest.importorskip(library)
        made = executed(path, tmp_path)
        outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
        printed = "".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")
        shown = [kind for output in outputs for kind in output.get("data", ()) if kind.startswith("image/")]
        assert shown == ["image/png", "image/png", "image/webp"]
        assert "Warning" not in "".join("".join(output.get("text", ())) for output in outputs)
        found = re.search(r"interpolated: ([\d.]+) dB, mean of both neighbours: ([\d.]+) dB", printed)
        assert found is not None, printed
        assert float(found[1]) > float(found[2]) + 3


def executed(path: Path, folder: Path) -> Any:
    """A notebook with the results of its cells. It runs in a process of its own, because of the event loop."""
    program = (
        "import sys, nbclient, nbformat\n"
        "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
        "nbformat.validate(notebook)\n"
        "nbclient.NotebookClient(notebook, timeout=240, resources={'metadata': {'path': '.'}}).execute()\n"
        "nbformat.write(notebook, 'executed.ipynb')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "executed.ipynb").read_text(encoding="utf-8"))
