"""Text as roff, the language of manual pages."""

from __future__ import annotations

import re
from textwrap import wrap

LINE_LENGTH = 78

CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
FLAG = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")


def escaped(text: str) -> str:
    """Text that shows as it is: every character means itself."""
    text = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
    return "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in text)


def bold(text: str) -> str:
    """Text to be typed as it is."""
    return f"\\fB{escaped(text)}\\fR"


def italic(text: str) -> str:
    """Text that stands for something else."""
    return f"\\fI{escaped(text)}\\fR"


def prose(text: str) -> str:
    """A paragraph with Markdown's code and links: code and flags are bold, of links the text remains."""
    text = " ".join(LINK.sub(r"\1", text).split())
    parts = CODE.split(text)
    for place, part in enumerate(parts):
        parts[place] = bold(part) if place % 2 else _with_flags(part)
    lines = wrap("".join(parts), LINE_LENGTH, break_long_words=False, break_on_hyphens=False)
    # A line that begins with a dot would be a request.
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in lines)


def _with_flags(text: str) -> str:
    """Plain text in which flags are bold; the hyphens of words may end a line."""
    done, place = [], 0
    for flag in FLAG.finditer(text):
        done += [escaped(text[place : flag.start()]).replace("\\-", "-"), bold(flag[0])]
        place = flag.end()
    return "".join([*done, escaped(text[place:]).replace("\\-", "-")])
