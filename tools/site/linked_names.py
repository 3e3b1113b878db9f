"""Docstrings name public things as `midframe.Job`: on the site these names are links."""

from __future__ import annotations

import inspect
import re

import midframe

NAME = re.compile(r"(?<!\[)`midframe\.(\w+)(?:\.(\w+))?`")


def linked(text: str) -> str:
    """A docstring with links in place of the names of public things."""
    return NAME.sub(lambda name: _link(name[0], name[1], name[2]), text)


def _link(written: str, name: str, member: str | None) -> str:
    if name not in midframe.__all__:
        return written
    if member is None or not _has_a_place(getattr(midframe, name), member):
        return f"[{written}][midframe.{name}]"
    return f"[{written}][midframe.{name}.{member}]"


def _has_a_place(owner: object, member: str) -> bool:
    """Whether a member has a heading of its own: methods and properties have, fields are in a list."""
    found = inspect.getattr_static(owner, member, None)
    return inspect.isroutine(found) or isinstance(found, property)
