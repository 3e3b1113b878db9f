"""Every path and every name of the code that the documentation mentions exists, and lines have a limit."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "midframe"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])

TOP = ("benchmarks", "docs", "examples", "src", "tests", "tools")
PACKAGES = tuple(path.name for path in SOURCE.iterdir() if path.is_dir() and not path.name.startswith("__"))

ELSEWHERE = {
    *("AdaptiveDetector", "ContentDetector", "HashDetector", "HistogramDetector", "ThresholdDetector"),
    "warp(a)·m + warp(b)·(1−m)",
}
"""Names of PySceneDetect and torch, and a formula."""

GENERATED = {"video-formats.md"}
"""Pages that a program writes."""

LONGEST_LINE = 120

CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
IN_TEXT = re.compile(rf"(?<![\w./-])(?:{'|'.join(TOP)})/[\w./-]*\w")
IN_CODE = re.compile(rf"(?:{'|'.join((*TOP, *PACKAGES))})/[\w./-]*|[\w./-]+\.(?:py|toml|cpp|h|css)")
DOTTED = re.compile(r"midframe(?:\.\w+)+")
CALL = re.compile(r"(?:\w+\.)*(\w+)\(.*\)")
CLASS = re.compile(r"([A-Z][a-z0-9]+[A-Z]\w*)(?:\.([a-z_]\w*))?(?:\(.*\))?")


def pages(text: str) -> tuple[str, list[str]]:
    """The text of a page without its blocks of code, and everything in backticks in it."""
    prose = FENCE.sub("", text)
    return prose, CODE.findall(prose)


def is_there(path: str, page: Path) -> bool:
    """Whether a path exists: from the root, from the package, next to the page, or for a bare name anywhere."""
    if any((base / path).exists() for base in (ROOT, SOURCE, page.parent)):
        return True
    return "/" not in path and any(SOURCE.rglob(path))


@cache
def classes() -> dict[str, set[str]]:
    """The members of all classes of the package, by class; several of one name count as one."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(members(node))
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, set())
    return found


@cache
def functions() -> set[str]:
    """All functions and classes of the package."""
    return {
        node.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def members(node: ast.ClassDef) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef):
            yield part.name
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            yield part.target.id
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            yield part.attr


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or something in one, or a member of that."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        except ImportError:
            # It, or the module that it is in, needs a library that is not installed.
            with suppress(ImportError):
                return importlib.util.find_spec(".".join(parts[:length])) is not None
            continue
        for part in parts[length:]:
            if not hasattr(value, part):
                return part in getattr(value, "__annotations__", {})
            value = getattr(value, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
class TestPages:
    def test_paths_exist(self, page: Path) -> None:
        prose, code = pages(page.read_text(encoding="utf-8"))
        paths = set(IN_TEXT.findall(prose))
        paths |= {name for name in code if IN_CODE.fullmatch(name)}
        assert not sorted(path for path in paths if not is_there(path, page))

    def test_links_lead_somewhere(self, page: Path) -> None:
        prose, _ = pages(page.read_text(encoding="utf-8"))
        targets = {target.split("#")[0] for target in LINK.findall(prose) if "://" not in target}
        assert not sorted(target for target in targets if not (page.parent / target).exists())

    def test_dotted_names_exist(self, page: Path) -> None:
        _, code = pages(page.read_text(encoding="utf-8"))
        names = {name for text in code for name in DOTTED.findall(text) if not text.endswith(".py")}
        assert not sorted(name for name in names if not resolves(name))

    def test_classes_exist(self, page: Path) -> None:
        _, code = pages(page.read_text(encoding="utf-8"))
        named = [found.groups() for text in code if (found := CLASS.fullmatch(text))]
        known = classes()
        missing = {
            f"{name}.{member}" if member else name
            for name, member in named
            if name not in ELSEWHERE and (name not in known or (member and member not in known[name]))
        }
        assert not sorted(missing)

    def test_functions_exist(self, page: Path) -> None:
        _, code = pages(page.read_text(encoding="utf-8"))
        called = {found[1]: text for text in code if text not in ELSEWHERE and (found := CALL.fullmatch(text))}
        assert not [text for name, text in called.items() if name not in functions() and not hasattr(builtins, name)]

    def test_lines_are_short_enough(self, page: Path) -> None:
        """But for tables, which cannot be wrapped."""
        lines = page.read_text(encoding="utf-8").splitlines()
        long = [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE and line[:1] != "|"]
        assert not long or page.name in GENERATED

    def test_lines_were_not_joined(self, page: Path) -> None:
        """A row of a table is in one line, with nothing else, and no line ends with the mark of another item."""
        lines = pages(page.read_text(encoding="utf-8"))[0].splitlines()
        after = [line for row, line in pairwise(lines) if row[:1] == "|" and line.strip() and line[:1] != "|"]
        assert [*after, *(line for line in lines if line.endswith(" -"))] == []


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("midframe.Job", True),
        ("midframe.Job.plan", True),
        ("midframe.engines.options", True),
        ("midframe.engines.entry.EngineLoad.width", True),
        ("midframe.Jab", False),
        ("midframe.engine.options", False),
    ],
)
def test_the_test_itself(name: str, there: bool) -> None:
    assert resolves(name) is there
