"""Check what is written about a release: `python -m tools.release_text`, with the version where one is released.

The changelog must agree with the version. What only the owner of the project can fill in and is still empty is listed,
which is no failure.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

HEADINGS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""Those of Keep a Changelog."""

NEXT = "Unreleased"
RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+) \((unreleased|\d{4}-\d{2}-\d{2})\)")
VERSION = re.compile(r"v?(\d+\.\d+\.\d+)((?:a|b|rc)\d+)?")
CONTACT = re.compile(r"https?://|[\w.+-]+@[\w-]+\.\w+")


@dataclass(frozen=True)
class Section:
    """A section of the changelog.

    Attributes:
        title: Its heading.
        headings: The headings below it.
        entries: Lines of text in it.
    """

    title: str
    headings: tuple[str, ...]
    entries: int

    @property
    def version(self) -> tuple[int, ...]:
        """The numbers of the version; none where it is not one."""
        release = RELEASE.fullmatch(self.title)
        return tuple(map(int, release.groups()[:3])) if release else ()


def sections(text: str) -> list[Section]:
    """The sections of a changelog, the newest first."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return [
        Section(
            title,
            tuple(re.findall(r"^### (.*)$", body, re.MULTILINE)),
            len([line for line in body.splitlines() if line and not line.startswith("#")]),
        )
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def defects_of_changelog(text: str, version: str = "") -> Iterator[str]:
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
            yield f"{section.title}: a heading stands twice."
    for section in releases:
        if not section.version:
            yield f"The heading {section.title!r} must be like '1.2.3 (2027-01-31)'."
    versions = [section.version for section in releases if section.version]
    if versions != sorted(set(versions), reverse=True):
        yield "The newest version of CHANGELOG.md must be the first, and each stand there once."
    if any(section.title.endswith("(unreleased)") for section in releases[1:]):
        yield "Only the newest version of CHANGELOG.md may have no date."
    if version:
        yield from _defects_of_release(first, releases, version)


def _defects_of_release(unreleased: Section, releases: Sequence[Section], version: str) -> Iterator[str]:
    parts = VERSION.fullmatch(version)
    if parts is None:
        yield f"{version} is no version such as 0.1.0 or 0.1.0rc1."
        return
    newest = releases[0].title if releases else "none"
    if newest.split(" ")[0] != parts[1]:
        yield f"The newest version of CHANGELOG.md must be {parts[1]}, not {newest}."
    # What comes before a version, such as 0.1.0rc1, has its section, which may still change.
    elif not parts[2] and newest.endswith("(unreleased)"):
        yield f"{version} needs a date in CHANGELOG.md, in place of 'unreleased'."
    if unreleased.entries:
        yield f"Entries under {NEXT!r} belong to {parts[1]} in CHANGELOG.md."


def empty_places(root: Path = ROOT) -> Iterator[str]:
    """What only the owner of the project can fill in, and is empty.

    Args:
        root: The folder of the repository.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if not project.get("urls"):
        yield "pyproject.toml: [project.urls] with Repository, Issues, Documentation and Changelog"
    pack = tomllib.loads((root / "integrations" / "comfyui" / "pyproject.toml").read_text(encoding="utf-8"))
    if not pack["project"].get("urls", {}).get("Repository"):
        yield "integrations/comfyui/pyproject.toml: Repository in [project.urls]"
    if not pack["tool"]["comfy"]["PublisherId"]:
        yield "integrations/comfyui/pyproject.toml: PublisherId"
    reporting = (root / "SECURITY.md").read_text(encoding="utf-8").split("\n## ")[1]
    if not CONTACT.search(reporting):
        yield "SECURITY.md: an address for reports"
    if not CONTACT.search((root / "CODE_OF_CONDUCT.md").read_text(encoding="utf-8")):
        yield "CODE_OF_CONDUCT.md: an address for reports"
    if not re.search(r"^repository-code: ", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE):
        yield "CITATION.cff: repository-code"


def main(arguments: Sequence[str]) -> int:
    """Print what is wrong and what is empty.

    Args:
        arguments: The version that is released, or its tag; nothing where none is.

    Returns:
        The exit code: 0, or 1 if something is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.release_text", description=__doc__)
    parser.add_argument("version", nargs="?", default="", help="what is released, such as v0.1.0")
    version = parser.parse_args(arguments).version
    defects = list(defects_of_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version))
    for line in (*defects, *(f"To be filled in by the owner: {place}" for place in empty_places())):
        print(line)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
