"""The stored files are what the commands say."""

from __future__ import annotations

import tomllib

import pytest
from tools.share.__main__ import COMPLETION, MANUAL, files
from tools.share.manual import ROOT

from midframe.cli.commands import COMMANDS
from midframe.cli.completion import SCRIPTS


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MIDFRAME_CATALOG", raising=False)
        return {path.name: text for path, text in files().items()}


def test_stored_files_are_current(made: dict[str, str]) -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in (*COMPLETION.iterdir(), *MANUAL.iterdir())}
    assert sorted(made.keys() ^ stored.keys()) == []
    outdated = sorted(name for name in made if made[name] != stored[name])
    assert outdated == [], "run make share"


def test_there_is_one_for_each_shell_and_command(made: dict[str, str]) -> None:
    assert made.keys() == {*SCRIPTS.values(), "midframe.1", *(f"midframe-{name}.1" for name in COMMANDS)}


@pytest.mark.parametrize("name", SCRIPTS.values())
def test_scripts_have_every_option(made: dict[str, str], name: str) -> None:
    text = made[name]
    for flag in ("overwrite", "ray-shared-input", "no-legend", "opset", "show-completion", "lpips-weights"):
        assert f"--{flag}" in text or f"--long-option {flag}" in text


def test_a_catalogue_of_the_user_changes_nothing(made: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_CATALOG", "/nowhere/catalog.toml")
    assert {path.name: text for path, text in files().items()} == made


def test_a_wheel_installs_them_where_shells_and_man_look() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    installed = {
        f"{folder}/{path.name}"
        for folder, patterns in setuptools["data-files"].items()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    scripts = {
        "share/bash-completion/completions/midframe",
        "share/zsh/site-functions/_midframe",
        "share/fish/vendor_completions.d/midframe.fish",
    }
    assert installed == scripts | {f"share/man/man1/{path.name}" for path in MANUAL.iterdir()}
    assert "cli/completion_files/*" in setuptools["package-data"]["midframe"]
