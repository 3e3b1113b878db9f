"""Pages of docs/reference name everything that they are about, and the navigation of the site names all pages."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import get_args

import midframe
from midframe import errors
from midframe.cli.application import INTERRUPTED
from midframe.cli.progress import ADAPTING_JSON_NAMES, JSON_NAMES
from midframe.jobs.journal import VERSION
from midframe.runtime.events import Origin

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def test_everything_public_is_in_the_reference() -> None:
    shown = re.findall(r"^::: midframe\.(\w+)$", page("python.md"), re.MULTILINE)
    assert sorted(shown) == sorted(name for name in midframe.__all__ if not name.startswith("_"))


def test_types_in_the_reference_exist() -> None:
    """Those that signatures name, where they are defined."""
    shown = re.findall(r"^::: ([\w.]+)\.(\w+)$", page("python.md"), re.MULTILINE)
    assert len(shown) > len(midframe.__all__)
    missing = [(module, name) for module, name in shown if not hasattr(import_module(module), name)]
    assert missing == []


def test_every_extra_is_on_the_page_about_installing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"'\.\[(\w+)\]'", text))
    assert shown == project["optional-dependencies"].keys() - {"dev", "docs", "release", "workflows"}


def test_environment_variables() -> None:
    in_code = {
        variable
        for path in (ROOT / "src").rglob("*.py")
        for variable in re.findall(r"^\w*VARIABLE = \"(\w+)\"", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    shown = set(re.findall(r"^\| `(\w+)` \|", page("environment.md"), re.MULTILINE))
    assert len(in_code) > 3
    assert sorted(in_code - shown) == []
    assert sorted(name for name in shown - in_code if name.startswith("MIDFRAME_")) == []


def test_exit_codes() -> None:
    codes = {value.exit_code for value in vars(errors).values() if hasattr(value, "exit_code")}
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", page("exit-codes.md"), re.MULTILINE)}
    assert shown == {0, *codes, INTERRUPTED}


def test_events() -> None:
    text = page("events.md")
    names = {*JSON_NAMES.values(), *ADAPTING_JSON_NAMES.values(), *get_args(Origin)}
    names |= {field.name for field in fields(midframe.JobSummary)}
    assert sorted(name for name in names if f"`{name}`" not in text) == []
    assert f"version of the format, now {VERSION})" in text


def test_every_page_has_a_place_in_the_navigation() -> None:
    navigation = (ROOT / "docs" / ".nav.yml").read_text(encoding="utf-8")
    entries = re.findall(r"^ +- (?:[^:\n]+: )?\"?([\w/*-]+(?:\.md|\*))\"?$", navigation, re.MULTILINE)
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    patterns = [re.compile(re.escape(entry).replace(r"\*", "[^/]*")) for entry in entries]
    assert sorted(path for path in pages if not any(pattern.fullmatch(path) for pattern in patterns)) == []
    generated = ("adr/index.md", "examples/index.md", "contributing.md", "changelog.md", "security.md")
    named = {entry for entry in entries if "*" not in entry}
    assert sorted(named - pages - set(generated)) == []


def test_tools_of_hooks_have_the_pinned_versions() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    named = re.findall(r"[\w-]+==[\d.]+", hooks)
    assert len(named) > 3
    assert sorted(set(named) - set(pins)) == []
