"""Sentences of midframe, as far as they fit the nodes."""

from __future__ import annotations

import re
from collections.abc import Collection

_TRANSLATED = (
    (re.compile(r"Choose others with `codec`[^.]*\."), "Choose another `codec`."),
    # Where weights cannot be downloaded, the nodes say themselves where files are found.
    (re.compile(r" ?You can also download the file yourself and give its path as `model`\."), ""),
    (re.compile(r" ?(Give its folder, or|Choose one( format)? with) a pattern in quotes[^.]*\."), ""),
)
"""Advice that the nodes give differently, or do not give."""

_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z`(])")
_OPTION = re.compile(r"`([a-z_]+)(?:=[^`]*)?`")


def fitting(text: str, options: Collection[str]) -> str:
    """A text without advice that cannot be followed on the nodes.

    Args:
        text: One or several sentences, which name options in backticks.
        options: Those that the nodes have.

    Returns:
        The text without those sentences, and parts of sentences after a semicolon, that name other options; the first
        sentence always remains, because it says what happened.
    """
    for pattern, words in _TRANSLATED:
        text = pattern.sub(words, text)
    first, *others = _SENTENCES.split(text)
    fit = [each for each in others if set(_OPTION.findall(each.split("; ")[0])) <= set(options)]
    return " ".join(_without_other_parts(each, options) for each in (first, *fit))


def _without_other_parts(sentence: str, options: Collection[str]) -> str:
    begin, *parts = sentence.split("; ")
    fit = [part for part in parts if set(_OPTION.findall(part)) <= set(options)]
    return sentence if len(fit) == len(parts) else f"{'; '.join([begin, *fit]).rstrip('.')}."
