"""Loading OpenVINO without what reports its use: the package sends an event to its makers when it is imported."""

from __future__ import annotations

import sys
import threading
from typing import Any

TELEMETRY = "openvino_telemetry"

_loading = threading.Lock()


def load_openvino() -> Any:
    """The package `openvino`.

    Where `openvino_telemetry` cannot be imported, OpenVINO puts a module without content in its place. Only the import
    here is affected: a program that has imported OpenVINO itself has decided that for itself.

    Raises:
        ImportError: OpenVINO is not installed, or cannot be loaded.
    """
    with _loading:
        if "openvino" in sys.modules or TELEMETRY in sys.modules:
            return _imported()
        # None is Python's own mark for a module that cannot be imported.
        sys.modules[TELEMETRY] = None  # type: ignore[assignment]
        try:
            return _imported()
        finally:
            del sys.modules[TELEMETRY]


def _imported() -> Any:
    import openvino

    return openvino
