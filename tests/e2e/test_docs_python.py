"""The Python of README and documentation runs, page by page, with the real network and small inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import write_clip
from tests.support.command_line import write_png
from tests.support.documentation import PAGES
from tests.support.rows import pan

import midframe

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

SCRIPT = "is a script of VapourSynth"

NOT_RUN = {
    "import lpips, torch": "downloads weights from a host that is not a package index",
    "import vapoursynth as vs": SCRIPT,
    "clip = clip.misc.SCDetect()  # of the plugin MiscFilters": SCRIPT,
}
"""First lines of blocks that no test runs, and why. They are compiled."""

OWN_TESTS = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("generated-video", "onnx", "python"))]
"""Pages with more to check than that their blocks run."""


def all_blocks(page: Path) -> list[tuple[str, Any]]:
    """The first lines of a page's blocks of Python, and their code, compiled so that errors name lines of the page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for block in BLOCK.finditer(text):
        before = text.count("\n", 0, block.start(1))
        found.append((block[1].split("\n")[0], compile("\n" * before + block[1], str(page), "exec")))
    return found


def blocks(page: Path) -> list[Any]:
    """The blocks of a page that are run."""
    return [code for first, code in all_blocks(page) if first not in NOT_RUN]


OTHER_PAGES = [page for page in PAGES if page not in OWN_TESTS and blocks(page)]


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the pages take for granted: a folder with inputs, and frames."""
    frames: list[NDArray[np.uint8]] = list(pan(4, seed=1))
    write_clip(tmp_path / "clip.mp4", 6)
    (tmp_path / "shots").mkdir()
    for number, frame in enumerate(frames):
        write_png(tmp_path / "shots" / f"{number:03d}.png", frame)
    monkeypatch.chdir(tmp_path)

    def camera() -> Iterator[NDArray[np.uint8]]:
        yield from frames

    return {"frames": frames, "left": frames[0], "right": frames[1], "camera": camera}


def run(page: Path, names: dict[str, object]) -> None:
    found = blocks(page)
    assert found
    for block in found:
        exec(block, names)


def test_readme(names: dict[str, Any], tmp_path: Path) -> None:
    run(ROOT / "README.md", names)
    assert (tmp_path / "clip_2x.mp4").stat().st_size > 0
    assert len(names["smooth"]) == 2 * len(names["frames"]) - 1


def test_python_page(names: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(ROOT / "docs" / "python.md", names)
    made = ("clip_2x.mp4", "clip.mkv", "shown.mp4", "slow.mp4", "half.mp4", "piped.mp4")
    assert [name for name in made if not (tmp_path / name).stat().st_size] == []
    assert names["preview"].origin == "synthesised"
    assert names["summary"].outputs == 12
    assert names["middles"][0].shape == names["left"].shape
    assert [frame.dtype for frame in names["others"]] == [names["left"].dtype] * 2
    printed = capsys.readouterr().out
    assert "12 frames written" in printed
    assert "11 of 11 frames" in printed
    assert [frame.shape for frame in names["video"]] == [(48, 64, 3)] * 6
    assert "factor `factor` must" in printed
    assert "missing.mp4" in printed


def test_page_on_generated_clips(names: dict[str, Any], tmp_path: Path) -> None:
    class Output:
        frames = (np.stack(names["frames"]) / np.float32(255),)

    saved: list[NDArray[np.float32]] = []
    names |= {"midframe": midframe, "pipeline": lambda **_: Output(), "save": saved.append}
    run(ROOT / "docs" / "generated-video.md", names)
    assert names["smooth"].shape == (6, *names["frames"][0].shape)
    assert (tmp_path / "boat.mp4").stat().st_size > 0
    np.testing.assert_array_equal(np.stack(saved), names["smooth"])


def test_page_on_onnx(names: dict[str, Any]) -> None:
    for library in ("onnx", "onnxruntime"):
        pytest.importorskip(library)
    exported = midframe.export_onnx("rife.onnx")
    assert exported.difference is not None
    for name in ("left", "right"):
        write_png(Path(f"{name}.png"), names.pop(name))
    run(ROOT / "docs" / "onnx.md", names)
    with midframe.Interpolator.load(quality="fast") as interpolator:
        wanted = interpolator.between(names["left"], names["right"], 0.5)
    assert np.abs(names["middle"].astype(int) - wanted.astype(int)).max() <= 1


@pytest.mark.parametrize("page", OTHER_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_other_pages(page: Path, names: dict[str, Any]) -> None:
    run(page, names)


def test_blocks_that_are_not_run_exist() -> None:
    shown = {first for page in PAGES for first, _ in all_blocks(page)}
    assert sorted(NOT_RUN.keys() - shown) == []


def test_the_page_names_everything_public() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    missing = [name for name in midframe.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == ["__version__"]
