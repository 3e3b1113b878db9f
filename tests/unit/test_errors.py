from __future__ import annotations

import inspect
import pickle
import re
from pathlib import Path

import pytest

from midframe import errors
from midframe.errors import MidframeError

TREE_LINE = re.compile(r"^ {4}(?P<indent>[│ ]*)(?P<branch>[├└]── )?(?P<name>\w+)(?: {2,}| )(?P<text>\S.*)$")


def classes() -> dict[str, type[MidframeError]]:
    return {
        name: value
        for name, value in inspect.getmembers(errors, inspect.isclass)
        if issubclass(value, MidframeError) and value.__module__ == errors.__name__
    }


def drawn_tree() -> dict[str, str | None]:
    """Class → parent, as the docstring draws it."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = TREE_LINE.match(line)
        if match is None:
            continue
        depth = len(match["indent"]) // 4 + bool(match["branch"])
        path[depth:] = [match["name"]]
        parents[match["name"]] = path[depth - 1] if depth else None
    return parents


def test_docstring_draws_exactly_the_tree() -> None:
    real = {name: None if cls is MidframeError else cls.__bases__[0].__name__ for name, cls in classes().items()}
    assert drawn_tree() == real


@pytest.mark.parametrize("cls", classes().values(), ids=classes().keys())
def test_exit_codes(cls: type[MidframeError]) -> None:
    if cls is errors.CancelledError:
        assert cls.exit_code == 130
    else:
        assert cls.exit_code == (2 if issubclass(cls, errors.InputError) else 1)


@pytest.mark.parametrize("cls", classes().values(), ids=classes().keys())
def test_each_has_a_docstring_of_its_own_and_says_what_it_was_given(cls: type[MidframeError]) -> None:
    assert cls.__dict__.get("__doc__")
    assert str(cls("a sentence")) == "a sentence"


@pytest.mark.parametrize("cls", classes().values(), ids=classes().keys())
def test_fields_survive_the_way_to_another_process(cls: type[MidframeError]) -> None:
    error = cls("a sentence", option="quality", path="shots/0001.png")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.option, copy.path) == ("a sentence", "quality", Path("shots/0001.png"))


def test_fields_are_none_where_an_error_is_about_no_option_and_no_file() -> None:
    assert (MidframeError("a sentence").option, MidframeError("a sentence").path) == (None, None)
