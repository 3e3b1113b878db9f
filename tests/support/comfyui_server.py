"""The real ComfyUI as a process of its own, on the CPU, with the nodes in its `custom_nodes`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.app_server import free_port
from tests.support.comfyui import PACK, ROOT

Workflow = dict[str, Any]


class ComfyUIServer:
    """A server whose folders are below `base`.

    Args:
        comfyui: ComfyUI's own folder.
        base: Input, output, models and nodes are here.
    """

    def __init__(self, comfyui: Path, base: Path) -> None:
        self.base = base
        for name in ("input", "output", "models", "custom_nodes"):
            (base / name).mkdir(parents=True)
        (base / "custom_nodes" / "midframe").symlink_to(PACK, target_is_directory=True)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._log = (base / "server.log").open("w")
        python = os.environ.get("MIDFRAME_COMFYUI_PYTHON", sys.executable)
        command = [python, "main.py", "--cpu", "--disable-auto-launch", "--port", str(port)]
        self.process = subprocess.Popen(
            [*command, "--base-directory", str(base), "--database-url", "sqlite:///:memory:"],
            cwd=comfyui,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 120
        while not self._answers():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            self.get("/queue")
        except OSError:
            return False
        return True

    @property
    def log(self) -> str:
        """What the server printed."""
        return (self.base / "server.log").read_text(encoding="utf-8")

    def get(self, path: str) -> Any:
        """What the server answers to a request."""
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, path: str, content: Any) -> Any:
        """What the server answers to a request with JSON, also where it refuses."""
        request = urllib.request.Request(
            self.address + path, json.dumps(content).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            with refusal:
                return json.loads(refusal.read())

    def start(self, workflow: Workflow) -> str:
        """Queue a workflow; return its name."""
        answer = self.post("/prompt", {"prompt": workflow})
        assert "prompt_id" in answer, answer
        name: str = answer["prompt_id"]
        return name

    def finish(self, name: str, seconds: float = 300) -> Any:
        """Wait for the end of a workflow; return what the server remembers of it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            known = self.get(f"/history/{name}")
            if name in known:
                return known[name]
            time.sleep(0.05)
        raise AssertionError(self.log)

    def run(self, workflow: Workflow, seconds: float = 300) -> Any:
        """Carry out a workflow, which must succeed; return its outputs by node."""
        ended = self.finish(self.start(workflow), seconds)
        assert ended["status"]["status_str"] == "success", ended["status"]["messages"]
        return ended["outputs"]

    def file(self, shown: dict[str, str]) -> Path:
        """A file that a node has shown."""
        return self.base / shown["type"] / shown["subfolder"] / shown["filename"]

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(timeout=30)
        self._log.close()
