from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tools.command_line import program_facts
from tools.share.__main__ import MANUAL
from tools.share.manual import RELATED, manual_pages

from midframe.cli.commands import COMMANDS

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES", "SEE ALSO"]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return manual_pages(program_facts())


def sections(page: str) -> list[str]:
    return re.findall(r"^\.SH (.*)$", page, re.MULTILINE)


def test_sections(pages: dict[str, str]) -> None:
    assert sections(pages["midframe-run.1"]) == SECTIONS
    assert {"COMMANDS", "FILES", *SECTIONS} == {*sections(pages["midframe.1"])}
    for page in pages.values():
        assert sections(page)[:3] == SECTIONS[:3]
        assert sections(page)[-1] == "SEE ALSO"


def test_every_option_is_there(pages: dict[str, str]) -> None:
    for command in program_facts().below:
        page = pages[f"midframe-{command.name}.1"].replace("\\", "")
        for single in command.below or (command,):
            assert [flag for option in single.options for flag in option.flags if f"fB{flag}fR" not in page] == []


def test_tables_of_the_reference_are_there(pages: dict[str, str]) -> None:
    page = pages["midframe.1"]
    for expected in ("MIDFRAME_OFFLINE", "\\fB130\\fR", "\\(ti/.cache/midframe/", "Everything was done."):
        assert expected in page
    assert "variable" not in re.findall(r"^\.TP\n(.*)$", page, re.MULTILINE)


def test_examples_have_what_they_do(pages: dict[str, str]) -> None:
    assert ".TP\n\\fBmidframe run clip.mp4 \\-\\-fps 60\\fR\nany rate, exactly\n" in pages["midframe-run.1"]


def test_related_pages_exist() -> None:
    assert {*RELATED, *(name for names in RELATED.values() for name in names)} <= {*COMMANDS}


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", sorted(MANUAL.glob("*.1")), ids=lambda page: page.stem)
def test_man_has_nothing_to_complain_about(page: Path) -> None:
    shown = subprocess.run(
        ["man", "--warnings", "-l", page],
        env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stderr == ""
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
@pytest.mark.parametrize("page", sorted(MANUAL.glob("*.1")), ids=lambda page: page.stem)
def test_mandoc_misses_only_the_date(page: Path) -> None:
    shown = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True, check=False)
    assert [line for line in shown.stdout.splitlines() if 'missing date, using ""' not in line] == []
