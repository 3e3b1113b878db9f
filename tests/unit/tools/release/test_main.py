from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools.release import steps
from tools.release.__main__ import main

ROOT = Path(__file__).parents[4]


def test_places_that_are_empty_are_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["text"]) == 0
    assert main(["text", "v999.0.0"]) == 1
    assert "must be 999.0.0" in capsys.readouterr().out


def test_notes_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", "v0.1.0rc1"]) == 0
    assert capsys.readouterr().out.startswith("The first release.")


def test_a_version_without_notes_is_a_wrong_argument(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["notes", "999.0.0"])
    assert "CHANGELOG.md has no section of 999.0.0." in capsys.readouterr().err


def test_steps_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[list[str]] = []

    def run_steps(names: list[str]) -> int:
        wanted.append(names)
        return 1

    monkeypatch.setattr(steps, "run_steps", run_steps)
    assert main(["check", "lint", "docs"]) == 1
    assert wanted == [["lint", "docs"]]


def test_it_runs_without_any_library() -> None:
    """As the workflow of a release runs it."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tools.release.__main__",
    ]
    subprocess.run(command, check=True)


def test_the_workflow_of_a_release_calls_what_there_is() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert re.findall(r"python3 -m tools\.release (\w+)", workflow) == ["text", "notes"]
