from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from midframe import extras
from midframe.errors import OptionError
from midframe.extras import LIBRARIES, has_torch, pip_install, require_packages, require_torch

ROOT = Path(__file__).parents[2]


def test_what_is_missing_is_named_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not has_torch()
    with pytest.raises(OptionError) as caught:
        require_torch("Adapting", option="adapt")
    assert str(caught.value) == (
        f"Adapting needs PyTorch, which is not installed. Install it with: {sys.executable} -m pip install torch"
    )
    assert caught.value.option == "adapt"


def test_not_installed_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert not has_torch()


def test_several_libraries_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("skimage", "cv2"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OptionError) as caught:
        require_packages(("skimage", "PIL", "cv2"), "Comparing")
    assert str(caught.value) == (
        "Comparing needs scikit-image and OpenCV, which are not installed. Install them with: "
        f"{sys.executable} -m pip install scikit-image opencv-python-headless"
    )


def test_no_library_is_loaded_to_look_for_it() -> None:
    code = """
import sys
from midframe.extras import LIBRARIES, is_installed
known = [is_installed(module) for module in LIBRARIES]
print(sorted(LIBRARIES.keys() & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_packages_are_those_of_the_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        name: {Requirement(text).name for text in group} for name, group in project["optional-dependencies"].items()
    }
    named = {package for _, package in LIBRARIES.values()}
    assert named == set().union(
        *(group for name, group in extras.items() if name not in ("dev", "docs", "release", "workflows"))
    )


def test_several_packages() -> None:
    assert pip_install("torch", "ray").endswith(" -m pip install torch ray")


@pytest.mark.parametrize(
    ("first", "policy"),
    [("", "PASSIVE"), ("import torch", "None"), ("os.environ['OMP_WAIT_POLICY'] = 'active'", "active")],
)
def test_threads_of_torch_wait_passively_unless_it_is_loaded_or_told_otherwise(first: str, policy: str) -> None:
    code = f"""
import os
{first}
from midframe.extras import require_torch
require_torch("This")
print(os.environ.get("OMP_WAIT_POLICY"))
"""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == policy
