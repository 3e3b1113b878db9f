from __future__ import annotations

from typing import get_args

import pytest
from tests.support.command_line import run_in_process

from midframe.cli.completion import SCRIPTS, Shell, completion_script


def test_every_shell_has_a_script() -> None:
    assert list(SCRIPTS) == list(get_args(Shell))


@pytest.mark.parametrize("shell", SCRIPTS)
def test_it_is_printed_to_the_letter(shell: Shell, capfd: pytest.CaptureFixture[str]) -> None:
    run_in_process("--show-completion", shell)
    printed = capfd.readouterr().out
    assert printed == completion_script(shell)
    assert "midframe" in printed


def test_another_shell_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    run_in_process("--show-completion", "tcsh", code=2)
    assert "'bash', 'zsh', 'fish'" in capfd.readouterr().err
