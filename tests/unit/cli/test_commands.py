"""Commands: what stands for one, and what their help shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support.command_line import run_in_process

from midframe.cli.commands import ALIASES, COMMANDS, load_command, with_command


@pytest.mark.parametrize(
    ("words", "done"),
    [
        ("clip.mp4", "run clip.mp4"),
        ("clip.mp4 -x 4", "run clip.mp4 -x 4"),
        ("-x 4 clip.mp4", "run -x 4 clip.mp4"),
        ("--debug clip.mp4", "--debug run clip.mp4"),
        ("shots/", "run shots/"),
        ("a_####.exr", "run a_####.exr"),
        ("- -o -", "run - -o -"),
        ("https://example.com/a.mp4", "run https://example.com/a.mp4"),
        ("here", "run here"),
        ("run clip.mp4", "run clip.mp4"),
        ("analyse clip.mp4", "analyse clip.mp4"),
        ("--help", "--help"),
        ("-V", "-V"),
        ("rnu", "rnu"),
        ("-x 4 run clip.mp4", "-x 4 run clip.mp4"),
        ("", ""),
    ],
)
def test_an_input_alone_is_run(words: str, done: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert with_command(words.split()) == done.split()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process(name, "--help")
    told = capsys.readouterr().out
    assert f" {name} " in told.splitlines()[0]
    assert not re.search("<(str|int|path|float|bool)", told)


def test_common_options_come_first_and_all_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run_in_process("run", "--help")
    few = capsys.readouterr().out
    assert len(few.splitlines()) <= 60
    assert "--ray-address" not in few
    run_in_process("run", "--help-all")
    everything = capsys.readouterr().out
    flags = {flag for parameter in load_command("run").params for flag in parameter.opts if flag.startswith("--")}
    assert all(flag in everything for flag in flags)
    assert "h:mm:ss" in everything


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "a.mp4", "--facter", "2"), "There is no option --facter. Did you mean --factor?"),
        (("run", "a.mp4", "--multi", "4"), "here use --insert"),
        (("run", "a.mp4", "--mult", "4"), "run --help-all lists all"),
        (("run", "a.mp4", "--nothing-like-it"), "run --help-all lists all"),
        (("rnu",), "Did you mean 'run'?"),
    ],
)
def test_the_closest_name_is_suggested(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_process(*words, code=2)
    assert sentence in capsys.readouterr().err


def test_aliases_are_commands() -> None:
    assert set(ALIASES.values()) <= set(COMMANDS)
