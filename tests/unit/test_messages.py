"""Only the command line spells flags: messages below it name options as Python does, in backticks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.support.source_text import strings

SOURCE = Path(__file__).parents[2] / "src" / "midframe"
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMAND = re.compile(r"`[a-z]+ [^`]*`?")

PIP_ARGUMENTS = (SOURCE / "models" / "wheels.py", SOURCE / "extras.py")
"""Modules that know the command lines of pip and uv."""


def flags(text: str) -> list[str]:
    """The flags in a text, those of whole commands in backticks left out."""
    return FLAG.findall(COMMAND.sub("", text))


MODULES = [
    path for path in sorted(SOURCE.rglob("*.py")) if SOURCE / "cli" not in path.parents and path not in PIP_ARGUMENTS
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_flags_below_the_command_line(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [(line, flag) for line, text in strings(tree) for flag in flags(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Replace it with --overwrite.", ["--overwrite"]),
        ("Replace it with `overwrite`.", []),
        ("Start one with `ray start --head`, or name one.", []),
        ("a -- b", []),
    ],
)
def test_the_test_itself(text: str, found: list[str]) -> None:
    assert flags(text) == found
