"use strict";

for (const choice of document.querySelectorAll('[data-choice="group"]')) {
  const show = () => {
    const chosen = choice.querySelector("input:checked").value;
    for (const group of document.querySelectorAll("[data-group]")) {
      group.classList.toggle("is-chosen", group.dataset.group === chosen);
    }
  };
  choice.addEventListener("change", show);
  show();
}
