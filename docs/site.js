// Tables that are wider than the page scroll. A keyboard has to reach them, and a screen reader to say what they are.
"use strict";

function update(wrap) {
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

// The theme puts tables into what scrolls them before the page is loaded; widths change with the window.
addEventListener("load", () => {
  const watched = new ResizeObserver((entries) => entries.forEach(({ target }) => update(target)));
  document.querySelectorAll(".md-typeset__scrollwrap").forEach((wrap) => watched.observe(wrap));
});
