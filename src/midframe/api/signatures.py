"""Signatures as `help` shows them."""

from __future__ import annotations

from inspect import isfunction
from typing import TypeVar, get_type_hints

Class = TypeVar("Class", bound=type)


def with_types_resolved(described: Class) -> Class:
    """A class whose methods have types as annotations, and not the text of these.

    Modules keep annotations as text, so that names may be used before they are defined; `help` would show the text, in
    quotes, with names that its reader cannot look up.
    """
    for name, method in vars(described).items():
        function = method.__func__ if isinstance(method, classmethod) else method
        private = name.startswith("_") and not name.endswith("__")
        if isfunction(function) and not private:
            hints = get_type_hints(function, localns={described.__name__: described})
            function.__annotations__ = {key: None if hint is type(None) else hint for key, hint in hints.items()}
    return described
