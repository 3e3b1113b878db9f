from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tools.clean import __main__ as program
from tools.clean.record import Record
from tools.clean.registry import Registry
from tools.clean.systems import RELEASES, SystemUnavailableError
from tools.clean.wheels import read_wheel

WHEEL = "midframe-0.1.0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / WHEEL
    path.touch()
    return path


@pytest.mark.parametrize("name", ["missing.whl", "midframe.zip"])
def test_wrong_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "midframe.zip").touch()
    assert program.main([str(tmp_path / name)]) == 2
    assert name in capsys.readouterr().err


def test_who_is_not_root_gets_a_sentence(
    wheel: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert program.main([str(wheel)]) == 1
    assert capsys.readouterr().err == "Only root on Linux can make the systems that wheels are tried in.\n"


def test_results(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tried(debian: object, *rest: object) -> Record:
        if debian is RELEASES[1]:
            raise SystemUnavailableError("debian-13 could not be made: No server.")
        record = Record("debian-12", "3.11", "x86_64", WHEEL)
        record.check("nothing else is written", problems)
        return record

    problems: list[str] = []
    monkeypatch.setattr(program, "try_in", tried)
    monkeypatch.setattr(program, "this_registry", lambda: Registry({}, None))
    assert program.try_all([read_wheel(wheel)], [RELEASES[0]], tmp_path / "out") == 0
    assert (tmp_path / "out" / "table.txt").read_text().rstrip() == capsys.readouterr().out.rstrip()
    assert json.loads((tmp_path / "out" / "results.json").read_text())["failures"] == []
    assert program.try_all([read_wheel(wheel)], [*RELEASES[:2]], tmp_path / "out") == 1
    assert capsys.readouterr().err.splitlines()[-1] == "debian-13 could not be made: No server."
    problems.append("x was written.")
    assert program.try_all([read_wheel(wheel)], [RELEASES[0]], tmp_path / "out") == 1
    assert program.try_all([read_wheel(wheel)], [], tmp_path / "out") == 1
    assert f"{WHEEL} is for none of the systems." in capsys.readouterr().err
