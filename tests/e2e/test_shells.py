"""Completion in real shells, installed as docs/how-to/shell.md says. It starts no program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.documentation import page_lines
from tests.support.shell_terminal import ShellTerminal

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "shell.md"
PATH = "/usr/local/bin:/usr/bin:/bin"

COMPLETED = [
    ("dem", "demo"),
    ("run --cod", "run --codec"),
    ("run --mode rec", "run --mode recursive"),
    ("run --mode=rec", "run --mode=recursive"),
    ("run a.png --alpha strai", "run a.png --alpha straight"),
    ("convert --cuts ho", "convert --cuts hold"),
    ("-x 4 --gaps fi", "-x 4 --gaps fill"),
    ("my", "my clip.mp4"),
    ("run my", "run my clip.mp4"),
    ("my.mkv --dry", "my.mkv --dry-run"),
    ("run -o sho", "run -o shots/"),
    ("run -m 4.26.h", "run -m 4.26.heavy"),
    ("run -m own", "run -m own.pkl"),
    ("models pu", "models pull"),
    ("models pull 4.22.l", "models pull 4.22.lite"),
    ("models info own", "models info own.pkl"),
    ("export onnx --warp gr", "export onnx --warp gridsample"),
    ("--debug anal", "--debug analyze"),
    ("--show-completion fi", "--show-completion fish"),
]
"""What is typed after the name of the program, and what one TAB makes of it."""

UNCHANGED = ["demo my", "run --crf my", "run --mode my", "models pull own"]
"""Where neither a file nor anything that is known belongs."""


def required(name: str) -> str:
    program = shutil.which(name, path=PATH)
    if program is None and os.environ.get("MIDFRAME_REQUIRE_SHELLS"):
        pytest.fail(f"{name} is not installed")
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which the commands of the page were carried out, with some files."""
    bash = required("bash")
    folder = tmp_path_factory.mktemp("home")
    programs = folder / "programs"
    programs.mkdir()
    (programs / "midframe").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m midframe "$@"\n')
    (programs / "midframe").chmod(0o755)
    shown = [line.text for line in page_lines(PAGE.read_text(encoding="utf-8"), PAGE.name)]
    installing = [line for line in shown if line.startswith("mkdir -p")]
    assert len(installing) == 3
    for line in installing:
        environment = os.environ | {"HOME": str(folder), "PATH": f"{programs}:{PATH}"}
        subprocess.run([bash, "-c", line], env=environment, check=True, cwd=folder)
    # From here on, a program of this name would be started by a completion that needs one.
    (programs / "midframe").write_text("#!/bin/sh\ntouch ~/started\n")
    for name in ("my clip.mp4", "own.pkl"):
        (folder / name).touch()
    (folder / "shots").mkdir()
    return folder


def zsh_settings() -> str:
    """What the page puts into the user's file of settings, without a cache and checks of owners."""
    (block,) = re.findall(r"^```text\n(fpath=.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block).replace("&& compinit", "&& compinit -D -u")


@pytest.fixture(params=["bash", "zsh"])
def terminal(request: pytest.FixtureRequest, home: Path) -> Iterator[ShellTerminal]:
    """A shell in which ``midframe`` prints its words."""
    if request.param == "bash":
        command = [required("bash"), "--norc", "--noprofile", "-i"]
        settings = f"source {home}/.local/share/bash-completion/completions/midframe\n"
    else:
        command = [required("zsh"), "-f", "-i"]
        settings = zsh_settings() + "unsetopt zle_bracketed_paste\n"
    shell = ShellTerminal(command, home, f"{home}/programs:{PATH}")
    try:
        # The words are printed in brackets, each with a sign that the typed line does not have.
        shell.send(settings + "midframe() { printf '(%s)' \"$@\"; printf '\\043\\n'; }\n")
        shell.send("midframe ready\n")
        shell.read_until("(ready)#")
        yield shell
    finally:
        shell.close()


def test_one_tab_completes(terminal: ShellTerminal) -> None:
    wrong = []
    for typed, expected in COMPLETED:
        shown = after_tab(terminal, typed)
        # zsh puts an equals sign where a value follows, and takes a slash back at the end of a line.
        if re.sub(r"[=\s]+", " ", shown.rstrip("/")) != re.sub(r"[=\s]+", " ", expected.rstrip("/")):
            wrong.append((typed, shown))
    assert wrong == []


def test_nothing_is_proposed_where_nothing_is_known(terminal: ShellTerminal) -> None:
    assert {typed: after_tab(terminal, typed) for typed in UNCHANGED} == {typed: typed for typed in UNCHANGED}


def test_it_starts_no_program(terminal: ShellTerminal, home: Path) -> None:
    after_tab(terminal, "run --codec h")
    assert not (home / "started").exists()


def after_tab(terminal: ShellTerminal, typed: str) -> str:
    """The words that a command line has after a TAB, joined by spaces."""
    terminal.send(f"midframe {typed}\t\n")
    printed = re.findall(r"(?:\([^()]*\))+#", terminal.read_until(")#"))[-1]
    return " ".join(re.findall(r"\(([^()]*)\)", printed))


def fish(home: Path, typed: str) -> list[str]:
    """What fish proposes, without descriptions; it has a command for that."""
    done = subprocess.run(
        [required("fish"), "-c", f"complete --do-complete 'midframe {typed}'"],
        env={"HOME": str(home), "PATH": f"{home}/programs:{PATH}", "LC_ALL": "C.UTF-8"},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("typed", "expected"), COMPLETED)
def test_fish_proposes(home: Path, typed: str, expected: str) -> None:
    proposed = fish(home, typed)
    last = typed.split(" ")[-1]
    start = typed.removesuffix(last)
    assert proposed == [expected.removeprefix(start)]


@pytest.mark.parametrize("typed", UNCHANGED)
def test_fish_proposes_nothing_where_nothing_is_known(home: Path, typed: str) -> None:
    assert fish(home, typed) == []


def test_fish_describes_commands(home: Path) -> None:
    assert fish(home, "") == sorted(fish(home, ""))
    assert {"run", "models", "shots/"} <= {*fish(home, "")}
