from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from midframe.cli import commands, status_line
from midframe.cli.commands import announce
from midframe.cli.status_line import erase_status, loading_words, show_status
from midframe.cli.streams import _Errors, _text


class _Terminal(_Errors):
    def isatty(self) -> bool:
        return True


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, *, output: bool = True) -> Iterator[Callable[[], str]]:
    """A terminal that the error stream leads to, and if `output`, the output stream too; gives what was written."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    stream = _text(_Terminal(writing), None, line_buffering=True)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        patch.setattr(sys, "stdout", stream if output else io.StringIO())
        yield lambda: os.read(reading, 10_000).decode()
        erase_status()
    os.close(reading)
    os.close(writing)


def test_what_is_printed_next_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as written:
        show_status("Loading …")
        assert written() == "Loading …"
        print("done", file=sys.stderr)
        print("more", file=sys.stderr)
        assert written() == f"\r{9 * ' '}\rdone\nmore\n"


def test_nothing_is_shown_where_another_program_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch, output=False) as written:
        show_status("Loading …")
        sys.stderr.write("x\n")
        assert written() == "x\n"


def test_a_terminal_that_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "_shown", (99_999, 3))
    erase_status()
    erase_status()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "a.mp4"], "Loading RIFE 4.25 …"),
        (["run", "a.mp4", "--model", "4.6"], "Loading RIFE 4.6 …"),
        (["run", "-m", "ckpt/mine.pkl", "a.mp4"], "Loading mine.pkl …"),
        (["run", "--model=4.22.lite", "a.mp4"], "Loading 4.22.lite …"),
        (["run", "a.mp4", "--model"], "Loading RIFE 4.25 …"),
    ],
)
def test_the_model_is_named(words: list[str], said: str) -> None:
    assert loading_words(words, "4.25") == said


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["run", "a.mp4"], True),
        (["--debug", "eval", "a.mp4"], True),
        (["run", "a.mp4", "--help"], False),
        (["run", "a.mp4", "--progress", "json"], False),
        (["run", "a.mp4", "--progress=none"], False),
        (["analyze", "a.mp4"], False),
        (["nonsense"], False),
        ([], False),
    ],
)
def test_commands_that_load_a_model_say_so(words: list[str], shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(commands, "show_status", said.append)
    announce(words)
    assert said == (["Loading RIFE 4.25 …"] if shown else [])
