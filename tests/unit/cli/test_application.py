from __future__ import annotations

import pytest

from midframe.cli.application import guarded


def failing(error: Exception) -> int:
    def call() -> int:
        raise error

    return guarded(call)


def test_a_library_that_cannot_be_loaded_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(ImportError("libfoo.so.3: cannot open shared object file")) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "cannot be loaded (libfoo.so.3: cannot open shared object file). `midframe doctor` says" in said
    assert "internal error" not in said
    assert failing(ModuleNotFoundError("No module named 'av.video'", name="av.video")) == 1
    assert "internal error" not in capsys.readouterr().err


def test_a_module_of_midframe_that_cannot_be_loaded_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(ImportError("cannot import name 'odd' from 'midframe.types'", name="midframe.types")) == 1
    assert "internal error (ImportError: cannot import name 'odd'" in " ".join(capsys.readouterr().err.split())
