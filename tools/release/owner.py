"""What only the owner of the project can fill in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTACT = re.compile(r"https?://|[\w.+-]+@[\w-]+\.\w+")


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
