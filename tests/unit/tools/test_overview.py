"""CONTRIBUTING.md says what each tool is for."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_tool_has_a_row() -> None:
    rows = re.findall(
        r"^\| `tools/([\w.]+)/?` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    tools = {
        path.name
        for path in (ROOT / "tools").iterdir()
        if path.suffix in {".py", ".sh"} or (path / "__init__.py").exists()
    }
    assert sorted(rows) == sorted(tools - {"__init__.py"})
