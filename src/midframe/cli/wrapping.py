"""Texts in lines that fit a terminal."""

from __future__ import annotations

import shutil
import textwrap


def wrapped(text: str, margin: str = "") -> list[str]:
    """Lines of the terminal's width; words that are longer stay whole.

    Args:
        text: The text, whose own spaces are kept.
        margin: What all lines but the first begin with.
    """
    return textwrap.wrap(
        text,
        shutil.get_terminal_size().columns - 1,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
