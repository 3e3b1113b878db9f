from __future__ import annotations

import pytest
from tools.site import __main__ as program


def test_what_the_builder_says_is_readable() -> None:
    output = "\x1b[33mWarning:\x1b[0m page does not exist\nTraceback (most recent call last):\n  File …"
    assert program.readable(output) == "Warning: page does not exist"


def test_without_zensical(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(program, "find_spec", lambda name: None)
    assert program.main() == 1
    assert capsys.readouterr().out == "Zensical is not installed: run make docs, with Python 3.11 or later.\n"
