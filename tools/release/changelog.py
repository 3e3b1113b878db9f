"""The changelog: whether it agrees with a version, and what it says about one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"

HEADINGS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""Those of Keep a Changelog."""

NEXT = "Unreleased"
TITLE = re.compile(r"(\d+\.\d+\.\d+) \((unreleased|\d{4}-\d{2}-\d{2})\)")
VERSION = re.compile(r"v?(\d+\.\d+\.\d+)((?:a|b|rc)\d+)?")
LINK_TO_FILE = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?:|#)[^)]+\)")


@dataclass(frozen=True)
class Section:
    """A section of the changelog.

    Attributes:
        title: Its heading.
        body: What is below the heading.
    """

    title: str
    body: str

    @property
    def release(self) -> str:
        """The version, such as "0.1.0"; empty where the title is none of a version."""
        title = TITLE.fullmatch(self.title)
        return title[1] if title else ""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those of the version, in an order that can be compared."""
        return tuple(map(int, self.release.split("."))) if self.release else ()

    @property
    def is_dated(self) -> bool:
        """Whether it says when the version was released."""
        return bool(self.release) and not self.title.endswith("(unreleased)")

    @property
    def headings(self) -> list[str]:
        """The headings of the first level below it."""
        return re.findall(r"^### (.*)$", self.body, re.MULTILINE)

    @property
    def has_entries(self) -> bool:
        """Whether it has more than headings."""
        return any(line and not line.startswith("#") for line in self.body.splitlines())


def read() -> str:
    """The changelog of this repository."""
    return CHANGELOG.read_text(encoding="utf-8")


def sections(text: str) -> list[Section]:
    """The sections of a changelog, in their order."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return [Section(title, body.strip()) for title, body in zip(parts[::2], parts[1::2], strict=True)]


def defects(text: str, version: str = "") -> Iterator[str]:
    """What is wrong with a changelog, one sentence each.

    Args:
        text: Its contents.
        version: The version that is released now, such as ``0.1.0``, or its tag; empty if none is.
    """
    first, *releases = sections(text)
    if first.title != NEXT:
        yield f"The first section of CHANGELOG.md must be {NEXT!r}, not {first.title!r}."
    for section in (first, *releases):
        unknown = [heading for heading in section.headings if heading not in HEADINGS]
        if unknown:
            yield f"{section.title}: {', '.join(unknown)} must be one of {', '.join(HEADINGS)}."
        if len({*section.headings}) < len(section.headings):
            yield f"{section.title}: a heading occurs twice."
    for section in releases:
        if not section.release:
            yield f"The heading {section.title!r} must be like '1.2.3 (2027-01-31)'."
    versions = [section.numbers for section in releases if section.release]
    if versions != sorted(set(versions), reverse=True):
        yield "The versions of CHANGELOG.md must be in order, the newest first, and each only once."
    if any(section.release and not section.is_dated for section in releases[1:]):
        yield "Only the newest version of CHANGELOG.md may have no date."
    if version:
        yield from _defects_of_release(first, releases, version)


def notes(text: str, version: str) -> str:
    """The section of a version, without its heading, and without links to files, which lead nowhere on other pages.

    A release before a version, such as 0.1.0rc1, has the section of that version.

    Args:
        text: Contents of the changelog.
        version: The version, or its tag.

    Raises:
        ValueError: It is not a version, or its section is missing, empty, or without a date although it is final.
    """
    parts = VERSION.fullmatch(version)
    if parts is None:
        raise ValueError(_not_a_version(version))
    found = next((section for section in sections(text) if section.release == parts[1]), None)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no section of {parts[1]}.")
    if not parts[2] and not found.is_dated:
        raise ValueError(_without_date(version))
    if not found.has_entries:
        raise ValueError(f"The section of {parts[1]} in CHANGELOG.md is empty.")
    return LINK_TO_FILE.sub(r"\1", found.body)


def _defects_of_release(unreleased: Section, releases: Sequence[Section], version: str) -> Iterator[str]:
    parts = VERSION.fullmatch(version)
    if parts is None:
        yield _not_a_version(version)
        return
    newest = releases[0].title if releases else "none"
    if not releases or releases[0].release != parts[1]:
        yield f"The newest version of CHANGELOG.md must be {parts[1]}, not {newest}."
    # A release before a version, such as 0.1.0rc1, has the section of that version, which may still change.
    elif not parts[2] and not releases[0].is_dated:
        yield _without_date(version)
    if unreleased.has_entries:
        yield f"Entries under {NEXT!r} belong to {parts[1]} in CHANGELOG.md."


def _not_a_version(text: str) -> str:
    return f"{text} is not a version such as 0.1.0 or 0.1.0rc1."


def _without_date(version: str) -> str:
    return f"{version} needs a date in CHANGELOG.md, in place of 'unreleased'."
