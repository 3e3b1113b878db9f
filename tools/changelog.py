"""Print what the changelog says of a version, for the page of a release: `python -m tools.changelog 0.1.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
VERSION = re.compile(r"(?P<base>\d+\.\d+\.\d+)(?P<before>(?:a|b|rc)\d+)?")
HEADING = re.compile(r"^## (?P<version>\S+) \((?P<date>[^)]*)\)$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?:|#)[^)]+\)")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def section(text: str, version: str) -> str:
    """The section of a version, without its heading, and without links to files, which mean nothing elsewhere.

    Releases before a version, such as 0.1.0rc1, have its section.

    Raises:
        ValueError: there is none, it is empty, or it has no date although the version is final.
    """
    parts = VERSION.fullmatch(version)
    if parts is None:
        raise ValueError(f"{version} is no version such as 0.1.0 or 0.1.0rc1")
    headings = list(HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] != parts["base"]:
            continue
        if not parts["before"] and not DATE.fullmatch(heading["date"]):
            raise ValueError(f"the section of {version} says ({heading['date']}) where its date should be")
        body = text[heading.end() : following.start() if following else len(text)].strip()
        if not body:
            raise ValueError(f"the section of {version} is empty")
        return LINK.sub(r"\1", body)
    raise ValueError(f"there is no section of {parts['base']}")


def main() -> None:
    """Print the section of the version that the only argument names."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tools.changelog VERSION")
    try:
        print(section(CHANGELOG.read_text(encoding="utf-8"), sys.argv[1]))
    except ValueError as error:
        raise SystemExit(f"CHANGELOG.md: {error}.") from error


if __name__ == "__main__":
    main()
