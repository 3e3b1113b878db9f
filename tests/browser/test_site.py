"""The script of the documentation site, on a page with a table like the theme's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

Open = Callable[..., Any]

DOCS = Path(__file__).parents[2] / "docs"

PAGE = """<!doctype html><html lang="en"><title>Tools</title>
<style>.md-typeset__scrollwrap {{ overflow-x: auto }} th, td {{ min-width: 9em }}</style>
<main class="md-typeset"><h1>Tools</h1>
<h2>What they do<a href="#x" aria-label="Link">¶</a></h2><p>A table.</p>
<table><tr>{head}</tr><tr>{row}</tr></table></main>
<script>
  addEventListener("load", () => {{
    const table = document.querySelector("table"), wrap = document.createElement("div");
    wrap.className = "md-typeset__scrollwrap";
    table.replaceWith(wrap);
    wrap.append(table);
  }});
</script>
<script>{script}</script></html>"""


def test_tables_that_scroll_can_be_reached(open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    text = PAGE.format(head="<th>tool</th>" * 6, row="<td>yes</td>" * 6, script=(DOCS / "site.js").read_text("utf-8"))
    path.write_text(text, encoding="utf-8")

    page = open_page(path, viewport={"width": 390, "height": 844})
    region = page.get_by_role("region", name="Table: What they do")
    region.wait_for()
    region.focus()
    assert page.evaluate("document.activeElement.className") == "md-typeset__scrollwrap"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.md-typeset__scrollwrap').scrollLeft > 0")
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []

    # Where it fits, Tab passes it by.
    page.set_viewport_size({"width": 1400, "height": 844})
    page.wait_for_function("!document.querySelector('.md-typeset__scrollwrap').hasAttribute('tabindex')")
    assert page.get_by_role("region").count() == 0
