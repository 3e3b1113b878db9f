from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import run_in_process
from tests.support.diagnoses import CACHE, HEALTHY

from midframe import __version__
from midframe.cli import doctor
from midframe.cli.doctor import SCHEMA
from midframe.diagnosis.diagnose import Diagnosis
from midframe.diagnosis.findings import Check

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "events.md"

BROKEN = replace(HEALTHY, checks=(Check("FFV1", "failed", "use `flow_scale=0.5`"),))


def use(monkeypatch: pytest.MonkeyPatch, diagnosis: Diagnosis) -> None:
    monkeypatch.setattr(doctor, "diagnose", lambda: diagnosis)
    monkeypatch.setenv("COLUMNS", "80")


def document(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    run_in_process("doctor", "--json", code=code)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, HEALTHY)
    found = document(capsys)
    assert (found["schema"], found["midframe"], found["python"], found["works"]) == (1, __version__, "3.13.1", True)
    assert found["libraries"][1]["version"] is None
    assert found["devices"][0]["engines"] == ["cpu"]
    assert found["auto"] == {"devices": ["cpu"], "engine": "cpu"}
    assert found["cache"]["models"] == [{"name": "4.25", "size": 24_623_147, "fault": None}]
    assert found["variables"] == {"MIDFRAME_CACHE": "/cache"}
    assert found["checks"][0]["subject"] == "engine cpu on cpu"
    assert found["problems"] == []


def test_json_of_what_is_broken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, BROKEN)
    found = document(capsys, code=1)
    assert found["works"] is False
    (problem,) = found["problems"]
    assert (problem["severity"], problem["text"]) == ("broken", "FFV1: use --scale 0.5.")
    assert problem["commands"][0].endswith("-m pip install --force-reinstall av")


def test_json_of_what_could_not_be_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, replace(HEALTHY, inventory=None, video=None, kernels=None, machine=None, cache=None))
    found = document(capsys)
    assert all(found[key] is None for key in ("devices", "auto", "video", "kernels", "machine", "cache"))


def keys(value: Any) -> set[str]:
    """All names in a document, those of libraries, encoders and variables left out."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    named = ("libraries", "encoders", "variables", "failures")
    inside = (keys(each) for name, each in value.items() if name not in named or isinstance(each, list))
    return set(value).union(*inside)


def test_every_key_is_in_the_reference(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, BROKEN)
    page = REFERENCE.read_text(encoding="utf-8").partition("## The diagnosis")[2].partition("\n## ")[0]
    found = document(capsys, code=1)
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", page, re.MULTILINE)
    assert [key for row in rows for key in re.findall(r"\w+", row)] == list(found)
    assert sorted(key for key in keys(found) if f"`{key}`" not in page) == []
    assert f"version of this format, now {SCHEMA} " in page


def test_the_home_folder_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    use(monkeypatch, replace(HEALTHY, cache=replace(CACHE, folder=str(tmp_path / "cache"))))
    assert document(capsys)["cache"]["folder"] == "~/cache"
    run_in_process("doctor")
    assert str(tmp_path) not in capsys.readouterr().out


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, HEALTHY)
    run_in_process("doctor", code=0)
    use(monkeypatch, BROKEN)
    run_in_process("doctor", code=1)
    assert capsys.readouterr().err == ""


def test_wrong_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("doctor", "cpu", code=2)
    run_in_process("doctor", "--jsno", code=2)
    assert "Did you mean --json?" in capsys.readouterr().err
