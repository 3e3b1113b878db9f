"""The folder that users put into `custom_nodes`: its metadata and its workflows fit the package."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from tests.support.comfyui import PACK, ROOT, ComfyUI, loaded_pack
from tests.support.documentation import page_lines

WORKFLOWS = PACK / "example_workflows"
API_WORKFLOWS = sorted((WORKFLOWS / "api").glob("*.json"))


def read(path: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_metadata() -> None:
    described = tomllib.loads((PACK / "pyproject.toml").read_text(encoding="utf-8"))
    project = described["project"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"])
    assert "comfyui" not in project["name"].lower()
    assert {"PublisherId", "DisplayName"} <= described["tool"]["comfy"].keys()
    required = (PACK / "requirements.txt").read_text(encoding="utf-8").split()
    assert project["dependencies"] == required
    (only,) = map(Requirement, required)
    assert only.name == "midframe", "no torch: ComfyUI has the one that fits the machine"
    assert project["version"] in only.specifier


@pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_give_every_input_and_no_other(path: Any, comfyui: ComfyUI) -> None:
    nodes = {node.name: node for node in comfyui.module("nodes").NODES}
    used = [each for each in read(path).values() if each["class_type"] in nodes]
    assert used
    for each in used:
        inputs = nodes[each["class_type"]].inputs
        assert {known.name for known in inputs if not known.optional} <= each["inputs"].keys()
        assert each["inputs"].keys() <= {known.name for known in inputs}
        for known in inputs:
            value = each["inputs"].get(known.name)
            assert known.choices is None or value in known.choices()
        for slowmo in (False, True):
            assert comfyui.refusals(each["class_type"], **{**each["inputs"], "slowmo": slowmo}) == {}


@pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda path: path.stem)
def test_the_same_workflow_for_the_page(path: Any, comfyui: ComfyUI) -> None:
    """The page keeps the values of widgets in the order of the inputs, without names."""
    for_page = {str(node["id"]): node for node in read(WORKFLOWS / path.name)["nodes"]}
    for number, each in read(path).items():
        page = for_page[number]
        assert page["type"] == each["class_type"]
        values = [value for value in each["inputs"].values() if not isinstance(value, list)]
        assert page["widgets_values"][: len(values)] == values


def test_the_commands_of_the_page_replace_an_earlier_version(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "comfyui.md").read_text("utf-8")
    shown = [line.text for line in page_lines(page, "comfyui.md") if "/path/to/ComfyUI" in line.text]
    commands = [text.replace("/path/to", str(tmp_path)) for text in shown]
    place = tmp_path / "ComfyUI" / "custom_nodes" / "midframe"
    place.parent.mkdir(parents=True)
    for _ in range(2):
        for command in commands:
            subprocess.run(shlex.split(command), cwd=ROOT, check=True)
        assert (place / "__init__.py").read_text() == (PACK / "__init__.py").read_text()
        assert not (place / "comfyui").exists()
        (place / "__init__.py").write_text("an earlier version")


def test_without_midframe_the_pack_says_how_to_install_it(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "midframe" else find_spec(name))
    with pytest.raises(ImportError, match=r"is not installed for the Python that runs ComfyUI.* -m pip install"):
        loaded_pack()
