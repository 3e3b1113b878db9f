"""Numbers of things and lists of words, as sentences have them."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """A number of things: "1 frame", "2 frames"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def enumerated(words: Sequence[str], conjunction: str = "and") -> str:
    """One or more words as a list: "A", "A and B", "A, B and C"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
