"""The nodes in the real ComfyUI, on the CPU, through its server.

Runs only where `MIDFRAME_COMFYUI` names ComfyUI's folder; `MIDFRAME_COMFYUI_PYTHON` names the Python that has its
requirements, unless that is the one that runs the tests.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.clips import frame_hashes, packets, times, write_clip
from tests.support.comfyui import PACK
from tests.support.comfyui_server import ComfyUIServer
from tests.support.command_line import Midframe

COMFYUI = os.environ.get("MIDFRAME_COMFYUI", "")
WORKFLOW = PACK / "example_workflows" / "api" / "video_16_to_24.json"

pytestmark = pytest.mark.skipif(not COMFYUI, reason="MIDFRAME_COMFYUI names no folder of ComfyUI")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyUIServer]:
    started = ComfyUIServer(Path(COMFYUI), tmp_path_factory.mktemp("comfyui") / "base")
    yield started
    started.stop()


def workflow(file: Path, **inputs: Any) -> dict[str, Any]:
    """The example on another clip, with other inputs of the node."""
    nodes: dict[str, Any] = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    nodes["1"]["inputs"]["file"] = file.name
    nodes["2"]["inputs"].update({"quality": "fast", **inputs})
    return nodes


@pytest.fixture(scope="module")
def clip(server: ComfyUIServer) -> Path:
    return write_clip(server.base / "input" / "clip.mp4", 24, Fraction(16), sound=True)


def temporary(server: ComfyUIServer) -> set[Path]:
    return set((server.base / "temp").rglob("*"))


def test_the_example_gives_what_the_command_line_gives(
    server: ComfyUIServer, clip: Path, midframe: Midframe, tmp_path: Path
) -> None:
    outputs = server.run(workflow(clip))
    saved = server.file(outputs["3"]["images"][0])
    midframe("run", clip, "-o", tmp_path / "expected.mp4", "--fps", 24, "--quality", "fast")
    assert frame_hashes(saved) == frame_hashes(tmp_path / "expected.mp4")
    assert times(saved) == [Fraction(number, 24) for number in range(36)]
    assert packets(saved, "audio") == packets(clip, "audio")
    assert outputs["4"]["text"][0].startswith("24 → 36 frames: ")


def test_generated_frames_with_sound(server: ComfyUIServer, clip: Path) -> None:
    nodes = workflow(clip)
    nodes["5"] = {"class_type": "GetVideoComponents", "inputs": {"video": ["1", 0]}}
    nodes["6"] = {"class_type": "CreateVideo", "inputs": {"images": ["5", 0], "audio": ["5", 1], "fps": 16.0}}
    nodes["2"]["inputs"]["video"] = ["6", 0]
    saved = server.file(server.run(nodes)["3"]["images"][0])
    assert times(saved) == [Fraction(number, 24) for number in range(36)]
    assert packets(saved, "audio")


def test_a_batch_of_images_with_a_loaded_model(server: ComfyUIServer, clip: Path) -> None:
    nodes = workflow(clip)
    inputs = {name: nodes["2"]["inputs"][name] for name in ("model", "quality", "factor", "fps", "cuts", "dedup")}
    nodes["5"] = {"class_type": "GetVideoComponents", "inputs": {"video": ["1", 0]}}
    nodes["6"] = {
        "class_type": "MidframeLoadModel",
        "inputs": {
            "model": "4.25",
            "device": "auto",
            "engine": "auto",
            "precision": "exact",
            "flow_scale": "1",
            "threads": 1,
        },
    }
    nodes["2"] = {
        "class_type": "MidframeInterpolateImages",
        "inputs": {
            **inputs,
            "images": ["5", 0],
            "source_fps": ["5", 2],
            "on_error": "stop",
            "loaded_model": ["6", 0],
        },
    }
    nodes["3"]["inputs"]["video"] = ["7", 0]
    nodes["4"]["inputs"]["source"] = ["2", 2]
    nodes["7"] = {"class_type": "CreateVideo", "inputs": {"images": ["2", 0], "fps": ["2", 1]}}
    outputs = server.run(nodes)
    assert outputs["4"]["text"][0].startswith("24 → 35 frames at 24 frames per second. 12 of 24 given frames are in")
    assert len(times(server.file(outputs["3"]["images"][0]))) == 35


def test_an_interruption_ends_the_job_and_leaves_nothing(server: ComfyUIServer) -> None:
    long = write_clip(server.base / "input" / "long.mp4", 400, Fraction(16), size=(256, 144))
    before = temporary(server)
    name = server.start(workflow(long, fps="240", quality="best"))
    deadline = time.monotonic() + 60
    while not [path for path in temporary(server) - before if path.suffix == ".mp4" and path.stat().st_size]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    asked = time.monotonic()
    server.post("/interrupt", {})
    ended = server.finish(name)
    assert time.monotonic() - asked < 3, "a second on an idle machine"
    assert ended["status"]["messages"][-1][0] == "execution_interrupted"
    assert temporary(server) == before


def test_broken_files_are_explained(server: ComfyUIServer, clip: Path) -> None:
    broken = server.base / "input" / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    ended = server.finish(server.start(workflow(broken)))
    message = ended["status"]["messages"][-1][1]["exception_message"]
    assert "broken.mp4" in message
    assert "Errno" not in message


def refused(server: ComfyUIServer, nodes: dict[str, Any]) -> dict[str, str]:
    """The inputs of the node that are marked when a workflow is queued, with their messages."""
    errors = server.post("/prompt", {"prompt": nodes})["node_errors"]["2"]["errors"]
    return {each["extra_info"]["input_name"]: each["details"] for each in errors}


def test_wrong_inputs_are_refused_before_anything_runs(server: ComfyUIServer, clip: Path) -> None:
    assert "`fps` must be a number" in refused(server, workflow(clip, fps="fast"))["fps"]
    wrong = {"model": "missing.pth", "quality": "ultra", "cuts": "hodl", "codec": "h266", "on_error": "ignore"}
    for name, value in wrong.items():
        assert refused(server, workflow(clip, **{name: value})).keys() == {name}
    assert "leave `fps` empty" in refused(server, workflow(clip, fps="24", slowmo=True))["fps"]


def test_slow_motion_is_the_example_with_one_choice_more(server: ComfyUIServer, clip: Path) -> None:
    saved = server.file(server.run(workflow(clip, slowmo=True))["3"]["images"][0])
    assert times(saved) == [Fraction(number, 16) for number in range(36)]


def test_on_error_the_input_passes_on_if_asked(server: ComfyUIServer) -> None:
    single = write_clip(server.base / "input" / "single.mp4", 1)
    outputs = server.run(workflow(single, on_error="pass the input on"))
    assert outputs["4"]["text"][0].startswith("Not interpolated; the input was passed on.")
    assert len(times(server.file(outputs["3"]["images"][0]))) == 1
    ended = server.finish(server.start(workflow(single)))
    assert "has only one frame" in ended["status"]["messages"][-1][1]["exception_message"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs the peak memory of another process")
def test_memory_does_not_grow_with_the_length(server: ComfyUIServer) -> None:
    """As float32, the frames of the longer video alone would take 880 MB, and the result 1,300 MB."""
    folder, process = server.base / "input", Path("/proc") / str(server.process.pid)
    peaks = []
    # The first one loads libraries.
    for count, fps in ((200, "25"), (200, "24"), (2000, "24")):
        clip = write_clip(folder / f"{count}.mp4", count, Fraction(16), size=(256, 144))
        (process / "clear_refs").write_text("5")
        server.run(workflow(clip, fps=fps), 1800)
        status = (process / "status").read_text()
        peaks.append(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")))
    assert peaks[2] - peaks[1] < 150_000, f"{peaks} kB"
