from __future__ import annotations

import platform
import shutil

import pytest
from tools.wheels import __main__ as program
from tools.wheels import building


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(program, "find_spec", lambda name: None if name == "twine" else name)
    assert program.main([]) == 1
    assert capsys.readouterr().out == (
        "twine: not installed. Run make wheels, or pip install -c constraints.txt '.[release]'.\n"
    )


def test_a_command_that_fails_says_what_it_printed() -> None:
    with pytest.raises(SystemExit, match="has failed with exit code 1:\nfatal:"):
        building.run("git", "-c", "alias.no=!echo fatal: >&2; false", "no")


@pytest.mark.parametrize("here", ["x86_64", "aarch64"])
def test_wheels_for_this_machine_and_by_cross_compilers(monkeypatch: pytest.MonkeyPatch, here: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: here)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    compilers = {target.machine: target.variables()["CXX"] for target in building.targets()}
    assert compilers == {"x86_64": "x86_64-linux-gnu-g++", "aarch64": "aarch64-linux-gnu-g++"} | {here: "g++"}

    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert [target.machine for target in building.targets()] == [here]
