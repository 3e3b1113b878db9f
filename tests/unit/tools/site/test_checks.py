from __future__ import annotations

from pathlib import Path

import pytest
from tools.site.checks import defects, read_page


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site without defects."""
    (tmp_path / "below").mkdir()
    (tmp_path / "picture.webp").write_bytes(b"")
    (tmp_path / "style.css").write_text("a { background: url(data:image/png;base64,AA); }")
    (tmp_path / "index.html").write_text(
        '<link rel="stylesheet" href="style.css"><link rel="canonical" href="https://example.org/">'
        '<a href="below/page.html#there">page</a> <a href="https://example.org/">away</a> <a href="below">folder</a>'
        '<img src="picture.webp"><svg><use href="#x"/></svg><i id="x"></i>'
    )
    (tmp_path / "below" / "page.html").write_text('<h1 id="there"></h1><a href="../index.html"></a><a href="#there">')
    (tmp_path / "below" / "index.html").write_text("")
    return tmp_path


def test_nothing_is_wrong(site: Path) -> None:
    assert list(defects(site)) == []


@pytest.mark.parametrize(
    ("added", "sentence"),
    [
        ('<script src="https://example.org/x.js"></script>', "index.html loads https://example.org/x.js."),
        ('<link rel="stylesheet" href="//example.org/x.css">', "index.html loads //example.org/x.css."),
        ('<img src="https://example.org/x.png">', "index.html loads https://example.org/x.png."),
        ('<img srcset="picture.webp 1x, https://example.org/x.png 2x">', "index.html loads https://example.org/x.png."),
        ('<i style="background: url(https://example.org/x)">', "index.html loads https://example.org/x."),
        ("<style>@import 'https://example.org/x.css';</style>", "index.html loads https://example.org/x.css."),
        ('<video poster="missing.png">', "index.html loads missing.png, which does not exist."),
        ('<a href="nowhere.html">x</a>', "index.html links to nowhere.html, which does not exist."),
        (
            '<a href="below/page.html#here">x</a>',
            "index.html links to below/page.html#here, and there is no such place on that page.",
        ),
        ('<a href="#here">x</a>', "index.html links to #here, and there is no such place on that page."),
        ('<pre class="mermaid">x</pre>', "index.html has diagrams, for which a library is loaded from elsewhere."),
    ],
)
def test_a_defect_is_found(site: Path, added: str, sentence: str) -> None:
    page = site / "index.html"
    page.write_text(page.read_text() + added)
    assert list(defects(site)) == [sentence]


def test_style_sheets_are_read(site: Path) -> None:
    (site / "style.css").write_text("@font-face { src: url('https://example.org/font.woff2'); }")
    assert list(defects(site)) == ["style.css loads https://example.org/font.woff2."]


def test_what_a_page_refers_to() -> None:
    page = read_page('<link rel="next" href="two.html"><a class="a b" id="c" href="d">e</a>')
    assert (page.links, page.loaded, page.anchors, page.classes) == ({"two.html", "d"}, set(), {"c"}, {"a", "b"})
