from __future__ import annotations

import logging
import os
import sys
from types import ModuleType

import pytest

from midframe.engines.ncnn.library import load_ncnn, logged_output
from midframe.errors import OptionError


def test_a_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ncnn", None)
    with pytest.raises(OptionError, match=r"^The engine ncnn needs ncnn, which is not installed.* pip install ncnn$"):
        load_ncnn("The engine ncnn", option="engine")


def test_the_library_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("ncnn")
    monkeypatch.setitem(sys.modules, "ncnn", module)
    assert load_ncnn("The engine ncnn") is module


def test_what_is_printed_goes_to_the_log(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="midframe.engines.ncnn.library")
    with logged_output():
        os.write(2, b"[0 A Card]  queueC=0\nfp16=1\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
    assert [record.getMessage() for record in caplog.records] == ["[0 A Card]  queueC=0", "fp16=1"]


def test_errors_pass_and_the_terminal_comes_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="wrong"), logged_output():
        raise ValueError("wrong")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_a_program_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(descriptor: int) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    done = []
    with logged_output():
        done.append(True)
    assert done
