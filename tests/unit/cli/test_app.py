"""``midframe app``, without starting it; the tests of the page do that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import run_in_process

from midframe.app.settings import AppSettings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[AppSettings, dict[str, Any]]]:
    """What the app would be started with."""
    calls: list[tuple[AppSettings, dict[str, Any]]] = []
    monkeypatch.setattr(
        "midframe.app.serving.serve", lambda settings, words, **options: calls.append((settings, options))
    )
    return calls


def test_settings_from_the_command_line(tmp_path: Path, served: list[tuple[AppSettings, dict[str, Any]]]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    arguments = ["--root", tmp_path / "a", "--root", tmp_path / "b", "--data", tmp_path / "data", "--port", "9000"]
    run_in_process("app", *arguments)
    settings, options = served[0]
    assert settings == AppSettings((tmp_path / "a", tmp_path / "b"), tmp_path / "data", "127.0.0.1", 9000)
    assert options["open_browser"] is True
    assert options["spell"]("Use `overwrite`.") == "Use --overwrite."


@pytest.mark.parametrize("arguments", [["--no-browser"], ["--host", "0.0.0.0"]])
def test_no_browser_is_opened(
    tmp_path: Path, served: list[tuple[AppSettings, dict[str, Any]]], arguments: list[str]
) -> None:
    run_in_process("app", "--root", tmp_path, "--data", tmp_path, *arguments)
    assert served[0][1]["open_browser"] is False


def test_evaluations_are_of_this_program(tmp_path: Path, served: list[tuple[AppSettings, dict[str, Any]]]) -> None:
    run_in_process("app", "--root", tmp_path, "--data", tmp_path)
    evaluate = served[0][1]["evaluate"]
    assert evaluate is not None
    words = evaluate(["a b.mp4"], tmp_path / "page.html")
    assert words[:5] == [sys.executable, "-m", "midframe", "evaluate", "a b.mp4"]
    assert str(tmp_path / "page.html") in words


def test_wrong_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("app", "--root", tmp_path / "nothing", code=2)
    assert "is not a folder" in capsys.readouterr().err
    run_in_process("app", "--root", tmp_path, "--port", "0", code=2)
    assert "--port must be from 1 to 65535" in capsys.readouterr().err


def test_without_its_libraries(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    run_in_process("app", code=2)
    assert "pip install uvicorn" in capsys.readouterr().err
