// Tables that are wider than the page scroll. A keyboard has to reach them, and a screen reader to say what they are.
"use strict";

function update(table) {
  const wrap = table.closest(".md-typeset__scrollwrap");
  if (wrap === null) return;
  if (wrap.scrollWidth > wrap.clientWidth) {
    let before = wrap;
    while (before && !/^H[1-6]$/.test(before.tagName)) before = before.previousElementSibling;
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "region");
    wrap.setAttribute("aria-label", before ? `Table: ${before.firstChild.textContent.trim()}` : "Table");
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) wrap.removeAttribute(name);
  }
}

// The theme puts tables into what scrolls them after the page has been read, and widths change with the window.
const watched = new ResizeObserver((entries) => entries.forEach(({ target }) => update(target)));
document.querySelectorAll(".md-typeset table").forEach((table) => watched.observe(table));
