"""Names in `src` are compared with docs/glossary.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "midframe"
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def forbidden() -> set[tuple[str, ...]]:
    """The right-hand column of the table of words; "go_on" is two words that stand together."""
    table = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").split("| write | not |")[1]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("|") and "---" not in line]
    return {tuple(word.strip().split("_")) for row in rows for word in row.split(",")}


def words(name: str) -> list[str]:
    return [word.lower() for word in WORD.findall(name)]


def offences(name: str) -> list[str]:
    spoken = words(name)
    return [
        "_".join(term)
        for term in forbidden()
        if any(tuple(spoken[start : start + len(term)]) == term for start in range(len(spoken)))
    ]


def defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a module gives to something of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_names_are_those_of_the_glossary(path: Path) -> None:
    module = path.relative_to(SOURCE).with_suffix("")
    found = [f"{module}: {term}" for part in module.parts for term in offences(part)]
    for line, name in defined(ast.parse(path.read_text(encoding="utf-8"))):
        found += [f"{path.name}:{line}: {name} ({term})" for term in offences(name)]
    assert not found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("draw_times", ["draw"]),
        ("FrameDrawer", ["drawer"]),
        ("what_was_told", ["told"]),
        ("can_go_on", ["go_on"]),
        ("going_online", []),
        ("withdraw", []),
        ("broom", []),
        ("interpolate", []),
    ],
)
def test_the_test_itself(name: str, found: list[str]) -> None:
    assert offences(name) == found


def test_every_term_has_one_meaning() -> None:
    table = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").split("## Words")[0]
    terms = [term for line in table.splitlines() for term in re.findall(r"\*\*(.+?)\*\*", line)]
    assert len(terms) == len(set(terms)) > 30
