"""An extension of griffe, which reads docstrings for mkdocstrings: see `tools.site.linked_names`."""

from __future__ import annotations

from typing import Any

import griffe
from tools.site.linked_names import linked


class LinkedNames(griffe.Extension):  # type: ignore[misc] # griffe is not installed where types are checked
    """Makes links of names in docstrings."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of an object that was loaded."""
        if obj.docstring is not None:
            obj.docstring.value = linked(obj.docstring.value)
