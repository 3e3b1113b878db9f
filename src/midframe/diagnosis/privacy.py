"""Makes a diagnosis fit to be shown to others: the home folder becomes "~"."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any


def without_home(value: Any) -> Any:
    """A text with "~" in the place of the home folder; or a list or dictionary of such, as JSON has them."""
    if isinstance(value, str):
        return _shortened(value)
    if isinstance(value, dict):
        return {name: without_home(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_home(each) for each in value]
    return value


def _shortened(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:
        return text
    # Where no user is known, the root of all folders or no folder at all may stand for one.
    if len(Path(home).parts) < 2:
        return text
    for folder in dict.fromkeys((home, os.path.realpath(home))):
        text = re.sub(rf"{re.escape(folder)}(?![\w.-])", "~", text)
    return text
