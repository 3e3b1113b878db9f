"""The code is compared with the order of its rooms, and to one module for each outside library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_contracts_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_import_midframe_loads_neither_torch_nor_numpy() -> None:
    loaded = python("import sys, midframe; print(*sys.modules)").split()
    assert "midframe" in loaded
    assert not {"torch", "numpy", "PIL", "av", "midframe.api.interpolator"} & set(loaded)


def test_public_names_are_found_when_they_are_wanted() -> None:
    code = "import midframe; print(midframe.Interpolator.__name__, midframe.MidframeError.__name__, *dir(midframe))"
    import midframe

    assert python(code).split() == ["Interpolator", "MidframeError", *sorted(midframe.__all__)]


def test_unknown_name_is_an_attribute_error() -> None:
    import midframe

    with pytest.raises(AttributeError, match="no attribute 'interpolator'"):
        midframe.interpolator  # noqa: B018


@pytest.mark.parametrize(
    "module",
    [
        "midframe.types",
        "midframe.errors",
        "midframe.timing.timeline",
        "midframe.timing.steps",
        "midframe.detection.static_pairs",
        "midframe.models.rife.spec",
        "midframe.models.registry",
        "midframe.engines.options",
        "midframe.engines.protocols",
        "midframe.engines.registry",
        "tests.support.fake_engine",
        "midframe.cli",
    ],
)
def test_modules_of_plain_data_load_without_torch(module: str) -> None:
    loaded = python(f"import sys, {module}; print(*sys.modules)").split()
    assert module in loaded
    assert "torch" not in loaded
