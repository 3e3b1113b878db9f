"""What must hold of the built site: pages load nothing from elsewhere, and every link inside it leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {
    *(("audio", "src"), ("embed", "src"), ("iframe", "src"), ("img", "src"), ("img", "srcset"), ("input", "src")),
    *(("link", "href"), ("object", "data"), ("script", "src"), ("source", "src"), ("source", "srcset")),
    *(("track", "src"), ("video", "poster"), ("video", "src")),
}
"""Attributes that make a browser load something, by element."""

IN_STYLES = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s;]+)""")
LOADED_BY_SCRIPTS = {"mermaid": "diagrams", "arithmatex": "formulas", "glightbox": "enlarged pictures"}
"""Classes for which the theme's script loads a library from elsewhere, and what they show."""


@dataclass
class Page:
    """What a page refers to.

    Attributes:
        anchors: Identifiers of its elements.
        links: Targets of links for readers.
        loaded: What a browser loads with it.
        classes: Classes of its elements.
    """

    anchors: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            if value is None:
                continue
            if name in ("id", "name"):
                self.page.anchors.add(value)
            elif name == "class":
                self.page.classes.update(value.split())
            elif name == "style":
                self.page.loaded.update(IN_STYLES.findall(value))
            elif (tag, name) in LOADING and not _is_a_reference(tag, dict(attrs)):
                self.page.loaded.update(part.split()[0] for part in value.split(",") if part.strip())
            elif name == "href":
                self.page.links.add(value)

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.page.loaded.update(IN_STYLES.findall(data))


def read_page(text: str) -> Page:
    """What a page refers to."""
    reader = _Reader()
    reader.feed(text)
    return reader.page


def defects(site: Path) -> Iterator[str]:
    """Sentences about everything that is wrong with a site.

    Args:
        site: The folder with its pages.
    """
    pages = {path: read_page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        for target in sorted(page.loaded):
            yield from (f"{name} {defect}" for defect in _load_defects(target, path, site))
        for shown in sorted(LOADED_BY_SCRIPTS.keys() & page.classes):
            yield f"{name} has {LOADED_BY_SCRIPTS[shown]}, for which a library is loaded from elsewhere."
        for target in sorted(page.links):
            yield from (f"{name} {defect}" for defect in _link_defects(target, path, pages, site))
    for path in sorted(site.rglob("*.css")):
        for target in IN_STYLES.findall(path.read_text(encoding="utf-8")):
            yield from (f"{path.relative_to(site)} {defect}" for defect in _load_defects(target, path, site))


def _is_a_reference(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether an element of the head names another page and loads nothing."""
    return tag == "link" and attributes.get("rel") in ("next", "prev", "canonical", "alternate", "author", "license")


def _load_defects(target: str, path: Path, site: Path) -> Iterator[str]:
    if target.startswith(("data:", "#")):
        return
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        yield f"loads {target}."
    elif not _local(parts.path, path, site).exists():
        yield f"loads {target}, which does not exist."


def _link_defects(target: str, path: Path, pages: dict[Path, Page], site: Path) -> Iterator[str]:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return
    linked = _local(parts.path, path, site) if parts.path else path
    if linked.is_dir():
        linked /= "index.html"
    if not linked.exists():
        yield f"links to {target}, which does not exist."
    elif parts.fragment and linked in pages and unquote(parts.fragment) not in pages[linked].anchors:
        yield f"links to {target}, and there is no such place on that page."


def _local(written: str, path: Path, site: Path) -> Path:
    """The file that an address inside the site means."""
    name = unquote(written)
    return (site / name.lstrip("/") if name.startswith("/") else path.parent / name).resolve()
