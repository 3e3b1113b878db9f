from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from midframe.diagnosis.isolated import IsolatedError, Remote, call_isolated

MODULE = """
import os, signal, sys, time

def doubled(*words):
    print("a library prints")
    os.write(1, b"another one, past Python")
    return [2 * word for word in words]

def refused():
    raise ValueError("\\n\\nnumpy is too new.\\nMore about it.")

def silent():
    raise KeyError

def crashed():
    os.kill(os.getpid(), signal.SIGKILL)

def left():
    os._exit(0)

def ended():
    os._exit(7)

def slow():
    time.sleep(60)

def unpicklable():
    return lambda: None
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "strange_library.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))


def remote(name: str) -> Remote[Any]:
    return Remote("strange_library", name)


def test_result_and_arguments() -> None:
    assert call_isolated(remote("doubled"), "a", "ß") == ["aa", "ßß"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("refused", "failed: ValueError: numpy is too new"),
        ("silent", "failed: KeyError"),
        ("crashed", "crashed (SIGKILL)"),
        ("left", "ended without an answer"),
        ("ended", "crashed (code 7)"),
        ("missing", "failed: AttributeError: module 'strange_library' has no attribute 'missing'"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_failures(name: str, message: str) -> None:
    with pytest.raises(IsolatedError) as caught:
        call_isolated(remote(name))
    assert str(caught.value) == message


def test_what_cannot_be_returned() -> None:
    with pytest.raises(IsolatedError, match=r"^failed: \w+: "):
        call_isolated(remote("unpicklable"))


def test_what_hangs_is_ended() -> None:
    begin = time.monotonic()
    with pytest.raises(IsolatedError, match=r"did not end within 1 seconds"):
        call_isolated(remote("slow"), seconds=1)
    assert time.monotonic() - begin < 30


def test_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(IsolatedError, match="does not say where its program is"):
        call_isolated(remote("doubled"))


def test_no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(IsolatedError, match="no process can be started"):
        call_isolated(remote("doubled"))
