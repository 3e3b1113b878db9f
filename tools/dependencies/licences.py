"""The licences of everything that a user installs, as a page of the documentation."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

from packaging.utils import canonicalize_name
from tools.dependencies.bundled import BUNDLED, library_name
from tools.dependencies.project import ROOT, direct, extras_with_names, with_all_they_need

PAGE = ROOT / "docs" / "reference" / "licences.md"

BEGIN, END = "<!-- begin of the generated table -->", "<!-- end of the generated table -->"

STATED = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD-3": "BSD-3-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "ISC License": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MPL-2.0": "MPL-2.0",
    "MPL-2.0 AND MIT": "MPL-2.0 AND MIT",
    "OSI Approved :: Apache Software License": "Apache-2.0",
}
"""SPDX expressions for what packages without one say in the older field; read in the files of each."""

FROM_THE_TEXT = {
    "coloredlogs": "MIT",
    "humanfriendly": "MIT",
    "jinja2": "BSD-3-Clause",
    "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "openexr": "BSD-3-Clause",
    "pytorch-msssim": "MIT",
    "safetensors": "Apache-2.0",
    "scikit-image": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
}
"""The same for packages that state it in a text alone."""

REVIEWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0"),
        *("CNRI-Python", "ISC", "LGPL-2.1-or-later", "LGPL-3.0-or-later", "MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0"),
        *("Python-2.0", "Zlib"),
    }
)
"""Licences of packages under which midframe may depend on them: each permits use beside a program under MIT.

MPL-2.0 and the LGPL ask for the source of what was changed in the library itself. The GPL is not among them; libraries
under it that come inside of wheels are in `BUNDLED`, with what they mean.
"""


def main(options: Namespace) -> int:
    """Write the table of the page; the exit status is 0."""
    del options
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n{END}{after}", encoding="utf-8")
    return 0


def table() -> str:
    """A row for each package that users install: its licence, and who needs it."""
    rows = [f"| {name} | {licence(distribution(name))} | {needed} |" for name, needed in sorted(packages().items())]
    return "\n".join(["| package | licence | installed |", "|---|---|---|", *rows, ""])


def packages() -> dict[str, str]:
    """Names of the packages that users install, and with what: always, or with some extras."""
    found: dict[str, list[str]] = {}
    always = set(with_all_they_need(direct([""]).values()))
    for extra, called in extras_with_names():
        names = with_all_they_need(direct([extra]).values())
        for name in names if not extra else names - always:
            found.setdefault(name, []).append(called)
    return {name: ", ".join(where) for name, where in found.items()}


def licence(package: Distribution) -> str:
    """The licence of an installed package, as an SPDX expression.

    Raises:
        LookupError: It states none as an expression, and no table here says what its own words mean.
    """
    metadata = package.metadata
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    name = canonicalize_name(metadata["Name"])
    if name in FROM_THE_TEXT:
        return FROM_THE_TEXT[name]
    stated = str(metadata["License"]).strip() if "License" in metadata else ""
    if stated in STATED:
        return STATED[stated]
    raise LookupError(f"{name}: read its licence, and add it to STATED or FROM_THE_TEXT: {stated[:60]!r}")


def not_reviewed(expression: str) -> list[str]:
    """The licences in an SPDX expression that are not in `REVIEWED`; where there is a choice, one is enough."""
    words = expression.replace("(", " ").replace(")", " ")
    missing = []
    for part in words.split(" AND "):
        choices = [each.strip() for each in part.split(" OR ")]
        if REVIEWED.isdisjoint(choices):
            missing += choices
    return missing


def bundled_libraries(package: Distribution) -> Iterator[str]:
    """Names of the libraries that the wheel of an installed package brings with it, as auditwheel puts them there."""
    for path in package.files or []:
        folder = path.parts[0]
        if folder.endswith(".libs") and ".so" in path.name:
            yield library_name(path.name)


def not_described(package: Distribution) -> list[str]:
    """Libraries in a wheel that `BUNDLED` does not have under the package's name."""
    known = BUNDLED.get(canonicalize_name(package.metadata["Name"]), {})
    return sorted(set(bundled_libraries(package)) - known.keys())
