"""OpenVINO must not report its use: midframe sends nothing to anyone."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from midframe.engines.onnx.openvino_module import load_openvino
load_openvino().Core()
print([name for name in sys.modules if name.startswith("openvino_telemetry")])
import openvino.tools.ovc
print(openvino.tools.ovc.telemetry.__class__.__module__)
"""


def test_nothing_that_reports_is_loaded() -> None:
    pytest.importorskip("openvino_telemetry")
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["[]", "openvino.tools.ovc.telemetry_stub"]
