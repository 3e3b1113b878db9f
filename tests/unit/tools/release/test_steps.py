from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tools.release import steps
from tools.release.steps import STEPS, Step

MAKEFILE = Path(__file__).parents[4] / "Makefile"


@pytest.fixture
def makefile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three targets of a Makefile of its own, the second of which fails."""
    (tmp_path / "Makefile").write_text(
        "first:\n\t@echo one\nsecond:\n\t@echo two; echo why >&2; exit 3\nthird:\n\t@echo three\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(steps, "STEPS", [Step("first", "A"), Step("second", "B"), Step("third", "C")])
    return tmp_path


def test_each_step_is_a_target() -> None:
    targets = re.findall(r"^([a-z-]+):", MAKEFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {step.target for step in STEPS} <= set(targets)


def test_a_step_that_fails_stops_nothing(makefile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert steps.run_steps() == 1
    shown = capsys.readouterr().out
    assert [line.split()[:2] for line in shown.splitlines() if line.endswith(("A", "B", "C"))] == [
        ["first", "passed"],
        ["second", "FAILED"],
        ["third", "passed"],
    ]
    assert "    why\n" in shown
    assert shown.splitlines()[-1] == "1 of 3 steps failed, in 0 minutes: second."
    results = json.loads((makefile / "out/release-check/results.json").read_text(encoding="utf-8"))
    assert [(result["target"], result["status"] == 0) for result in results] == [
        ("first", True),
        ("second", False),
        ("third", True),
    ]
    assert (makefile / results[0]["log"]).read_text(encoding="utf-8") == "one\n"


def test_only_the_steps_named(makefile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert steps.run_steps(["third", "first"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["first", "third", "All"]


def test_a_step_that_is_none(makefile: Path) -> None:
    with pytest.raises(ValueError, match="there is no step fourth; there are first, second, third"):
        steps.run_steps(["fourth"])
