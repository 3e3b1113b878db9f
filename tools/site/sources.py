"""The pages that the site is built from: those of docs/, generated ones, and what they link to elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.site.commands import command_list, command_page, command_page_names

ROOT = Path(__file__).parents[2]

OTHER_PAGES = {
    **{name.lower(): ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")},
    "examples/index.md": ROOT / "examples" / "README.md",
}
"""Pages outside of docs/ that the site has as well, by their places there."""

PLACES = {original: place for place, original in OTHER_PAGES.items()}

LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\]]*\])*\])\(([^)\s#]+)(#[^)\s]*)?\)")
BLOCK = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
COMMAND_LIST = "<!-- the list of commands, generated -->"


def prepare(target: Path) -> list[Path]:
    """Make a folder with everything that the site is built from; what was in it is removed.

    Returns:
        The pages, relative to the folder.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target)
    for name, original in OTHER_PAGES.items():
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copy(original, target / name)
    commands = target / "reference" / "commands"
    commands.mkdir()
    for name in command_page_names():
        (commands / name).write_text(command_page(name.removesuffix(".md")), encoding="utf-8")
    _fill(target / "reference" / "commands.md", COMMAND_LIST, command_list())
    (target / "adr" / "index.md").write_text(_record_list(target / "adr"), encoding="utf-8")
    for page in sorted(target.rglob("*.md")):
        place = page.relative_to(target)
        if place.parent != commands.relative_to(target):
            _rewrite_links(page, partial(_link, place=place, target=target))
    return sorted(page.relative_to(target) for page in target.rglob("*.md"))


def _record_list(folder: Path) -> str:
    """The page that lists the decision records of a folder."""
    titles = {page.name: page.read_text(encoding="utf-8").split("\n")[0] for page in sorted(folder.glob("*.md"))}
    rows = [f"- [{title.removeprefix('# ')}]({name})" for name, title in titles.items()]
    return "\n".join(
        ["# Decisions", "", "Why things are as they are, in the order in which they were decided.", "", *rows]
    )


def _fill(page: Path, marker: str, generated: str) -> None:
    text = page.read_text(encoding="utf-8")
    if marker not in text:
        raise ValueError(f"{page} has no line with {marker}")
    page.write_text(text.replace(marker, generated), encoding="utf-8")


def _rewrite_links(page: Path, rewrite: Callable[[str], str]) -> None:
    """Change the targets of links outside of code."""
    parts = BLOCK.split(page.read_text(encoding="utf-8"))
    for place in range(0, len(parts), 2):
        parts[place] = LINK.sub(
            lambda link: f"{link[1]}({link[2] if '://' in link[2] else rewrite(link[2])}{link[3] or ''})", parts[place]
        )
    page.write_text("".join(parts), encoding="utf-8")


def _link(written: str, *, place: Path, target: Path) -> str:
    """Where a link of a page leads to in the site.

    Args:
        written: The link as it is in the repository, without anchor.
        place: The page, in the site's sources.
        target: The site's sources.
    """
    original = OTHER_PAGES.get(place.as_posix(), ROOT / "docs" / place)
    path = Path(os.path.normpath(original.parent / written))
    if path.is_relative_to(ROOT / "docs"):
        inside = path.relative_to(ROOT / "docs")
    elif path in PLACES:
        inside = Path(PLACES[path])
    elif path == ROOT / "README.md":
        inside = Path("index.md")
    else:
        inside = _copied(path, target)
    if (target / inside).is_dir():
        inside /= "index.md"
    return Path(os.path.relpath(target / inside, (target / place).parent)).as_posix()


def _copied(path: Path, target: Path) -> Path:
    """Add a file of the repository to the site: a program or notebook as a page that shows it, others as they are."""
    place = Path("repository") / path.relative_to(ROOT)
    (target / place).parent.mkdir(parents=True, exist_ok=True)
    if path.suffix not in SHOWN:
        shutil.copy(path, target / place)
        return place
    page = place.with_suffix(".md")
    text = SHOWN[path.suffix](path.read_text(encoding="utf-8"))
    (target / page).write_text(f"# {path.name}\n\n{text}\n", encoding="utf-8")
    return page


def _program(code: str) -> str:
    return f"```python\n{code.rstrip()}\n```"


def _notebook(stored: str) -> str:
    """The cells of a notebook, whose headings go below that of the page."""
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(stored)["cells"]]
    return "\n\n".join(
        _program(source) if kind == "code" else re.sub(r"^#", "##", source, flags=re.MULTILINE)
        for kind, source in cells
    )


SHOWN = {".py": _program, ".vpy": _program, ".ipynb": _notebook}
"""How files are shown that a browser would only save, by their suffixes."""
