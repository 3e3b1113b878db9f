"""What `midframe` exports."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import midframe
from midframe import errors

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", midframe.__all__)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    value = getattr(midframe, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value)
        assert value.__name__ == name


def test_all_errors_are_public() -> None:
    raised = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert raised <= set(midframe.__all__)


def test_names_that_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Interpolater'"):
        midframe.Interpolater  # noqa: B018
    assert dir(midframe) == sorted(midframe.__all__)


def test_types_for_checkers_are_the_names_for_programs() -> None:
    """The imports under TYPE_CHECKING and the table of lazy imports say the same."""
    tree = ast.parse((ROOT / "src/midframe/__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (alias.name, node.module) for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == {(name, module) for module, names in midframe._MODULES.items() for name in names}


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import midframe", {"torch", "numpy", "av", "PIL"}),
        (
            "import midframe; midframe.EngineOptions(); midframe.CancelToken(); midframe.OptionError('x')",
            {"torch", "av"},
        ),
        ("import midframe; midframe.Job('shots', factor=2); midframe.Session()", {"torch"}),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str, forbidden: set[str]) -> None:
    program = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not forbidden & set(done.stdout.split())
