"""What must hold for the forge's workflows, and can be seen without the programs of `make lint-workflows`."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
USE = re.compile(r"^\s*(?:- )?uses: (?P<action>\S+?)(?:@(?P<pin>\S+))?(?: # (?P<version>\S+))?$", re.MULTILINE)
UNTRIED = "# Not yet run on a forge: see docs/adr/0042-workflows.md.\n"

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def loaded(path: Path) -> dict[Any, Any]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_actions_are_pinned_by_commit_and_one_commit_each() -> None:
    commits: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for path in [*WORKFLOWS, *ACTIONS]:
        for use in USE.finditer(path.read_text(encoding="utf-8")):
            if use["action"].startswith("./"):
                assert (ROOT / use["action"]).exists(), use["action"]
                continue
            assert re.fullmatch(r"[0-9a-f]{40}", use["pin"] or ""), f"{path.name}: {use[0].strip()}"
            assert re.fullmatch(r"v\d+\.\d+\.\d+", use["version"] or ""), f"{path.name}: {use[0].strip()}"
            commits[use["action"]].add((use["pin"], use["version"]))
    assert "actions/checkout" in commits
    assert {action: found for action, found in commits.items() if len(found) > 1} == {}


@each_workflow
def test_nothing_is_permitted_but_to_jobs(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    assert [name for name, job in workflow["jobs"].items() if "permissions" not in job] == []


@each_workflow
def test_every_job_ends_and_newer_runs_take_turns(path: Path) -> None:
    workflow = loaded(path)
    assert "group" in workflow["concurrency"]
    for name, job in workflow["jobs"].items():
        assert "uses" in job or job["timeout-minutes"] <= 90, name


@each_workflow
def test_no_checkout_leaves_a_token_behind(path: Path) -> None:
    for job in loaded(path)["jobs"].values():
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@each_workflow
def test_scripts_take_values_from_the_environment(path: Path) -> None:
    """A value that is pasted into a script could be a script itself."""
    for job in loaded(path)["jobs"].values():
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", "")


@each_workflow
def test_what_was_never_run_says_so(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(UNTRIED)


@pytest.mark.parametrize("name", ["release.yml", "wheels.yml"])
def test_packages_come_from_no_cache(name: str) -> None:
    """Runs of other branches may fill caches."""
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    assert "actions/cache" not in text
    assert "cache:" not in text
    assert ".github/actions/environment" not in text, "it uses a cache"


def test_no_version_of_python_is_tested_that_midframe_does_not_name() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = set(re.findall(r"Programming Language :: Python :: (\d\.\d+)", project))
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    tested = set(re.findall(r"python(?:-version)?: \"(\d\.\d+)\"|with Python (\d\.\d+)", text))
    assert {version for pair in tested for version in pair if version} == {"3.11", "3.12", "3.13"} <= named


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = {
        words[-1]
        for path in [*WORKFLOWS, *ACTIONS]
        for words in map(str.split, re.findall(r"run: (make .*)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    }
    assert {name for name in called if re.fullmatch("[a-z-]+", name)} <= targets
