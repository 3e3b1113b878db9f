"""Texts in source code: docstrings, and strings that are not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

HOLE = "…"
"""Stands for the values that an f-string formats."""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and value of the strings that stand alone: docstrings of modules, classes, functions and attributes."""
    for node in _documentation(tree):
        assert isinstance(node.value, str)
        yield node.lineno, node.value


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and value of all other strings; f-strings have a hole for each value."""
    passed_over = {id(node) for node in _documentation(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values]
            passed_over |= set(map(id, node.values))
            yield node.lineno, "".join(parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            yield node.lineno, node.value


def _documentation(tree: ast.Module) -> Iterator[ast.Constant]:
    for scope in ast.walk(tree):
        if isinstance(scope, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            values = [node.value for node in scope.body if isinstance(node, ast.Expr)]
            yield from (value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str))
