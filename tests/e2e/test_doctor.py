"""`midframe doctor` on this machine, and on ones where something is missing, broken or cannot be written."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import Midframe

from midframe.extras import LIBRARIES

BLOCK = "import sys; sys.modules.update(dict.fromkeys({modules}))\n"
"""Runs at the start of every Python that finds it: imports of these libraries fail, as if they were not installed."""

Examine = Callable[..., dict[str, Any]]


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    """Run the command in a process, with files on Python's path and variables, and return its JSON."""

    def run(code: int, files: dict[str, str], **variables: str) -> dict[str, Any]:
        site = tmp_path / "site"
        site.mkdir()
        for name, text in files.items():
            (site / name).write_text(text)
        paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **variables}
        done = subprocess.run(
            [sys.executable, "-m", "midframe", "doctor", "--json"],
            cwd=tmp_path,
            env={name: value for name, value in environment.items() if value != "unset"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, "")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def states(found: dict[str, Any]) -> dict[str, str]:
    return {check["subject"]: check["state"] for check in found["checks"]}


def test_this_machine(midframe_process: Midframe, real_checkpoint_425: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_do_not_show")
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:password@localhost:9")
    monkeypatch.setenv("COLUMNS", "80")
    text = midframe_process("doctor").stdout
    assert all(len(line) < 80 for line in text.splitlines() if "pip" not in line)
    assert "Self-test (engines with the weights of 4.25)" in text
    assert "ok       engine cpu on cpu" in text or "kernels" in text
    assert "ok       engine torch on cpu" in text
    assert text.splitlines()[-1].startswith("All that is installed works: ")
    assert "http://***@localhost:9" in text
    for private in ("hf_do_not_show", "password", str(Path.home()) + os.sep, socket.gethostname() + " "):
        assert private not in text


def test_no_optional_library_and_no_weights(examine: Examine, tmp_path: Path) -> None:
    modules = tuple(LIBRARIES)
    found = examine(
        0,
        {"sitecustomize.py": BLOCK.format(modules=modules)},
        MIDFRAME_CACHE=str(tmp_path / "cache"),
        MIDFRAME_OFFLINE="1",
    )
    assert found["weights"] == "built-in"
    assert {each["package"] for each in found["libraries"] if each["version"] is None} >= {"torch", "ray", "ncnn"}
    assert states(found)["engine torch"] == "not run"
    assert states(found)["engine cpu on cpu"] == "passed"
    (problem,) = [each for each in found["problems"] if "weights" in each["text"]]
    assert (problem["severity"], problem["commands"]) == ("advice", ["midframe models pull"])
    assert not (tmp_path / "cache").exists()


def test_broken_libraries(examine: Examine) -> None:
    found = examine(
        1,
        {
            "sitecustomize.py": BLOCK.format(modules=("torch",)),
            "ncnn.py": "raise ValueError('numpy.dtype size changed')\n",
            "onnxruntime.py": "import os; os.abort()\n",
            "cv2.py": "import os; os.abort()\n",
            "ray.py": "raise ImportError('libcore.so: cannot open shared object file')\n",
        },
    )
    failures = {each["package"]: each["failure"] for each in found["libraries"]}
    assert failures["ray"] == "cannot be loaded (libcore.so: cannot open shared object file)"
    assert failures["opencv-python-headless"] == "crashed (SIGABRT)"
    assert failures["av"] is None
    assert states(found)["engine ncnn"] == states(found)["engine onnx"] == "failed"
    assert states(found)["engine cpu on cpu"] == "passed"
    # Devices are looked for with all libraries at once.
    assert found["devices"] is None
    broken = [each["text"] for each in found["problems"] if each["severity"] == "broken"]
    assert any(text.startswith("Engine ncnn: ") and "numpy.dtype size changed" in text for text in broken)
    assert any(text.startswith("Looking for devices ") for text in broken)


def test_numpy_is_broken(examine: Examine) -> None:
    found = examine(1, {"numpy.py": "raise ImportError('numpy is for another Python')\n"})
    assert {each["package"]: each["failure"] for each in found["libraries"]}["numpy"] is not None
    assert found["works"] is False


def test_no_kernels_no_home_and_a_cache_that_cannot_be_made(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = examine(
        1,
        {},
        MIDFRAME_KERNELS="off",
        MIDFRAME_CACHE=str(tmp_path / "file" / "cache"),
        MIDFRAME_OFFLINE="1",
        HOME="unset",
        TMPDIR=str(tmp_path / "nowhere"),
    )
    assert (found["kernels"]["used"], found["kernels"]["reason"]) == (None, "MIDFRAME_KERNELS=off disables them.")
    assert states(found)["engine cpu"] == "not run"
    assert states(found)["engine torch on cpu"] == "passed"
    assert found["cache"]["unwritable"] is not None
    assert [each["text"] for each in found["problems"] if each["severity"] == "broken"] == [
        f"The cache cannot be written ({found['cache']['unwritable']}), so that no weights can be downloaded."
    ]
